"""One's own account, for whomever the token belongs to: what it is, its application passwords, and
what was done with it.
"""

from __future__ import annotations

from typing import Any, Final

from admin.api.app_passwords import AppPasswords, listed, removed
from admin.api.model import Model, Moment, moment
from admin.api.people import Person, told
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope


class Token(Model):
    """``scopes``: what it may do now, by the role of its person."""

    number: int
    name: str
    scopes: list[ApiScope]
    expires: Moment


class OwnAccess(Model):
    person: Person
    token: Token


class OwnEvent(Model):
    """``by``: the login that did it; of a refused try one's own, whoever it was."""

    number: int
    at: Moment
    what: str
    outcome: str
    by: str
    door: str
    address: str
    client: str
    mailbox: str
    facts: dict[str, Any]


class OwnEvents(Model):
    """The newest first, at most 100 of each kind."""

    items: list[OwnEvent]


async def own(call: Call) -> Answer:
    token = call.token
    allowed = [scope for scope in ApiScope if scope in token.allowed]
    shown = Token(
        number=token.number, name=token.name, scopes=allowed, expires=moment(token.expires_us)
    )
    return Reply(OwnAccess(person=await told(call, token.account.login), token=shown))


async def events(call: Call) -> Answer:
    found = await call.services.own_account.records(by=call.actor)
    items = [
        OwnEvent(
            number=one.number,
            at=moment(one.at_us),
            what=one.what,
            outcome=one.outcome,
            by=one.by,
            door=one.door,
            address=one.address,
            client=one.client,
            mailbox=one.mailbox,
            facts=dict(one.facts),
        )
        for one in found
    ]
    return Reply(OwnEvents(items=items))


async def app_passwords(call: Call) -> Answer:
    return await listed(call, call.account.login)


async def revoke(call: Call) -> Answer:
    return await removed(call, call.account.login)


_READ, _WRITE = ApiScope.OWN_READ, ApiScope.OWN_WRITE
ROUTES: Final = (
    ApiRoute("GET", "/me", _READ, "Whose token this is, and what it may do.", own, OwnAccess),
    ApiRoute(
        *("GET", "/me/events", _READ, "What was done with one's own account.", events, OwnEvents),
        question=True,
    ),
    ApiRoute(
        *("GET", "/me/app-passwords", _READ, "One's own application passwords."),
        *(app_passwords, AppPasswords),
    ),
    ApiRoute(
        *("DELETE", "/me/app-passwords/{number}", _WRITE, "Revoke one of them.", revoke),
    ),
)
