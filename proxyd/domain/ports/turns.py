"""What became of each waiting, kept for reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from proxyd.domain.turns import EndedTurn, TurnTimes


class TurnStore(Protocol):
    def add(self, mailbox_id: int, ended: Iterable[EndedTurn]) -> None: ...

    def ended(self, mailbox_ids: Collection[int], since_us: int, until_us: int) -> list[TurnTimes]:
        """Those that ended from then on and before ``until_us``, in no order."""
        ...
