"""Which mail a UID of *Leaving* or *To approve* stood for that is there no more: for who names it a
moment too late. Of this process alone; after a restart nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.service.mailbox.model import Message, View

REMEMBERED = 10_000  # UIDs: what a busy office sends in days


class Waited:
    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], int] = {}  # (view, UID) → row of the outbox

    def note(self, gone: Iterable[Message]) -> None:
        """They are about to leave their views; harmless where that fails."""
        for message in gone:
            for view, uid in message.views.items():
                self._numbers[view.id, uid] = message.uid
        while len(self._numbers) > REMEMBERED:
            del self._numbers[next(iter(self._numbers))]

    def number(self, view: View, uid: int) -> int | None:
        return self._numbers.get((view.id, uid))
