"""Folders, messages, conversations and views in the database: one call per kind of row.

The one server process is the only writer of these tables, so it numbers the rows itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, Protocol, overload

from proxyd.domain.ports import mail_rows as row


class MailStore(Protocol):
    # Read at start, of one shared mailbox.

    def folders(self, mailbox_id: int) -> Sequence[row.StoredFolder]: ...

    def conversations(self, mailbox_id: int) -> Sequence[row.StoredConversation]: ...

    def messages(self, mailbox_id: int) -> Sequence[row.StoredMessage]:
        """In the order of their numbers."""
        ...

    def thread_ids(self, mailbox_id: int) -> Sequence[row.StoredThreadId]: ...

    def left(self, mailbox_id: int) -> Sequence[row.StoredLeft]: ...

    def answers(self, mailbox_id: int) -> Sequence[row.StoredAnswer]:
        """The oldest first."""
        ...

    def views(self, mailbox_id: int) -> Sequence[row.StoredView]: ...

    def view_messages(self, mailbox_id: int) -> Sequence[row.StoredPlace]:
        """Of each view in the order of the UIDs."""
        ...

    def seen(self, mailbox_id: int) -> Sequence[row.StoredSeen]: ...

    def subscriptions(self, account_id: int) -> dict[str, bool]:
        """By the name of the view; what is not in it is subscribed."""
        ...

    def alike(
        self, topic: bytes, digests: Collection[str], mailbox_ids: Collection[int]
    ) -> Sequence[row.Alike]:
        """The newest mails about ``topic``; and those from outside of which no topic is known,
        whose subject has one of these digests. The newest first.
        """
        ...

    def existing_accounts(self, ids: Collection[int]) -> set[int]:
        """Those of ``ids`` that are (still) accounts."""
        ...

    # Numbers.

    def next_id(self, table: row.Numbered) -> int:
        """A number never given before in this table."""
        ...

    def fresh_uidvalidity(self, mailbox_id: int, now_us: int, count: int = 1) -> int:
        """The first of ``count`` UIDVALIDITY values that no view of this mailbox has had, and that
        no view of another one has (RFC 9051 §2.3.1.1).
        """
        ...

    # Written. Rows of one call name the same columns.

    @overload
    def add(self, table: Literal["folders"], rows: Sequence[row.FolderInsert]) -> None: ...

    @overload
    def add(
        self, table: Literal["conversations"], rows: Sequence[row.ConversationInsert]
    ) -> None: ...

    @overload
    def add(self, table: Literal["messages"], rows: Sequence[row.MessageInsert]) -> None: ...

    @overload
    def add(self, table: Literal["views"], rows: Sequence[row.ViewInsert]) -> None: ...

    @overload
    def add(self, table: Literal["answers"], rows: Sequence[row.AnswerInsert]) -> None: ...

    @overload
    def update(self, table: Literal["folders"], rows: Sequence[row.FolderUpdate]) -> None: ...

    @overload
    def update(
        self,
        table: Literal["conversations"],
        rows: Sequence[row.ConversationUpdate] | Sequence[row.ClockUpdate],
    ) -> None: ...

    @overload
    def update(self, table: Literal["messages"], rows: Sequence[row.MessageUpdate]) -> None: ...

    @overload
    def update(self, table: Literal["views"], rows: Sequence[row.ViewUpdate]) -> None: ...

    def delete(self, table: row.Numbered, ids: Sequence[int]) -> None:
        """With all that belongs to them alone."""
        ...

    def move_conversation(self, from_id: int, to_id: int) -> None:
        """Let everything that refers to one conversation refer to another."""
        ...

    def set_threads(self, mailbox_id: int, threads: Mapping[str, tuple[int, bool, int]]) -> None:
        """Message-ID → (conversation, arrived, came_us); replaces what was there."""
        ...

    def set_left(self, mailbox_id: int, last: Iterable[row.StoredLeft]) -> None:
        """Replaces what was kept of their Message-IDs."""
        ...

    def leave(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Take (view, UID) pairs out."""
        ...

    def enter(self, rows: Iterable[tuple[int, int, int, int]]) -> None:
        """Put (view, UID, message, when) in."""
        ...

    def set_seen(self, rows: Iterable[tuple[int, int, bool, int]]) -> None:
        """(account, message, seen, mod-sequence): a person's own \\Seen."""
        ...

    def subscribe(self, account_id: int, name: str, *, subscribed: bool) -> None: ...
