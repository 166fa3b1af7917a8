"""What each person has just put into Trash by deleting it.

A program that keeps copies (mbsync, offlineimap) moves a mail by deleting it in one folder and
storing it in another, in the order of the folders' names: what is stored again soon after was moved
and not deleted. In memory only: forgotten, the mail lies in Trash as well, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.domain.types import Clock
from proxyd.service.mailbox.model import Message

# One run of such a program, with big mails over a slow line.
REMEMBERED_US = 3600 * 1_000_000
# Of one person; a run that moves more leaves the oldest in Trash.
MOST = 10_000


class Trashed:
    """Of one mailbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_person: dict[int, dict[Message, int]] = {}

    def put(self, account_id: int, messages: Iterable[Message]) -> None:
        """``messages``: as they lie in Trash."""
        now = self._clock()
        mine = self._by_person.setdefault(account_id, {})
        mine |= dict.fromkeys(messages, now)
        old = [message for message, at_us in mine.items() if at_us < now - REMEMBERED_US]
        for message in [*old, *list(mine)[: max(0, len(mine) - MOST)]]:
            mine.pop(message, None)

    def by(self, account_id: int, message: Message) -> bool:
        at_us = self._by_person.get(account_id, {}).get(message)
        return at_us is not None and at_us >= self._clock() - REMEMBERED_US
