"""Pages by key: what comes after the last one that was told, never by number or total."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from admin.api.model import Paged

T = TypeVar("T")


def page_of(
    ordered: Iterable[T], key: Callable[[T], str], asked: Paged
) -> tuple[list[T], str | None]:
    """``ordered`` by ``key``, all there are. Returns the page, and ``next``."""
    rest = [one for one in ordered if asked.after is None or key(one) > asked.after]
    page = rest[: asked.limit]
    return page, key(page[-1]) if len(rest) > len(page) else None
