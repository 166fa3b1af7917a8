"""Somebody leaves: what is in their hands, to whom it goes, one button; and the way back.

Shutting somebody out asks for nothing more: it has to be quick. Letting in again makes a password,
so it asks once more who is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from admin.web.page import Answer, Go, Show, ShowAgain, Typed, Visit, WebPage
from admin.web.people.addresses import ADMINS, LEAVE, PERSON, person_at
from admin.web.people.once import shown_once
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Account
from proxyd.service.admin.leaving import Belongings, HasLeft, Heirs

HEIR: Final = Typed("heir", 70, many=True)
NOBODY: Final = "-"  # no login; in a row of its own "" is "as all others"
STATUSES: Final = ("open", "checking", "hold", "done")  # those that have words of their own
MOST_ROWS: Final = 50
MOST_CHOICES: Final = 400  # of all rows together: a page stays small


async def form(visit: Visit) -> Answer:
    """Raises NotFound."""
    had = await visit.services.leaving.belongings(visit.path["login"], Heirs(), by=visit.actor)
    if had.account.id == visit.account.id:
        return Go(person_at(had.account.login))
    each = "each" in visit.query or bool(visit.typed_rows(HEIR.name))
    mail = visit.services.session_ending.mail_sessions(had.account)
    web = await visit.services.sessions.of(had.account)
    facts = {
        "had": had,
        "who": had.account,
        "sessions": mail + len(web),
        "colleagues": for_all(had),
        "each": each,
        "rows": had.conversations[: _most_rows(had)] if each else (),
        "nobody": NOBODY,
        "statuses": STATUSES,
        "drafts": sum(had.replying.values()),
        "at_path": person_at(had.account.login).removesuffix("/page"),
        "back_to": person_at(had.account.login),
    }
    return Show("people/leave.html", facts)


def for_all(had: Belongings) -> Sequence[Account]:
    """Who may take over all of it."""
    concerned = {row.mailbox for row in had.conversations}
    if not concerned:
        return ()
    first, *others = (had.colleagues.get(name, ()) for name in sorted(concerned))
    able = [{one.id for one in people} for people in others]
    return [one for one in first if all(one.id in ids for ids in able)]


def _most_rows(had: Belongings) -> int:
    widest = max((len(people) for people in had.colleagues.values()), default=0)
    return max(1, min(MOST_ROWS, MOST_CHOICES // (widest + 2)))


async def leave(visit: Visit) -> Answer:
    """Raises NotFound."""
    services, login = visit.services, visit.path["login"].strip().lower()
    account = await services.directory.find(login)
    mail = services.session_ending.mail_sessions(account)
    try:
        heirs = _heirs(visit)
        done = await services.leaving.leave(login, heirs, by=visit.actor)
    except BadInput:
        return ShowAgain(LEAVE, (("rest", "leave.changed"),))
    facts = {
        "who": account,
        "done": done,
        "mail": mail,
        "handed": _counted(done),
        "no_approver": await services.people.without_approver(),
        "carried_out": await services.leaving.is_carried_out(account),
        "at_path": person_at(login).removesuffix("/page"),
        "back_to": person_at(login),
    }
    return Show("people/left.html", facts)


def _heirs(visit: Visit) -> Heirs:
    """Raises BadInput for what is no number of a conversation."""
    single: dict[int, str] = {}
    for number, login in visit.typed_rows(HEIR.name).items():
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise BadInput("conversation", "it is no number", "use the form")
        if login:
            single[int(number)] = "" if login == NOBODY else login
    return Heirs(visit.typed("rest"), single)


def _counted(done: HasLeft) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for _, heir in done.handed:
        counts[heir] = counts.get(heir, 0) + 1
    return counts


async def come_back(visit: Visit) -> Answer:
    """Raises NotFound."""
    try:
        done = await visit.services.leaving.take_back(visit.path["login"], by=visit.actor)
    except BadInput:  # in another window, a moment ago
        return Go(person_at(visit.path["login"]))
    return await shown_once(visit, "leave.back-title", [done.new])


PAGES: Final = (
    WebPage("GET", LEAVE, form, roles=ADMINS),
    WebPage("POST", LEAVE, leave, roles=ADMINS, form=(Typed("rest", 70), HEIR)),
    WebPage("POST", f"{PERSON}/return", come_back, roles=ADMINS, step_up=True),
)
