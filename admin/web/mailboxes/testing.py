"""Trying a mailbox's servers, line by line: begun by a click, looked at until it ends.

The page comes again by itself while a try runs, without script; nothing is stored by looking.
"""

from __future__ import annotations

from typing import Final

from admin.web.mailboxes.common import ADD, ONE, asks_who, for_admins, path_of, services_of
from admin.web.mailboxes.refusals import problems_of
from admin.web.page import Answer, Go, Problem, Show, Visit
from proxyd.domain.errors import AlreadyExists, BadInput, NotFound, Refused
from proxyd.domain.probe import READING_STEPS, SENDING_STEPS
from proxyd.service.admin.mailbox_probing import MailboxTry, ProbeState, Purpose

TEST: Final = f"{ONE}/test"


async def looked_at(visit: Visit) -> Answer:
    """A mailbox that is being added is not there yet: its try is. Raises NotFound."""
    tried = services_of(visit).probing.of(visit.path["name"], visit.actor)
    if tried is None:
        mailbox = await services_of(visit).admin.find(visit.path["name"])
        return Show("mailboxes/test.html", {"tried": None, **_about(mailbox.name)})
    return _shown(visit, tried, ())


async def begin(visit: Visit) -> Answer:
    """With what is stored. Raises NotFound, Busy."""
    await services_of(visit).probing.test(visit.path["name"], by=visit.actor)
    return Go(path_of(visit.path["name"], "test"))


async def store_anyway(visit: Visit) -> Answer:
    name = visit.path["name"]
    probing = services_of(visit).probing
    try:
        return _shown(visit, await probing.store_anyway(name, by=visit.actor), ())
    except NotFound:
        return Go(path_of(name, "test"))
    except (BadInput, AlreadyExists) as error:
        tried = probing.of(name, visit.actor)
        return _shown(visit, tried, problems_of(error, "store"), 422) if tried else Go(ADD)


def _about(name: str) -> dict[str, object]:
    return {"name": name, "base": path_of(name)}


def _shown(
    visit: Visit, tried: MailboxTry, problems: tuple[Problem, ...], status: int = 200
) -> Answer:
    doors = [
        [(step, tried.step(step)) for step in steps] for steps in (READING_STEPS, SENDING_STEPS)
    ]
    faults = {one.fault for one in tried.steps if one.fault is not None}
    refused = tried.refused
    if not problems and isinstance(refused, BadInput | AlreadyExists):
        problems = problems_of(refused, "store")
    elif not problems and isinstance(refused, Refused):  # such as a mailbox that is gone
        problems = (("store", "mailbox-wrong.other"),)
    facts = {
        **_about(tried.name),
        "tried": tried,
        "doors": doors,
        "running": tried.state is ProbeState.RUNNING,
        "adding": tried.purpose is Purpose.ADD,
        "password_refused": "password" in faults,
        "broken": refused is not None and not problems,
        "problems": problems,
        "asks_who": asks_who(visit),
    }
    return Show("mailboxes/test.html", facts, status)


PAGES: Final = (
    for_admins("GET", TEST, looked_at),
    for_admins("POST", TEST, begin),
    for_admins("POST", f"{TEST}/store", store_anyway, step_up=True),
)
