"""Several people at once: what was done to each of those chosen stands on one page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from admin.web.page import Answer, Problem, Show, ShowAgain, Typed, Visit, WebPage
from admin.web.people.adding import right_of
from admin.web.people.addresses import ADMINS, PEOPLE, person_at
from admin.web.people.once import shown_once
from admin.web.people.problems import sentence_of
from proxyd.domain.errors import BadInput, NotFound
from proxyd.service.admin.account_admin import NewPassword
from proxyd.service.admin.people_directory import PAGE

TICK: Final = Typed("tick", 8, many=True)


@dataclass(frozen=True, slots=True)
class ToldOf:
    """``sentence``: a key; ``facts``: what is put in."""

    login: str
    good: bool
    sentence: str
    facts: dict[str, object]


def chosen(visit: Visit) -> list[str]:
    """No more than a page shows."""
    return sorted(visit.typed_rows(TICK.name))[:PAGE]


async def grant(visit: Visit) -> Answer:
    mailbox, right = visit.typed("mailbox"), right_of(visit.typed("right"))
    if not mailbox:
        return _again(("mailbox", "people.which-mailbox"))

    async def work(login: str) -> None:
        await visit.services.people.grant(login, mailbox, right, by=visit.actor)

    facts: dict[str, object] = {"right": right.word, "mailbox": mailbox}
    return await _each(visit, work, "people.outcome.grant", facts)


async def shut_out(visit: Visit) -> Answer:
    async def work(login: str) -> None:
        await visit.services.people.disable(login, by=visit.actor)

    return await _each(visit, work, "people.outcome.shut-out", {})


async def new_passwords(visit: Visit) -> Answer:
    """Asked for once more: those from before are gone then."""
    logins = chosen(visit)
    if not logins:
        return _again(("main", "people.nobody-chosen"))
    if not visit.typed("sure"):
        return Show("people/sure.html", {"logins": logins})
    made: list[NewPassword] = []

    async def work(login: str) -> None:
        made.append(await visit.services.people.set_password(login, by=visit.actor))

    summary = await _each(visit, work, "people.outcome.password", {})
    assert isinstance(summary, Show)
    shown = await shown_once(visit, "people.summary", made)
    return Show("people/once.html", {**summary.facts, **shown.facts})


async def _each(
    visit: Visit,
    work: Callable[[str], Awaitable[None]],
    sentence: str,
    facts: dict[str, object],
) -> Answer:
    """What is refused of one stops none of the others."""
    logins = chosen(visit)
    if not logins:
        return _again(("main", "people.nobody-chosen"))
    outcomes = []
    for login in logins:
        try:
            await work(login)
        except NotFound as error:
            key = "people.which-mailbox" if error.kind == "mailbox" else sentence_of(error)
            outcomes.append(ToldOf(login, False, key, {}))  # noqa: FBT003 - a fact
        except BadInput as error:
            outcomes.append(ToldOf(login, False, sentence_of(error), {}))  # noqa: FBT003
        else:
            outcomes.append(ToldOf(login, True, sentence, facts))  # noqa: FBT003
    return Show("people/summary.html", {"outcomes": outcomes, "person_at": person_at})


def _again(problem: Problem) -> Answer:
    return ShowAgain(PEOPLE, (problem,))


PAGES: Final = (
    WebPage(
        "POST",
        f"{PEOPLE}/several/grant",
        grant,
        roles=ADMINS,
        step_up=True,
        form=(TICK, Typed("mailbox"), Typed("right", 40)),
    ),
    WebPage("POST", f"{PEOPLE}/several/shut-out", shut_out, roles=ADMINS, form=(TICK,)),
    WebPage(
        "POST",
        f"{PEOPLE}/several/passwords",
        new_passwords,
        roles=ADMINS,
        step_up=True,
        form=(TICK, Typed("sure", 8)),
    ),
)
