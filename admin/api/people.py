"""People: who there is, added, changed, let in and shut out. Their grants stand in grants.py."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from admin.api.model import (
    ItemPage,
    Model,
    Moment,
    Paged,
    SecretText,
    Typed,
    When,
    maybe_moment,
    microseconds,
)
from admin.api.paging import page_of
from admin.api.route import PREFIX, Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Right, Role
from proxyd.service.admin.account_admin import AccountAdmin, ListedAccount, NewPassword

RightWord = Annotated[str, Field(pattern=f"^({'|'.join(right.word for right in Right)})$")]
Login = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


class Person(Model):
    """``away_until``: no new work until then. ``left``: works here no more. ``networks``: comes in
    only from there; none: from anywhere. ``grants``: mailbox → right, the INBOX first.
    """

    login: str
    name: str
    role: Role
    disabled: bool
    left: Moment | None
    away_until: Moment | None
    networks: list[str]
    app_passwords: int
    app_passwords_only: bool
    second_factor: bool
    grants: dict[str, RightWord]


class People(ItemPage[Person]):
    pass


class NewPerson(Model):
    """``password``: left out, a good one is made, and told in this answer alone."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"login": "hanako.sato", "name": "Hanako Sato", "grants": {}}}
    )

    login: Login
    name: Typed
    role: Role = Role.STAFF
    grants: dict[str, RightWord] = Field(max_length=100, default_factory=dict)
    password: SecretText | None = Field(default=None, repr=False)


class PersonWithPassword(Model):
    """``password``: that was made, shown this once; null where it was given."""

    person: Person
    password: str | None = Field(repr=False)


class NewName(Model):
    name: Typed


class NewRole(Model):
    role: Role


class Networks(Model):
    networks: Annotated[list[Typed], Field(max_length=32)]


class OnlyThese(Model):
    only: bool


class AwayUntil(Model):
    until: When


class GivenPassword(Model):
    """Left out, a good one is made."""

    password: SecretText | None = Field(default=None, repr=False)


def person_of(one: ListedAccount, now_us: int) -> Person:
    account = one.account
    return Person(
        login=account.login,
        name=account.name,
        role=account.role,
        disabled=account.disabled,
        left=maybe_moment(account.left_us),
        away_until=maybe_moment(account.away_until_us) if account.is_away(now_us) else None,
        networks=[str(network) for network in account.networks],
        app_passwords=one.app_passwords,
        app_passwords_only=account.app_passwords_only,
        second_factor=account.second_factor,
        grants={mailbox: right.word for mailbox, right in one.grants.items()},
    )


def people(call: Call) -> AccountAdmin:
    return call.services.people(call.store)


async def told(call: Call, login: str) -> Person:
    """As they are now."""
    return person_of(await people(call).listed(login), call.services.clock())


async def with_password(call: Call, new: NewPassword, status: int) -> Answer:
    login = new.account.login
    value = PersonWithPassword(person=await told(call, login), password=new.generated)
    location = f"{PREFIX}/people/{login}" if status == 201 else ""
    return Reply(value, status, location)


async def all_(call: Call) -> Answer:
    now_us = call.services.clock()
    page, after = page_of(
        await people(call).all(), lambda one: one.account.login, call.asked(Paged)
    )
    return Reply(People(items=[person_of(one, now_us) for one in page], next=after))


async def one(call: Call) -> Answer:
    return Reply(await told(call, call.path["login"]))


async def add(call: Call) -> Answer:
    new = call.given(NewPerson)
    made = await people(call).add(
        new.login,
        new.name,
        by=call.actor,
        role=new.role,
        grants={mailbox: Right.of(word) for mailbox, word in new.grants.items()},
        password=new.password,
    )
    return await with_password(call, made, 201)


async def rename(call: Call) -> Answer:
    login, name = call.path["login"], call.given(NewName).name
    await people(call).rename(login, name, by=call.actor)
    return Reply(await told(call, login))


async def set_role(call: Call) -> Answer:
    login, role = call.path["login"], call.given(NewRole).role
    await people(call).set_role(login, role, by=call.actor)
    return Reply(await told(call, login))


async def set_networks(call: Call) -> Answer:
    login, networks = call.path["login"], call.given(Networks).networks
    await people(call).set_networks(login, networks, by=call.actor)
    return Reply(await told(call, login))


async def set_app_passwords_only(call: Call) -> Answer:
    login, only = call.path["login"], call.given(OnlyThese).only
    await people(call).set_app_passwords_only(login, only=only, by=call.actor)
    return Reply(await told(call, login))


async def away(call: Call) -> Answer:
    login, until_us = call.path["login"], microseconds(call.given(AwayUntil).until)
    if until_us <= call.services.clock():
        raise BadInput("until", "it is past", "write a moment that is still to come")
    await people(call).away(login, until_us, by=call.actor)
    return Reply(await told(call, login))


async def back(call: Call) -> Answer:
    login = call.path["login"]
    await people(call).back(login, by=call.actor)
    return Reply(await told(call, login))


async def disable(call: Call) -> Answer:
    login = call.path["login"]
    await people(call).disable(login, by=call.actor)
    return Reply(await told(call, login))


async def enable(call: Call) -> Answer:
    login = call.path["login"]
    await people(call).enable(login, by=call.actor)
    return Reply(await told(call, login))


async def set_password(call: Call) -> Answer:
    login, given = call.path["login"], call.given(GivenPassword).password
    new = await people(call).set_password(login, by=call.actor, password=given)
    return await with_password(call, new, 200)


async def remove(call: Call) -> Answer:
    await people(call).remove(call.path["login"], by=call.actor)
    return Reply()


_READ, _WRITE = ApiScope.PEOPLE_READ, ApiScope.PEOPLE_WRITE
_ONE = "/people/{login}"
ROUTES: Final = (
    ApiRoute("GET", "/people", _READ, "Everybody, by login.", all_, People, query=Paged),
    ApiRoute(
        *("POST", "/people", _WRITE, "Add a person.", add, PersonWithPassword, 201),
        body=NewPerson,
    ),
    ApiRoute("GET", _ONE, _READ, "One person.", one, Person),
    ApiRoute("DELETE", _ONE, _WRITE, "Remove a person; the log keeps the login.", remove),
    ApiRoute(
        *("PUT", f"{_ONE}/name", _WRITE, "Change the name that colleagues see.", rename, Person),
        body=NewName,
    ),
    ApiRoute(
        *("PUT", f"{_ONE}/role", _WRITE, "Change the role; sessions end.", set_role, Person),
        body=NewRole,
    ),
    ApiRoute(
        *("PUT", f"{_ONE}/networks", _WRITE, "From where they come in.", set_networks, Person),
        body=Networks,
    ),
    ApiRoute(
        *("PUT", f"{_ONE}/app-passwords-only", _WRITE, "Whether their own password opens no mail."),
        *(set_app_passwords_only, Person),
        body=OnlyThese,
    ),
    ApiRoute(
        *("PUT", f"{_ONE}/absence", _WRITE, "No new work until then.", away, Person),
        body=AwayUntil,
    ),
    ApiRoute("DELETE", f"{_ONE}/absence", _WRITE, "They are back.", back, Person),
    ApiRoute("POST", f"{_ONE}/disable", _WRITE, "Shut out at every door.", disable, Person),
    ApiRoute("POST", f"{_ONE}/enable", _WRITE, "Let in again.", enable, Person),
    ApiRoute(
        *("POST", f"{_ONE}/password", _WRITE, "Give a new password; sessions end."),
        *(set_password, PersonWithPassword),
        body=GivenPassword,
    ),
)
