"""Application passwords of people: which there are, and revoked. None is made here: a secret for a
person's device belongs into that person's hands.
"""

from __future__ import annotations

from typing import Final

from admin.api.model import Model, Moment, moment
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.app_passwords import AppPassword, LastUse, Scope


class Use(Model):
    at: Moment
    door: str
    address: str
    client: str


class OneAppPassword(Model):
    """``name``: of the device. ``last_use`` null: never used."""

    number: int
    name: str
    scopes: list[Scope]
    made: Moment
    last_use: Use | None


class AppPasswords(Model):
    """In the order in which they were made."""

    items: list[OneAppPassword]


def _shown(one: AppPassword) -> OneAppPassword:
    return OneAppPassword(
        number=one.id,
        name=one.name,
        scopes=list(one.scopes),
        made=moment(one.created_us),
        last_use=_use(one.last_use) if one.last_use is not None else None,
    )


def _use(last: LastUse) -> Use:
    return Use(at=moment(last.at_us), door=last.door, address=last.address, client=last.client)


async def listed(call: Call, login: str) -> Answer:
    _, there = await call.services.app_passwords(call.store).of(login)
    return Reply(AppPasswords(items=[_shown(one) for one in there]))


async def removed(call: Call, login: str) -> Answer:
    admin = call.services.app_passwords(call.store)
    await admin.remove(login, call.path["number"], by=call.actor)
    return Reply()


async def all_(call: Call) -> Answer:
    return await listed(call, call.path["login"])


async def revoke(call: Call) -> Answer:
    return await removed(call, call.path["login"])


_PATH = "/people/{login}/app-passwords"
ROUTES: Final = (
    ApiRoute(
        *("GET", _PATH, ApiScope.PEOPLE_READ, "A person's application passwords."),
        *(all_, AppPasswords),
    ),
    ApiRoute(
        *("DELETE", f"{_PATH}/{{number}}", ApiScope.PEOPLE_WRITE),
        *("Revoke one, by its number; what it has open ends within a second.", revoke),
    ),
)
