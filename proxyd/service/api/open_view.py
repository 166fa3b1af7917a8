"""One view, opened by one person (SELECT, EXAMINE)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Protocol

from proxyd.domain.ordering import Algorithm, SortKey, ThreadNode
from proxyd.domain.search import Term
from proxyd.service.api.changing import CopyResult, FlagMode, StoreResult
from proxyd.service.api.reading import FetchedRow, Reading
from proxyd.service.api.rows import Block, Marks, MessageFacts


class Observer(Protocol):
    """Told about changes of an open view, on the event loop, after they are committed.

    The view already shows the new state when these are called. Calls only take note; they never
    block. UIDs of ``arrived`` are ascending and greater than all before them.
    """

    def arrived(self, uids: Sequence[int]) -> None: ...

    def gone(self, uids: Sequence[int]) -> None: ...

    def changed(self, uids: Sequence[int]) -> None:
        """Flags (of this person) may have changed: compare before you tell the client."""
        ...

    def alert(self, key: str, facts: Mapping[str, str]) -> None:
        """A sentence to be shown as ``* OK [ALERT]`` at the next NOOP or SELECT (replies table)."""
        ...

    def lost(self) -> None:
        """The view no longer exists (folder deleted, grant revoked): no further calls."""
        ...


class OpenView(Protocol):
    """A view opened (SELECT, EXAMINE) by one person. ``read_only`` raises ReadOnly on changes."""

    @property
    def name(self) -> str: ...

    @property
    def language(self) -> str:
        """Of the mailbox that it is in."""
        ...

    @property
    def uidvalidity(self) -> int: ...

    @property
    def uidnext(self) -> int: ...

    @property
    def read_only(self) -> bool: ...

    @property
    def may_change(self) -> bool:
        """The person's grant reaches to what all share: flags, keywords, status, messages."""
        ...

    @property
    def may_mark_seen(self) -> bool:
        """\\Seen can be stored: it is this person's own, or the person may change what is
        shared.
        """
        ...

    @property
    def kept_flags(self) -> Sequence[str]:
        """System flags that a STORE of who may change keeps: here, or at the provider. In a virtual
        folder those that some folder keeps.
        """
        ...

    @property
    def virtual(self) -> bool: ...

    @property
    def waits(self) -> bool:
        """Mails that wait before they leave are in it, and nothing else. COPY, MOVE, EXPUNGE and a
        STORE of \\Deleted raise CannotDo where one of the UIDs waits there no more.
        """
        ...

    @property
    def keywords(self) -> tuple[str, ...]:
        """All of the workflow's, and those in use in the view as far as there is room for them
        (for the FLAGS response; see domain.keywords).
        """
        ...

    def uids(self) -> Sequence[int]:
        """All UIDs now, ascending: a snapshot that others have too, not to be altered."""
        ...

    def block(self, number: int) -> Block:
        """The rows from the ``number * BLOCK_ROWS``th on, as they are now."""
        ...

    def modseqs(self, number: int) -> Sequence[int]:
        """``Marks.modseq`` of the rows of a block."""
        ...

    def facts(self, uid: int) -> MessageFacts | None:
        """None when the message is not in the view any more."""
        ...

    def marks(self, uid: int) -> Marks | None:
        """None when the message is not in the view any more."""
        ...

    def modseq(self, uid: int) -> int:
        """``Marks.modseq`` alone; 0 when the message is gone."""
        ...

    @property
    def just_left(self) -> Collection[int]:
        """UIDs that have left a virtual folder by this session's own last STORE, within a minute:
        ``store``, ``copy`` and ``move`` carry out what is said of them on the mails that they were.
        """
        ...

    @property
    def highest_modseq(self) -> int:
        """HIGHESTMODSEQ (RFC 7162 §3.1.2.1): no message's is greater; grows with expunges too."""
        ...

    @property
    def recent_from(self) -> int:
        r"""Messages from this UID on are ``\Recent``: no SELECT of this person was told of them."""
        ...

    def recent_told(self, up_to: int) -> None:
        """A client that goes by ``recent_from`` has heard of all up to this UID.

        Nothing happens where the view is read-only (RFC 3501 §6.3.2, EXAMINE).
        """
        ...

    @property
    def mailbox_id(self) -> str: ...

    def vanished_since(self, modseq: int) -> Sequence[tuple[int, int]]:
        """Ranges of UIDs that left the view since ``modseq``, ascending and disjoint.

        Where that is not remembered any more: all below UIDNEXT that are not there (RFC 7162
        §3.2.5, "as if all"), so that the client drops too much of nothing rather than keep a ghost.
        """
        ...

    def fetch(
        self, uids: Sequence[int], attributes: Sequence[bytes], reading: Reading
    ) -> AsyncIterator[list[FetchedRow]]:
        """Ask upstream for attributes in wire syntax, PEEK forms only; batches of bounded size.

        ``BINARY.PEEK[part]<partial>``, ``BINARY.SIZE[part]`` (RFC 3516) and ``PREVIEW`` (RFC 8970)
        are made here from what any upstream has. Raises UnknownEncoding for a part that can't be
        decoded.

        The access log has the records before the first row is handed out. A message without a row
        has left the view (observers are told ``gone``); where upstream shows no row of one that is
        still there, UpstreamUnavailable is raised. With Reading.OPEN the messages become \\Seen for
        this person (observers are told ``changed``, this session's too), except where the view is
        read-only.
        """
        ...

    async def store(
        self,
        uids: Sequence[int],
        mode: FlagMode,
        flags: Sequence[str],
        *,
        unchanged_since: int | None = None,
    ) -> StoreResult:
        """Change flags, status and assignee.

        With ``unchanged_since`` messages with a greater mod-sequence are left alone. Raises
        AlreadyTaken (after ``Observer.changed`` for the refused ones), UnknownStatus, NotPermitted,
        ReadOnly.
        """
        ...

    async def search(self, term: Term) -> list[int]:
        """Matching UIDs, ascending."""
        ...

    async def sort(self, term: Term, keys: Sequence[SortKey]) -> list[int]:
        """Matching UIDs in the order of ``keys`` (RFC 5256 §3); ties by arrival."""
        ...

    async def thread(self, term: Term, algorithm: Algorithm) -> list[ThreadNode]:
        """Matching UIDs as threads (RFC 5256 §3)."""
        ...

    async def copy(self, uids: Sequence[int], target: str) -> CopyResult: ...

    async def move(self, uids: Sequence[int], target: str) -> CopyResult:
        """The observer hears ``gone`` for what left before this returns."""
        ...

    async def expunge(self, uids: Sequence[int] | None) -> None:
        """Remove the messages with \\Deleted (among ``uids``, where given) for good."""
        ...

    async def refresh(self) -> None:
        """Bring the view up to what upstream has now, where that is cheap (NOOP, CHECK)."""
        ...

    def close(self) -> None: ...
