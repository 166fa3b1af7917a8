"""Grants: which shared mailbox a person may use, with what right."""

from __future__ import annotations

from typing import Final

from admin.api.model import Model
from admin.api.people import Person, RightWord, people, told
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.types import Right


class Grant(Model):
    right: RightWord


async def grant(call: Call) -> Answer:
    login, mailbox = call.path["login"], call.path["mailbox"]
    await people(call).grant(login, mailbox, Right.of(call.given(Grant).right), by=call.actor)
    return Reply(await told(call, login))


async def revoke(call: Call) -> Answer:
    login, mailbox = call.path["login"], call.path["mailbox"]
    await people(call).revoke(login, mailbox, by=call.actor)
    return Reply(await told(call, login))


_PATH = "/people/{login}/grants/{mailbox}"
ROUTES: Final = (
    ApiRoute(
        *("PUT", _PATH, ApiScope.PEOPLE_WRITE, "Let a person use a mailbox.", grant, Person),
        body=Grant,
    ),
    ApiRoute("DELETE", _PATH, ApiScope.PEOPLE_WRITE, "Take a mailbox away.", revoke, Person),
)
