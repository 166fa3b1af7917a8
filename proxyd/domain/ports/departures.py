"""What somebody has said of mails that are to leave a view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.deleting import Half
from proxyd.domain.replying import DraftAnswer


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """What a person has said of one UID of a view that is to leave it."""

    account_id: int
    view_id: int
    uid: int
    deleted: bool
    into: str  # the virtual folder it was copied into last, "" = none
    copies: tuple[int, ...]  # the ids of its copies in folders
    at_us: int  # of the last copy
    elsewhere: bool = False  # it was copied into that out of another view


class DepartureStore(Protocol):
    """At most one for each person, view and UID; goes with the UID. Beside them, whose a draft
    is, and who has put a mail into Trash, or wanted to.
    """

    def all(self, mailbox_id: int) -> list[DepartureRow]: ...

    def forget(self, mailbox_id: int, before_us: int) -> None:
        """Copies made before then that no \\Deleted has followed, and what was put into Trash, or
        expunged in vain.
        """
        ...

    def add(self, rows: Iterable[DepartureRow]) -> None: ...

    def remove(self, keys: Iterable[tuple[int, int, int]]) -> None:
        """(account, view, UID)"""
        ...

    def drafts(self, mailbox_id: int) -> dict[int, int]:
        """Message → account."""
        ...

    def add_draft(self, message_id: int, account_id: int) -> None: ...

    def replies(self, mailbox_id: int) -> list[tuple[int, DraftAnswer]]:
        """Drafts that are answers on the way."""
        ...

    def set_replies(self, rows: Iterable[tuple[int, DraftAnswer | None]]) -> None:
        """Of drafts that are known; None: it is no more."""
        ...

    def trashed(self, mailbox_id: int) -> list[tuple[int, int, int]]:
        """(message, as it lies in Trash; account; when)"""
        ...

    def add_trashed(self, rows: Iterable[tuple[int, int, int]]) -> None: ...

    def in_vain(self, mailbox_id: int) -> list[tuple[int, int, Half, int]]:
        """What could not be done of a move: (message, account, which half, when)"""
        ...

    def set_in_vain(self, rows: Iterable[tuple[int, int, Half, int | None]]) -> None:
        """(message, account, which half, when; None: it holds no more)"""
        ...
