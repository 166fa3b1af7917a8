"""One more person: a name, a shared mailbox and a right; a login is made of the name.

The answer is what to hand over: the sheet with the password, which is shown this once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from admin.web.page import Answer, Problem, Show, ShowAgain, Typed, Visit, WebPage
from admin.web.people.addresses import ADD, ADMINS
from admin.web.people.once import shown_once
from admin.web.people.problems import problems_of
from proxyd.domain.alike_names import single_spaced
from proxyd.domain.errors import AlreadyExists, BadInput, NotFound
from proxyd.domain.proposed_login import next_free, proposed_login
from proxyd.domain.types import Right, Role
from proxyd.service.admin.account_admin import NewPassword


async def form(visit: Visit) -> Answer:
    """Where there is one shared mailbox it is chosen already."""
    mailboxes = await visit.services.directory.mailboxes()
    facts = {
        "mailboxes": mailboxes,
        "chosen": mailboxes[0] if len(mailboxes) == 1 else "",
        "rights": tuple(Right),
        "roles": tuple(Role),
    }
    return Show("people/add.html", facts)


async def add(visit: Visit) -> Answer:
    taken = await visit.services.directory.logins()
    name, login = visit.typed("name"), visit.typed("login").strip()
    proposed = login or proposed_login(name, taken)
    if not proposed and name.strip():
        return _refused((("login", "people.no-proposal"),))
    if not login and await _is_there(visit, name):
        told = {"login": proposed_login(name), "free": proposed}
        return _refused((("login", "people.taken", told),))
    try:
        new = await _added(visit, proposed)
    except AlreadyExists as error:
        free = next_free(error.name, taken | {error.name})
        return _refused((("login", "people.taken", {"login": error.name, "free": free}),))
    except BadInput as error:
        # Without a name there was nothing to make a login of: that is not said as well.
        problems = [one for one in problems_of(error) if login or one[0] != "login"]
        return _refused(problems)
    except NotFound:
        return _refused((("mailbox", "people.which-mailbox"),))
    return await shown_once(visit, "people.added", [new])


async def _is_there(visit: Visit, name: str) -> bool:
    """Whether somebody of that very name has the login that is made of it: then the form was sent
    twice, or there are two of them, which is to be said.
    """
    try:
        namesake = await visit.services.directory.find(proposed_login(name))
    except NotFound:
        return False
    return namesake.name == single_spaced(name)


async def _added(visit: Visit, login: str) -> NewPassword:
    """Raises BadInput, AlreadyExists, NotFound (mailbox)."""
    mailbox, right = visit.typed("mailbox"), visit.typed("right")
    role = visit.typed("role")
    grants = {mailbox: right_of(right)} if mailbox else {}
    return await visit.services.people.add(
        login,
        visit.typed("name"),
        by=visit.actor,
        role=Role(role) if role in set(Role) else Role.STAFF,
        grants=grants,
    )


def right_of(word: str) -> Right:
    """What is none of the choices did not come from the form; it gives the least."""
    try:
        return Right.of(word)
    except ValueError:
        return Right.READ


def _refused(problems: Sequence[Problem]) -> Answer:
    return ShowAgain(ADD, problems)


PAGES: Final = (
    WebPage("GET", ADD, form, roles=ADMINS),
    WebPage(
        "POST",
        ADD,
        add,
        roles=ADMINS,
        step_up=True,
        form=(
            *(Typed("name", 400), Typed("login"), Typed("role", 20)),
            *(Typed("mailbox"), Typed("right", 40)),
        ),
    ),
)
