"""The drafts that are answers on the way, of one mailbox: few, and none for long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from proxyd.domain.replying import SHOWN_US, DraftAnswer
from proxyd.service.mailbox.model import Message


class DraftAnswers:
    """Only ``effects.py`` and ``loading.py`` put in and take out."""

    def __init__(self) -> None:
        self._by_draft: dict[Message, DraftAnswer] = {}
        self.begun = asyncio.Event()  # there is one more

    def __len__(self) -> int:
        return len(self._by_draft)

    def __iter__(self) -> Iterator[tuple[Message, DraftAnswer]]:
        return iter(self._by_draft.items())

    def put(self, draft: Message, reply: DraftAnswer | None) -> None:
        if reply is None:
            self._by_draft.pop(draft, None)
        else:
            self._by_draft[draft] = reply
            self.begun.set()

    def next_end_us(self) -> int | None:
        """When the first of them is to be shown no more; None: there is none."""
        return min((r.at_us + SHOWN_US for r in self._by_draft.values()), default=None)
