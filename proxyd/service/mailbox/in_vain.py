"""Halves of moves that could not be carried out: a mail that a person has expunged and the provider
could not take away, and one that a person has stored elsewhere and was refused.

The half that comes later then shows what was meant: what is stored after a deletion in vain was
moved, and what is deleted after an APPEND in vain stays (service/mail/bringing_back.py, and
domain/deleting.py). As long as a deletion that worked would count as half of a move, and until the
person takes \\Deleted back. Never a reason to take anything away by itself. On disk as well: the
other half may come after a restart. Bounded by the mails there are: what is gone is forgotten.
"""

from __future__ import annotations

from proxyd.domain.deleting import TRASHED_REMEMBERED_US, Half
from proxyd.service.mailbox.model import Message


class InVain:
    """Of one mailbox."""

    def __init__(self) -> None:
        self._at_us: dict[Message, dict[tuple[Half, int], int]] = {}  # → (half, who) → when

    def __len__(self) -> int:
        return len(self._at_us)

    def put(self, half: Half, account_id: int, message: Message, at_us: int | None) -> None:
        """None: it holds no more."""
        if at_us is not None:
            self._at_us.setdefault(message, {})[half, account_id] = at_us
        elif message in self._at_us:
            self._at_us[message].pop((half, account_id), None)
            if not self._at_us[message]:
                del self._at_us[message]

    def gone(self, message: Message) -> None:
        self._at_us.pop(message, None)

    def knows(self, half: Half, account_id: int, message: Message) -> bool:
        return (half, account_id) in self._at_us.get(message, ())

    def by(
        self,
        half: Half,
        account_id: int,
        message: Message,
        now_us: int,
        within_us: int = TRASHED_REMEMBERED_US,
    ) -> bool:
        at_us = self._at_us.get(message, {}).get((half, account_id))
        return at_us is not None and now_us - at_us <= within_us
