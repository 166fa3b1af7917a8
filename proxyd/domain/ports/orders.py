"""What the command line asks of the proxy that is running, and what came of it.

What people do reaches a running proxy by its sessions; a command is another process. Its order is
a row of the database, and so is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.types import Origin


@dataclass(frozen=True, slots=True)
class Wanted:
    """A conversation split at ``message_id``; or, where that is "", ``one`` put on hold, handed to
    somebody, or joined with ``other``, by number.
    """

    by: str  # who typed it
    origin: Origin
    message_id: str = ""
    one: int = 0
    other: int = 0
    hold: bool = False
    until: str = ""  # in the words of domain/hold_until.py; "" = not by itself
    assign: bool = False
    to: str = ""  # a login; "" = nobody


@dataclass(frozen=True, slots=True)
class Outcome:
    """``refused`` has what, problem and instead of a BadInput; ``failed`` what it failed of."""

    kept: int = 0  # the conversation that was there
    other: int = 0  # the new one, or the one that was swallowed
    mails: int = 0  # which have changed their conversation
    until_us: int = 0  # when it comes back from hold; 0 = not by itself
    refused: tuple[str, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    number: int
    mailbox_id: int
    at_us: int
    wanted: Wanted


class OrderStore(Protocol):
    def place(self, mailbox_id: int, wanted: Wanted) -> int:
        """Whoever serves is called. Returns its number."""
        ...

    def waiting(self) -> list[Order]:
        """The oldest first."""
        ...

    def done(self, number: int, outcome: Outcome) -> None: ...

    def outcome(self, number: int) -> Outcome | None:
        """None: not carried out yet."""
        ...

    def withdraw(self, number: int) -> None:
        """Nothing is left of it."""
        ...
