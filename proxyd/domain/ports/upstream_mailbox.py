"""The provider's IMAP side of one shared mailbox."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from proxyd.domain.errors import UpstreamError
from proxyd.domain.permanent_flags import PermanentFlags
from proxyd.domain.ports.upstream_rows import (
    AppendedMail,
    ContentRow,
    CopyMap,
    FlagRow,
    FolderStatus,
    HeaderRow,
    UpstreamFolder,
    UpstreamQuota,
)
from proxyd.domain.types import Blob


class UpstreamMailbox(Protocol):
    """The provider's side of one shared mailbox, over a bounded number of connections.

    Every method may raise UpstreamUnavailable, UpstreamSignInRefused, UpstreamRefused,
    UpstreamFolderMissing; those that name UIDs also UidValidityChanged when the folder's
    UIDVALIDITY is not ``uidvalidity``. ``uids`` may be in any order; they are sent as a compact
    set. No method holds a connection while its caller does something else.
    """

    async def capabilities(self) -> frozenset[str]:
        """Upper case; signs in where necessary."""
        ...

    async def list_folders(self, unreadable: list[str] | None = None) -> list[UpstreamFolder]:
        """What was told of others in a way that can't be read is put into ``unreadable``."""
        ...

    async def status(
        self, folders: Sequence[str], refused: dict[str, UpstreamError] | None = None
    ) -> dict[str, FolderStatus]:
        """One pipelined round trip for all; folders that are gone are left out.

        Those that the provider does not count, nor open, are put into ``refused``.
        """
        ...

    async def permanent_flags(self, folder: str) -> PermanentFlags:
        """As of now. Raises UpstreamRefused where the folder can't be opened for writing."""
        ...

    async def scan_flags(
        self, folder: str, uidvalidity: int, *, changed_since: int | None = None
    ) -> list[FlagRow]:
        """UID and FLAGS of every message (or of those changed since a mod-sequence, RFC 7162)."""
        ...

    async def scan_headers(
        self, folder: str, uidvalidity: int, uids: Sequence[int], fields: Sequence[str]
    ) -> list[HeaderRow]: ...

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        """Attributes in wire syntax (``BODY.PEEK[1]<0.100>``). Big literals come spooled as Blobs.

        The caller bounds what one call may bring (see service/mail/reading.py). ``octets``: about
        how many that is, where the caller knows; many wait behind what people wait for.
        """
        ...

    async def known(
        self, folder: str, uidvalidity: int, uids: Sequence[int], attributes: Sequence[bytes]
    ) -> list[ContentRow]:
        """The rows ``fetch`` would bring in full without asking the provider."""
        ...

    async def present(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, int]:
        """The sizes, by UID, of those that are there at this moment; a session that has been in the
        folder for a while is told first what others have removed. What can't be told is left out.
        """
        ...

    def gone(self, folder: str, uidvalidity: int, uids: Collection[int]) -> None:
        """These messages are there no more: nothing of them needs to be kept."""
        ...

    async def search(self, folder: str, uidvalidity: int, criteria: bytes) -> list[int]:
        """UID SEARCH CHARSET UTF-8 (where the criteria are not ASCII) with the keys verbatim."""
        ...

    async def store_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], mode: str, flags: Sequence[str]
    ) -> list[FlagRow]:
        """``mode`` is "+", "-" or "=". Returns the flags as they are afterwards."""
        ...

    async def copy(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        """None where the server has no UIDPLUS."""
        ...

    async def move(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        """MOVE (RFC 6851), or COPY, STORE \\Deleted and (UID) EXPUNGE where it is missing."""
        ...

    async def expunge(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
        """Remove these messages for good (they need not have \\Deleted yet)."""
        ...

    async def append(
        self,
        folder: str,
        flags: Sequence[str],
        internal_date: str | None,
        message: Blob,
        *,
        binary: bool = False,
    ) -> tuple[int, int] | None:
        """(UIDVALIDITY, UID), or None where the server has no UIDPLUS.

        ``binary``: the message holds NUL; only for servers with BINARY (RFC 3516 §4.4).
        """
        ...

    async def append_all(
        self, folder: str, mails: Sequence[AppendedMail]
    ) -> tuple[int, Sequence[int]] | None:
        """One command, all or none; only for servers with MULTIAPPEND (RFC 3502).

        (UIDVALIDITY, UIDs in the order of the mails), or None where the server has no UIDPLUS.
        """
        ...

    async def create(self, folder: str, use: str = "") -> None:
        """``use``: a special use (RFC 6154 §3), only for servers with CREATE-SPECIAL-USE."""
        ...

    async def delete(self, folder: str) -> None: ...

    async def rename(self, folder: str, to: str) -> None: ...

    async def quota_roots(self, folder: str) -> list[UpstreamQuota]:
        """What bounds this folder; empty where the server has no QUOTA."""
        ...

    async def quota(self, root: str) -> UpstreamQuota | None:
        """One root by its name; None where the server has no QUOTA or tells nothing."""
        ...

    def watch(
        self, folder: str, changed: Callable[[], None], line: Callable[[bool, str], None]
    ) -> None:
        """Keep one connection in IDLE (or polling) on ``folder`` from now on.

        ``changed()`` is called, on the event loop, whenever the server says anything about the
        folder; ``line(up, reason)`` when the line comes up (again) or goes down. Reconnects by
        itself.
        """
        ...

    def in_use(self) -> tuple[int, int]:
        """Connections that are open now, and how many there may be."""
        ...

    async def close(self) -> None: ...
