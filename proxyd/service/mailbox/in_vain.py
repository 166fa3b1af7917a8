"""Mails that a person has expunged and the provider could not take away: it was full, or not there.

What the person stores elsewhere then shows what was meant (service/mail/bringing_back.py): as long
as a deletion that worked would count as half of a move, and until the person takes \\Deleted back.
Never a reason to take anything away by itself. In memory, and bounded: forgotten, a mail stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.domain.deleting import TRASHED_REMEMBERED_US
from proxyd.domain.types import Clock
from proxyd.service.mailbox.model import Message

MOST = 10_000  # of one mailbox; the oldest go first


class InVain:
    """Of one mailbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_us: dict[tuple[int, Message], int] = {}

    def note(self, account_id: int, messages: Iterable[Message]) -> None:
        self._at_us |= dict.fromkeys(((account_id, each) for each in messages), self._clock())
        while len(self._at_us) > MOST:
            del self._at_us[next(iter(self._at_us))]

    def forget(self, account_id: int, messages: Iterable[Message]) -> None:
        for message in messages:
            self._at_us.pop((account_id, message), None)

    def by(self, account_id: int, message: Message, within_us: int = TRASHED_REMEMBERED_US) -> bool:
        at_us = self._at_us.get((account_id, message))
        return at_us is not None and self._clock() - at_us <= within_us
