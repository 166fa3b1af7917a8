"""Taking a mailbox out of the proxy: its name is typed, for it can't be undone."""

from __future__ import annotations

from typing import Final

from admin.web.mailboxes.common import (
    MAILBOXES,
    ONE,
    facts_of_one,
    for_admins,
    mailbox_of,
    services_of,
)
from admin.web.page import Answer, Go, Show, ShowAgain, Typed, Visit
from proxyd.domain.errors import BadInput

REMOVE: Final = f"{ONE}/remove"


async def page(visit: Visit) -> Answer:
    return Show("mailboxes/remove.html", facts_of_one(await mailbox_of(visit)))


async def remove(visit: Visit) -> Answer:
    """Raises NotFound."""
    mailbox = await mailbox_of(visit)
    if visit.typed("typed_name").strip() != mailbox.name:
        return ShowAgain(REMOVE, (("typed_name", "remove.wrong-name"),))
    try:
        await services_of(visit).admin.remove(
            mailbox.name, by=visit.actor, discard_waiting=visit.typed("discard") == "on"
        )
    except BadInput:
        return ShowAgain(REMOVE, (("discard", "remove.waiting"),))
    return Go(f"{MAILBOXES}?done=removed")


PAGES: Final = (
    for_admins("GET", REMOVE, page),
    for_admins("POST", REMOVE, remove, Typed("typed_name"), Typed("discard", 8), step_up=True),
)
