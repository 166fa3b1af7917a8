"""Whose flags are being changed at the provider, and what looks at the provider must leave alone.

A look (a scan of flags, a reading of headers) and a STORE travel on lines of their own: which of
them the provider served first nobody can tell from the flags, because a flag may go and come back
meanwhile. So a look that overlaps the STORE of a message does not count for that message; a look
asked after the STORE was taken in does.

Never touches flags itself. Invariant: a message is in ``touched`` of a look if at any moment of the
look it was in ``storing``. Bounded: a set lives as long as its look, and holds messages that exist.

Of two STOREs of one message the second is asked after the first has been taken in (``over``): each
answer would tell what the other did, and their order here might not be the provider's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator

from proxyd.service.mailbox.model import Message


class FlagsUnderWay:
    def __init__(self) -> None:
        self._stored: Counter[Message] = Counter()
        self._looks: list[set[Message]] = []
        self._one_over = asyncio.Event()  # a new one each time

    def __contains__(self, message: Message) -> bool:
        """Its flags are asked of the provider, and the answer is not taken in yet."""
        return message in self._stored

    def __len__(self) -> int:
        return len(self._stored)

    @contextlib.contextmanager
    def storing(self, messages: Iterable[Message]) -> Iterator[None]:
        """From before the provider is asked until the answer is taken in."""
        held = Counter(messages)
        self._stored.update(held)
        for touched in self._looks:
            touched.update(held)
        try:
            yield
        finally:
            self._stored -= held
            self._one_over.set()
            self._one_over = asyncio.Event()

    async def over(self) -> None:
        """Until the next of what is ``storing`` has been taken in."""
        await self._one_over.wait()

    @contextlib.contextmanager
    def looking(self) -> Iterator[set[Message]]:
        """From before the provider is asked until the rows are taken in; yields ``touched``."""
        touched = set(self._stored)
        self._looks.append(touched)
        try:
            yield touched
        finally:
            # Two looks that were touched by the same messages are equal, and not the same.
            self._looks = [each for each in self._looks if each is not touched]
