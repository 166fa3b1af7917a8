"""A shared mailbox's policy: each choice by its word, as ``proxyd mailbox policy`` has them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from admin.api.model import Model
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.policy_options import OPTIONS
from proxyd.domain.types import SharedMailbox

Word = Annotated[str, Field(max_length=2_000)]


class Choice(Model):
    key: str
    value: str
    meaning: str


class Choices(Model):
    items: list[Choice]


class NewChoices(Model):
    """Key → value. What is not named stays as it is."""

    choices: dict[str, Word] = Field(min_length=1, max_length=len(OPTIONS))


def _shown(box: SharedMailbox) -> Reply:
    items = [
        Choice(key=option.key, value=option.shown(box.policy), meaning=option.help)
        for option in OPTIONS
    ]
    return Reply(Choices(items=items))


async def show(call: Call) -> Answer:
    return _shown(await call.services.mailboxes(call.store).find(call.path["name"]))


async def choose(call: Call) -> Answer:
    choices = call.given(NewChoices).choices
    admin = call.services.mailboxes(call.store)
    return _shown(await admin.set_policy(call.path["name"], choices, by=call.actor))


_PATH = "/mailboxes/{name}/policy"
ROUTES: Final = (
    ApiRoute("GET", _PATH, ApiScope.MAILBOXES_READ, "How it is worked with.", show, Choices),
    ApiRoute(
        *("PATCH", _PATH, ApiScope.MAILBOXES_WRITE, "Choose otherwise.", choose, Choices),
        body=NewChoices,
    ),
)
