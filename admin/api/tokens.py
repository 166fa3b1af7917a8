"""Tokens of this very API: which a person has, and revoked. None is made here: a stolen one must
not be able to make itself a successor.
"""

from __future__ import annotations

from typing import Final

from admin.api.model import Model, Moment, maybe_moment, moment
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope, ApiToken
from proxyd.domain.errors import NotFound


class OneToken(Model):
    """``name``: of the program. ``used`` null: never."""

    number: int
    name: str
    scopes: list[ApiScope]
    made: Moment
    expires: Moment
    used: Moment | None
    address: str
    client: str


class Tokens(Model):
    """In the order in which they were made."""

    items: list[OneToken]


def _shown(one: ApiToken) -> OneToken:
    return OneToken(
        number=one.number,
        name=one.name,
        scopes=list(one.scopes),
        made=moment(one.created_us),
        expires=moment(one.expires_us),
        used=maybe_moment(one.used_us),
        address=one.used_address,
        client=one.used_client,
    )


async def all_(call: Call) -> Answer:
    there = await call.services.token_admin(call.store).of(call.path["login"])
    return Reply(Tokens(items=[_shown(one) for one in there]))


async def revoke(call: Call) -> Answer:
    login, number = call.path["login"], call.path["number"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise NotFound("API token", number)
    await call.services.token_admin(call.store).revoke(login, int(number), by=call.actor)
    return Reply()


_PATH = "/people/{login}/api-tokens"
ROUTES: Final = (
    ApiRoute("GET", _PATH, ApiScope.PEOPLE_READ, "A person's API tokens.", all_, Tokens),
    ApiRoute(
        *("DELETE", f"{_PATH}/{{number}}", ApiScope.PEOPLE_WRITE),
        *("Revoke one; it opens nothing from the next request on.", revoke),
    ),
)
