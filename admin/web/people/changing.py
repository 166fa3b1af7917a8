"""What an admin changes of one person, each by a form of that person's page."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Final

from admin.web.page import Answer, Go, Handler, ShowAgain, Typed, Visit, WebPage
from admin.web.people.adding import right_of
from admin.web.people.addresses import ADMINS, PEOPLE, PERSON, person_at
from admin.web.people.once import shown_once
from admin.web.people.problems import problems_of
from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.types import Role

_SECOND_US: Final = 1_000_000


async def rename(visit: Visit) -> Answer:
    work = visit.services.people.rename(_login(visit), visit.typed("name"), by=visit.actor)
    return await _done(visit, "renamed", work)


async def role(visit: Visit) -> Answer:
    wanted = visit.typed("role")
    if wanted not in set(Role):
        raise NotFound("role", wanted)
    work = visit.services.people.set_role(_login(visit), Role(wanted), by=visit.actor)
    return await _done(visit, "role", work)


async def grant(visit: Visit) -> Answer:
    """Raises NotFound."""
    mailbox = visit.typed("mailbox")
    if not mailbox:
        return ShowAgain(PERSON, (("mailbox", "people.which-mailbox"),))
    right = right_of(visit.typed("right"))
    work = visit.services.people.grant(_login(visit), mailbox, right, by=visit.actor)
    return await _done(visit, "grant", work)


async def revoke(visit: Visit) -> Answer:
    """Taking away is quick: whose rights it is about may be at work. Raises NotFound."""
    work = visit.services.people.revoke(_login(visit), visit.typed("mailbox"), by=visit.actor)
    return await _done(visit, "revoked", work)


async def networks(visit: Visit) -> Answer:
    texts = visit.typed("networks").replace(",", " ").split()
    work = visit.services.people.set_networks(_login(visit), texts, by=visit.actor)
    return await _done(visit, "networks", work)


async def app_only(visit: Visit) -> Answer:
    work = visit.services.people.set_app_passwords_only(
        _login(visit), only=bool(visit.typed("only")), by=visit.actor
    )
    return await _done(visit, "app-only", work)


async def away(visit: Visit) -> Answer:
    """To the end of that day, as this machine's clock has it; back the next morning."""
    now_us = visit.services.sessions.clock()
    try:
        day = datetime.strptime(visit.typed("until").strip(), "%Y-%m-%d").astimezone()
        until_us = int((day + timedelta(days=1)).timestamp()) * _SECOND_US
    except (ValueError, OverflowError, OSError):
        until_us = 0
    if until_us <= now_us:
        return ShowAgain(PERSON, (("until", "people.bad-day"),))
    work = visit.services.people.away(_login(visit), until_us, by=visit.actor)
    return await _done(visit, "away", work)


async def back(visit: Visit) -> Answer:
    return await _done(visit, "back", visit.services.people.back(_login(visit), by=visit.actor))


async def password(visit: Visit) -> Answer:
    """Raises NotFound."""
    try:
        new = await visit.services.people.set_password(_login(visit), by=visit.actor)
    except BadInput as error:
        return ShowAgain(PERSON, problems_of(error))
    return await shown_once(visit, "once.title", [new])


async def revoke_app_password(visit: Visit) -> Answer:
    """By its number. Raises NotFound."""
    work = visit.services.app_passwords.remove(_login(visit), visit.typed("number"), by=visit.actor)
    return await _done(visit, "app-password", work)


async def end_sessions(visit: Visit) -> Answer:
    """All, but the one that asks. Raises NotFound."""
    assert visit.session is not None
    work = visit.services.session_ending.end_all(
        _login(visit), by=visit.actor, but=visit.session.number
    )
    return await _done(visit, "ended", work)


async def shut_out(visit: Visit) -> Answer:
    work = visit.services.people.disable(_login(visit), by=visit.actor)
    return await _done(visit, "shut-out", work)


async def let_in(visit: Visit) -> Answer:
    """With the password from before; who has left comes back by a new one (leaving.py)."""
    account = await visit.services.directory.find(_login(visit))
    if account.left_us is not None:
        return Go(person_at(account.login))
    work = visit.services.people.enable(account.login, by=visit.actor)
    return await _done(visit, "let-in", work)


async def remove_factor(visit: Visit) -> Answer:
    if not _is_meant(visit, "factor"):
        return _not_meant(visit, "factor")
    work = visit.services.factors.remove_all(_login(visit), by=visit.actor)
    return await _done(visit, "factor", work)


async def unbind(visit: Visit) -> Answer:
    """From whoever they are at the organisation's identity provider. Raises NotFound."""
    organisation = visit.services.organisation
    if organisation is None:
        raise NotFound("organisation", "")
    return await _done(visit, "unbound", organisation.door.unbind(_login(visit), by=visit.actor))


async def remove(visit: Visit) -> Answer:
    login = _login(visit)
    if not _is_meant(visit, "remove"):
        return _not_meant(visit, "remove")
    try:
        await visit.services.people.remove(login, by=visit.actor)
    except BadInput as error:
        return ShowAgain(PERSON, problems_of(error))
    return Go(f"{PEOPLE}?done=removed")


def _login(visit: Visit) -> str:
    return visit.path["login"].strip().lower()


def _is_meant(visit: Visit, what: str) -> bool:
    """What can't be undone asks for the login to be typed."""
    return visit.typed(f"typed-{what}").strip().lower() == _login(visit)


def _not_meant(visit: Visit, what: str) -> Answer:
    told = {"login": _login(visit)}
    return ShowAgain(PERSON, ((f"typed-{what}", "people.type-login", told),))


async def _done(visit: Visit, word: str, work: Awaitable[object]) -> Answer:
    """Raises NotFound."""
    try:
        await work
    except BadInput as error:
        return ShowAgain(PERSON, problems_of(error))
    return Go(person_at(_login(visit), word))


def _form(path: str, handler: Handler, *fields: Typed, step_up: bool = False) -> WebPage:
    return WebPage("POST", f"{PERSON}/{path}", handler, roles=ADMINS, step_up=step_up, form=fields)


PAGES: Final = (
    _form("name", rename, Typed("name", 400)),
    _form("role", role, Typed("role", 20), step_up=True),
    _form("grant", grant, Typed("mailbox"), Typed("right", 40), step_up=True),
    _form("revoke", revoke, Typed("mailbox")),
    _form("networks", networks, Typed("networks", 2000), step_up=True),
    _form("app-only", app_only, Typed("only", 8), step_up=True),
    _form("away", away, Typed("until", 20)),
    _form("back", back),
    _form("password", password, step_up=True),
    _form("app-password/revoke", revoke_app_password, Typed("number", 20)),
    _form("sessions/end", end_sessions),
    _form("shut-out", shut_out),
    _form("let-in", let_in, step_up=True),
    _form("factor/remove", remove_factor, Typed("typed-factor", 100), step_up=True),
    _form("single-sign-on/unbind", unbind, step_up=True),
    _form("remove", remove, Typed("typed-remove", 100), step_up=True),
)
