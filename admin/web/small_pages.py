"""The front page, and in which language all of them are shown."""

from __future__ import annotations

from typing import Final

from admin.web.kept import is_path
from admin.web.page import Answer, Asked, Go, Page, Typed, Who
from admin.web.sign_in_pages import LANDING
from admin.web.words import LANGUAGES

LANGUAGE_COOKIE: Final = "proxyd-language"


async def front(_asked: Asked) -> Answer:
    return Go(LANDING)


async def language(asked: Asked) -> Answer:
    """Back to where it was pressed; of what was typed there, only a path of ours is taken."""
    wanted = asked.typed("language")
    back = asked.typed("back")
    cookies = {LANGUAGE_COOKIE: wanted} if wanted in LANGUAGES else {}
    return Go(back if is_path(back) else "/", cookies=cookies)


PAGES: Final = (
    Page("GET", "/", front),
    Page(
        "POST",
        "/language",
        language,
        Who.ANYBODY,
        form=(Typed("language", 8), Typed("back")),
    ),
)
