"""Which of many keys has the most: told without looking at all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator


class Crowds:
    """Keys by their size. Of those of one size, the one that has had it for longest comes first."""

    def __init__(self) -> None:
        self._size: dict[str, int] = {}
        self._of: dict[int, dict[str, None]] = {}  # no size without a key

    def __contains__(self, key: str) -> bool:
        return key in self._size

    def __iter__(self) -> Iterator[str]:
        return iter(self._size)

    def set(self, key: str, size: int) -> None:
        if self._size.get(key) == size:
            return
        self.remove(key)
        self._size[key] = size
        self._of.setdefault(size, {})[key] = None

    def remove(self, key: str) -> None:
        size = self._size.pop(key, None)
        if size is None:
            return
        del self._of[size][key]
        if not self._of[size]:
            del self._of[size]

    def greatest(self, but: str, more: int) -> str | None:
        """None: there is none. ``but`` is as great as if it had ``more``."""
        if not self._of:
            return None
        size = max(self._of)  # a few different ones, however many keys there are
        own = self._size.get(but)
        if own is not None and own + more > size:
            return but
        return next(iter(self._of[size]))
