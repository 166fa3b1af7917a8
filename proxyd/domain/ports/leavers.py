"""What is in the hands of somebody who leaves, and who is to take it over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.types import Origin


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail of theirs that has not left. ``leaves_us``: None where it waits for approval."""

    mailbox: str  # the shared mailbox's name
    message_id: str
    conversation: int | None
    leaves_us: int | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Of one shared mailbox; carried out by whoever serves that. ``conversation`` None: all that
    are theirs and named by no other row; ``to`` None: they are nobody's then.
    """

    number: int
    account_id: int  # who has left
    conversation: int | None
    to: int | None
    actor: str
    origin: Origin


class LeaverStore(Protocol):
    def waiting_mails(self, account_id: int) -> list[WaitingMail]:
        """The first taken first."""
        ...

    def replying(self, account_id: int, since_us: int) -> Mapping[int, int]:
        """Drafts that answer and were saved since then, by mailbox id."""
        ...

    def named_in(self, account_id: int, done: str) -> list[tuple[str, int]]:
        """Mailbox and number of the conversations with a note that names them and whose status is
        another one than ``done``.
        """
        ...

    def mailboxes_with_work(self, account_id: int, done: str) -> frozenset[int]:
        """Where a conversation is theirs whose status is another one than ``done``."""
        ...

    def hand_over(
        self,
        account_id: int,
        mailbox_id: int,
        to: Mapping[int | None, int | None],
        actor: str,
        origin: Origin,
    ) -> None:
        """``to``: by conversation; None is all others."""
        ...

    def of_mailbox(self, mailbox_id: int) -> list[HandOver]:
        """Those that are not carried out yet, the oldest first."""
        ...

    def unfinished(self, account_id: int) -> bool: ...

    def finish(self, numbers: Collection[int]) -> None: ...
