"""The page of alarms, one line for each cause, and the page of one of them."""

from __future__ import annotations

from typing import Final

from admin.web.alarms.telling import all_told, told
from admin.web.log.questions import READERS, number_of
from admin.web.page import Answer, Go, Show, Typed, Visit, WebPage
from proxyd.domain.errors import BadInput, NotFound
from proxyd.service.audit.alarm_desk import SILENT_DAYS

PATH: Final = "/alarms"
_DONE: Final = ("seen", "silenced")


async def alarms(visit: Visit) -> Answer:
    role = visit.account.role
    board = await visit.services.alarms.board(role)
    groups = [
        ("alarms.now", all_told(board.now, role)),
        ("alarms.seen", all_told(board.seen, role)),
        ("alarms.over", all_told(board.over, role)),
    ]
    facts = {"groups": groups, "board": board, "done": _done(visit)}
    return Show("alarms/alarms.html", {**facts, "followed": visit.services.asking.followed})


async def alarm(visit: Visit) -> Answer:
    """What to do, who has seen it, and silence for a while."""
    role = visit.account.role
    found = await visit.services.alarms.alarm(_number(visit), role)
    facts = {"one": told(found, role), "days": SILENT_DAYS, "done": _done(visit)}
    return Show("alarms/alarm.html", facts)


async def seen(visit: Visit) -> Answer:
    await visit.services.alarms.seen(_number(visit), by=visit.actor, role=visit.account.role)
    return Go(f"{PATH}?done=seen")


async def silence(visit: Visit) -> Answer:
    number, days = _number(visit), number_of(visit.typed("days")) or 0
    try:
        await visit.services.alarms.silence(number, days, by=visit.actor, role=visit.account.role)
    except BadInput:  # no choice of the page
        raise NotFound("alarm", visit.typed("days")) from None
    return Go(f"{PATH}/{number}?done=silenced")


def _number(visit: Visit) -> int:
    """Raises NotFound."""
    number = number_of(visit.path["number"])
    if number is None:
        raise NotFound("alarm", visit.path["number"])
    return number


def _done(visit: Visit) -> str:
    done = visit.query.get("done", "") if visit.same_origin else ""
    return done if done in _DONE else ""


PAGES: Final = (
    WebPage("GET", PATH, alarms, roles=READERS),
    WebPage("GET", f"{PATH}/{{number}}", alarm, roles=READERS),
    WebPage("POST", f"{PATH}/{{number}}/seen", seen, roles=READERS),
    WebPage("POST", f"{PATH}/{{number}}/silence", silence, roles=READERS, form=(Typed("days", 3),)),
)
