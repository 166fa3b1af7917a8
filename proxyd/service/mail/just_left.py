"""What one session has put out of a virtual folder by its own STORE, a moment ago.

Who has pressed the wrong key presses the right one at once, and the client says that of a UID that
was told as expunged meanwhile. RFC 9051 §6.4.9 passes over what is not there; but the person sees
the second status in the list, and a mail that counts as done by mistake is forgotten. UIDs are
never used again, so it is certain which mail is meant.

Of the last STORE only, and for a minute: what a client names later it has not seen on its screen.
In a real folder nothing leaves by STORE.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence

from proxyd.domain.types import Clock
from proxyd.service.mailbox.model import Message, View

REMEMBERED_US = 60_000_000
# Of more nothing is remembered: corrected in part it would be worse than not at all.
REMEMBERED_MOST = 1000


class JustLeft:
    """Of one open view of one session."""

    def __init__(self, view: View, clock: Clock) -> None:
        self._view = view
        self._clock = clock
        self._left: dict[int, Message] = {}
        self._until_us = 0

    @property
    def uids(self) -> Collection[int]:
        if self._left and self._clock() > self._until_us:
            self._left = {}
        return self._left.keys()

    def pairs(self, uids: Iterable[int]) -> list[tuple[int, Message]]:
        """Those among ``uids`` with their messages, as far as these are in the mailbox still."""
        known = self.uids
        found = ((uid, self._left[uid]) for uid in uids if uid in known)
        return [(uid, message) for uid, message in found if _is_there(message)]

    @contextlib.contextmanager
    def storing(self, messages: Sequence[Message]) -> Iterator[None]:
        """Note what leaves meanwhile, the rest of the conversations included."""
        view = self._view
        if view.kind == "folder":
            yield
            return
        company = {each for message in messages for each in message.conversation.messages}
        before = {each.views[view]: each for each in company if view in each.views}
        yield
        left = {uid: each for uid, each in before.items() if view.members.get(uid) is not each}
        if left:
            again = set(left.values())  # it had come back, and may be named as it was before
            left |= {uid: each for uid, each in self._left.items() if each in again}
            self._left = left if len(left) <= REMEMBERED_MOST else {}
            self._until_us = self._clock() + REMEMBERED_US


def _is_there(message: Message) -> bool:
    return any(view.members.get(uid) is message for view, uid in message.views.items())
