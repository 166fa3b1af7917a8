"""How often somebody asks: so many times in a minute, and then not before the first of them is a
minute ago. Pure; bounded by the number of people who asked within that minute.
"""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_US: Final = 60_000_000
MOST: Final = 30  # more than anybody reads the answers of


class AskedOften:
    def __init__(self) -> None:
        self._asked: dict[str, deque[int]] = {}

    def pause_us(self, who: str, now_us: int) -> int:
        """0: it is counted, and may be asked. A clock that goes back holds nobody up for longer."""
        for name in [n for n, asked in self._asked.items() if asked[-1] <= now_us - WINDOW_US]:
            del self._asked[name]
        asked = self._asked.setdefault(who, deque())
        while asked and not now_us - WINDOW_US < asked[0] <= now_us:
            asked.popleft()
        if len(asked) >= MOST:
            return asked[0] + WINDOW_US - now_us
        asked.append(now_us)
        return 0
