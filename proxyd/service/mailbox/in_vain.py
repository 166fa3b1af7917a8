"""Mails that a person has expunged and the provider could not take away: it was full, or not there.

What the person stores elsewhere then shows what was meant (service/mail/bringing_back.py): as long
as a deletion that worked would count as half of a move, and until the person takes \\Deleted back.
Never a reason to take anything away by itself. On disk as well: who stores the other half may come
after a restart. Bounded by the mails there are: what is gone is forgotten.
"""

from __future__ import annotations

from proxyd.domain.deleting import TRASHED_REMEMBERED_US
from proxyd.service.mailbox.model import Message


class InVain:
    """Of one mailbox."""

    def __init__(self) -> None:
        self._at_us: dict[Message, dict[int, int]] = {}  # → who → when

    def put(self, account_id: int, message: Message, at_us: int | None) -> None:
        """None: taken back."""
        if at_us is not None:
            self._at_us.setdefault(message, {})[account_id] = at_us
        elif message in self._at_us:
            self._at_us[message].pop(account_id, None)

    def gone(self, message: Message) -> None:
        self._at_us.pop(message, None)

    def knows(self, account_id: int, message: Message) -> bool:
        return account_id in self._at_us.get(message, ())

    def by(
        self,
        account_id: int,
        message: Message,
        now_us: int,
        within_us: int = TRASHED_REMEMBERED_US,
    ) -> bool:
        at_us = self._at_us.get(message, {}).get(account_id)
        return at_us is not None and now_us - at_us <= within_us
