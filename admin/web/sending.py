"""What a form that waits will do, once it is sent: said wherever somebody is asked for it again,
because they had to show who they are, or because it can't be undone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from starlette.routing import Match, Route

from admin.web.page import Sentence, Show, Visit, WebPage
from admin.web.words import WORDS


def says(key: str) -> Callable[[Visit], Awaitable[Sentence]]:
    """For a row of which one sentence says it all."""

    async def sentence(_visit: Visit) -> Sentence:
        return key, {}

    return sentence


async def what_is_sent(row: WebPage, visit: Visit) -> Sentence | None:
    """Of a row that says nothing itself: the sentence of its path, with what stands in that."""
    if row.sends is not None:
        return await row.sends(visit)
    key = f"sends.{row.path}"
    return (key, visit.path) if key in WORDS else None


async def sure(
    visit: Visit,
    row: WebPage,
    *,
    title: str,
    button: str,
    path: str = "",
    also: Sequence[str] = (),
) -> Show:
    """The page that asks once before ``row`` is sent; the form's fields are the visit's. ``also``:
    what follows, as keys.
    """
    facts = {
        "title": title,
        "sent": await what_is_sent(row, visit),
        "also": also,
        "action": path or row.path,
        "fields": dict(visit.form),
        "button": button,
    }
    return Show("sure.html", facts)


class Forms:
    """The rows by where their forms go."""

    def __init__(self, rows: Iterable[WebPage]) -> None:
        self._rows: Final = [
            (row, Route(row.path, _nowhere, methods=["POST"]))
            for row in rows
            if row.method == "POST"
        ]

    def of(self, path: str) -> tuple[WebPage, dict[str, str]] | None:
        """The row, and what stands in its path; None where no form goes there."""
        scope = {"type": "http", "method": "POST", "path": path}
        for row, route in self._rows:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return row, {n: str(v) for n, v in found["path_params"].items()}
        return None


def _nowhere() -> None:
    """Asked where a path leads, never gone to."""
