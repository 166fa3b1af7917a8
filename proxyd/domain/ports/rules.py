"""A mailbox's rules on arrival, each version as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredRules:
    version: int
    at_us: int
    actor: str
    text: str  # TOML; "" = none


class RuleStore(Protocol):
    def newest(self, mailbox_id: int) -> StoredRules | None: ...

    def history(self, mailbox_id: int) -> Sequence[StoredRules]:
        """The newest first."""
        ...

    def add(self, mailbox_id: int, actor: str, text: str) -> int:
        """Returns its version."""
        ...

    def last_given(self, mailbox_id: int) -> dict[str, int]:
        """Rule → account whose turn it was last."""
        ...

    def give(self, mailbox_id: int, rule: str, account_id: int) -> None: ...
