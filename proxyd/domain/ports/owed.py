"""Flags that were changed here and that the provider has still to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OwedFlag:
    """A flag of a message that was changed here, and the provider has still to be told."""

    flag: str  # as it was written
    wanted: bool  # there, or not there
    at_us: int
    actor: str  # the login of who wanted it

    @property
    def word(self) -> str:
        """Flags are the same in any case (RFC 9051 §2.3.2)."""
        return self.flag.lower()


class OwedStore(Protocol):
    """At most one for each message and word: what was wanted last."""

    def all(self, mailbox_id: int) -> list[tuple[int, OwedFlag]]:
        """With the message's number, the oldest first."""
        ...

    def count(self, mailbox_id: int) -> tuple[int, int]:
        """How many, and since when (0 where there are none)."""
        ...

    def owe(self, changes: Iterable[tuple[int, OwedFlag]]) -> None: ...

    def settle(self, keys: Collection[tuple[int, str]]) -> None:
        """(message, word): nothing is owed any more."""
        ...
