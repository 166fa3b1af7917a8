"""Trying a shared mailbox's servers before anything depends on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from proxyd.domain.probe import ProbedStep
from proxyd.domain.types import SharedMailbox


class MailboxProbe(Protocol):
    async def run(
        self, mailbox: SharedMailbox, password: str, told: Callable[[ProbedStep], None]
    ) -> None:
        """Both servers at the same time; ``told`` hears of each step as it ends. A door's first
        fault is its last step. Reads only, opens no mail. Raises nothing of the provider's.
        """
        ...
