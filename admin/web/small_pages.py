"""In which language all pages are shown, and whether letters are keys."""

from __future__ import annotations

from typing import Final

from admin.web.kept import is_path
from admin.web.page import Answer, Go, Typed, Visit, WebPage, Who
from admin.web.sending import says
from admin.web.words import LANGUAGES

LANGUAGE_COOKIE: Final = "proxyd-language"
KEYS_COOKIE: Final = "proxyd-keys"  # "off": letters press nothing


async def language(visit: Visit) -> Answer:
    """Back to where it was pressed; of what was typed there, only a path of ours is taken."""
    wanted = visit.typed("language")
    back = visit.typed("back")
    cookies = {LANGUAGE_COOKIE: wanted} if wanted in LANGUAGES else {}
    return Go(back if is_path(back) else "/", cookies=cookies)


async def keys(visit: Visit) -> Answer:
    """Of this browser, as the language is."""
    off = visit.typed("keys") == "off"
    return Go("/me?done=keys", cookies={KEYS_COOKIE: "off" if off else ""})


PAGES: Final = (
    WebPage(
        "POST",
        "/language",
        language,
        Who.ANYBODY,
        form=(Typed("language", 8), Typed("back")),
    ),
    WebPage(
        "POST", "/me/keys", keys, form=(Typed("keys", 8, chosen=True),), sends=says("sends.keys")
    ),
)
