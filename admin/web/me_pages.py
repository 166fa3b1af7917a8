"""One's own account: the page, put together from parts, each with its own file and its own actions.

Whoever adds something to it adds a Part and its PAGES.
"""

from __future__ import annotations

from typing import Final

from admin.web import (
    own_app_passwords,
    own_keys,
    own_passkeys,
    own_password,
    own_record,
    own_second_factor,
    own_sessions,
)
from admin.web.page import Answer, Part, Show, Visit, WebPage, facts_of

PARTS: Final[tuple[Part, ...]] = (
    own_app_passwords.PART,
    own_second_factor.PART,
    own_passkeys.PART,
    own_password.PART,
    own_sessions.PART,
    own_keys.PART,
    own_record.PART,
)
_PASSKEYS: Final = ("app-added", "passkey-added", "passkey-removed")
_DONE: Final = ("revoked", "removed", "password", "ended", "others-ended", "keys", *_PASSKEYS)


async def me(visit: Visit) -> Answer:
    """What was just done is told only where a page of ours led here, else any link could say it."""
    done = visit.query.get("done", "") if visit.same_origin else ""
    facts = await facts_of(PARTS, visit)
    return Show("me.html", {"done": done if done in _DONE else "", **facts})


PAGES: Final = (
    WebPage("GET", "/me", me),
    *own_app_passwords.PAGES,
    *own_second_factor.PAGES,
    *own_passkeys.PAGES,
    *own_password.PAGES,
    *own_sessions.PAGES,
    *own_record.PAGES,
)
