"""Mails that a person has expunged and the provider could not take away: it was full, or not there.

What the person stores elsewhere then shows what was meant (service/mail/bringing_back.py). Never a
reason to take anything away by itself. In memory, and bounded: forgotten, a mail stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.service.mailbox.model import Message

MOST = 10_000  # of one mailbox; the oldest go first


class InVain:
    """Of one mailbox."""

    def __init__(self) -> None:
        self._by: dict[tuple[int, Message], None] = {}

    def note(self, account_id: int, messages: Iterable[Message]) -> None:
        self._by |= dict.fromkeys((account_id, message) for message in messages)
        while len(self._by) > MOST:
            del self._by[next(iter(self._by))]

    def by(self, account_id: int, message: Message) -> bool:
        return (account_id, message) in self._by
