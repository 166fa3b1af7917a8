"""Another password of the provider's: tried at both doors before the proxy switches to it."""

from __future__ import annotations

from typing import Final

from admin.web.mailboxes.common import (
    ONE,
    asks_who,
    facts_of_one,
    for_admins,
    mailbox_of,
    path_of,
    services_of,
)
from admin.web.mailboxes.refusals import problems_of
from admin.web.page import Answer, Go, Show, ShowAgain, Typed, Visit
from proxyd.domain.errors import BadInput
from proxyd.service.admin.mailbox_admin import PASSWORD_LIMIT

PASSWORD: Final = f"{ONE}/password"


async def form(visit: Visit) -> Answer:
    mailbox = await mailbox_of(visit)
    health = services_of(visit).health().get(mailbox.id)
    refused = health is not None and health.password_refused
    facts = {"refused": refused, "asks_who": asks_who(visit)}
    return Show("mailboxes/password.html", {**facts_of_one(mailbox), **facts})


async def change(visit: Visit) -> Answer:
    """Raises NotFound, Busy."""
    if "password" not in visit.form:  # who it is was shown, and nothing typed yet
        await mailbox_of(visit)
        return Go(path_of(visit.path["name"], "password"))
    try:
        await services_of(visit).probing.change_password(
            visit.path["name"], visit.typed("password"), by=visit.actor
        )
    except BadInput as error:
        return ShowAgain(PASSWORD, problems_of(error, "password"))
    return Go(path_of(visit.path["name"], "test"))


PAGES: Final = (
    for_admins("GET", PASSWORD, form),
    for_admins(
        "POST",
        PASSWORD,
        change,
        Typed("password", PASSWORD_LIMIT * 2, secret=True),
        step_up=True,
    ),
)
