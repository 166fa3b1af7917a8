"""Where one is signed in to these pages: the list, ending one, ending all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.page import Answer, Go, Part, Sentence, Typed, Visit, WebPage
from admin.web.pages import program
from admin.web.sending import says
from proxyd.domain.errors import NotFound

ME: Final = "/me"
_DIGITS: Final = 18  # of a 64-bit number, all of which are fine


async def facts(visit: Visit) -> Mapping[str, object]:
    assert visit.session is not None
    there = await visit.services.sessions.of(visit.account)
    return {"sessions": there, "this_session": visit.session.number}


async def end(visit: Visit) -> Answer:
    """Raises NotFound, also for another person's."""
    number = visit.typed("number")
    if not (number.isascii() and number.isdecimal()):
        raise NotFound("session", number)
    await visit.services.sessions.end(visit.account, int(number), by=visit.actor)
    return Go(f"{ME}?done=ended")


async def end_others(visit: Visit) -> Answer:
    assert visit.session is not None
    await visit.services.sessions.end_others(visit.session, by=visit.actor)
    return Go(f"{ME}?done=others-ended")


async def sends_end(visit: Visit) -> Sentence:
    number = visit.typed("number")
    there = await visit.services.sessions.of(visit.account)
    found = next((one for one in there if str(one.number) == number), None)
    place = f"{program(found.client)}, {found.address}" if found is not None else number
    return "sends.session-end", {"place": place}


PART: Final = Part("me_sessions.html", facts)
PAGES: Final = (
    WebPage(
        "POST",
        "/me/sessions/end",
        end,
        form=(Typed("number", _DIGITS, chosen=True),),
        sends=sends_end,
    ),
    WebPage("POST", "/me/sessions/end-others", end_others, sends=says("sends.sessions-end-others")),
)
