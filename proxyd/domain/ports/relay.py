"""The provider's SMTP side of one shared mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Relay(Protocol):
    """The provider's submission server of one shared mailbox."""

    async def send(self, sender: str, recipients: Sequence[str], message: bytes) -> None:
        """Returns when the server said 250 for all recipients.

        Raises RelayRefused (nothing was sent, not even to some) or RelayUnavailable.
        """
        ...

    async def probe(self) -> list[str]:
        """Sign in and out; returns the EHLO keywords. Raises the same errors as ``send``."""
        ...
