"""The front page, and in which language all of them are shown."""

from __future__ import annotations

from typing import Final

from admin.web.kept import is_path
from admin.web.page import Answer, Go, Typed, Visit, WebPage, Who
from admin.web.sign_in_pages import LANDING
from admin.web.words import LANGUAGES

LANGUAGE_COOKIE: Final = "proxyd-language"


async def front(_visit: Visit) -> Answer:
    return Go(LANDING)


async def language(visit: Visit) -> Answer:
    """Back to where it was pressed; of what was typed there, only a path of ours is taken."""
    wanted = visit.typed("language")
    back = visit.typed("back")
    cookies = {LANGUAGE_COOKIE: wanted} if wanted in LANGUAGES else {}
    return Go(back if is_path(back) else "/", cookies=cookies)


PAGES: Final = (
    WebPage("GET", "/", front),
    WebPage(
        "POST",
        "/language",
        language,
        Who.ANYBODY,
        form=(Typed("language", 8), Typed("back")),
    ),
)
