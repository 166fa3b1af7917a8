"""What somebody asked the provider for without hearing the end of it: their line broke, or ours.

Whoever hears nothing, or NO, asks again, and would make a second copy of what was done. So what is
asked for again is looked for first. Never a reason to do nothing: what is not found is done.
Invariants: one doubt answers one command; whoever goes on talking has heard the answer, and asks
for another copy on purpose. In memory, and bounded: forgotten, a mail is there twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.domain.types import Clock
from proxyd.service.mailbox.model import Folder, Message

# People press Retry at once, programs come again with their next round.
REMEMBERED_US = 3600 * 1_000_000
# Of one mailbox: the mails of a dozen big moves. The oldest go first.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mail that one person wanted in a folder: one of the mailbox to be copied there, or one that
    is brought, by (Message-ID, octets).
    """

    account_id: int
    folder: Folder
    what: Message | tuple[str, int]


class Doubts:
    """Of one mailbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # → (the folder's UIDNEXT before it was asked for, when)
        self._since: dict[Doubt, tuple[int, int]] = {}

    def note(self, doubt: Doubt, since: int) -> None:
        before, _ = self._since.pop(doubt, (since, 0))
        self._since[doubt] = (max(min(before, since), 1), self._clock())
        if len(self._since) > MOST:
            del self._since[next(iter(self._since))]

    def take(self, doubt: Doubt) -> int | None:
        """From which UID on it is to be looked for; None where there is no doubt."""
        since, at_us = self._since.pop(doubt, (0, 0))
        return since if since and self._clock() - at_us <= REMEMBERED_US else None
