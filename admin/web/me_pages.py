"""One's own account: the page, put together from parts, each with its own file and its own actions.

Whoever adds something to it adds a Part and its PAGES.
"""

from __future__ import annotations

from typing import Final

from admin.web.page import Answer, Asked, Page, Part, Show, facts_of

PARTS: Final[tuple[Part, ...]] = ()
_DONE: Final = ("revoked", "removed", "password", "ended", "others-ended")


async def me(asked: Asked) -> Answer:
    return await me_page(asked)


async def me_page(asked: Asked, status: int = 200, **more: object) -> Show:
    """``more``: what a part has to say of what was typed, such as ``problems``."""
    done = asked.query.get("done", "") if asked.same_origin else ""
    facts = await facts_of(PARTS, asked)
    return Show("me.html", {"done": done if done in _DONE else "", **facts, **more}, status)


PAGES: Final = (Page("GET", "/me", me),)
