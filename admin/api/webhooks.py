"""Webhooks: who is told what happens, added, tried and removed (docs/webhooks.md)."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from admin.api.model import Model, Moment, Typed, maybe_moment, moment
from admin.api.problems import ApiProblem
from admin.api.route import PREFIX, Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.errors import NotFound
from proxyd.domain.ports.webhooks import NotTaken
from proxyd.domain.webhook import URL_LIMIT, NoticeKind, Webhook
from proxyd.service.webhooks.webhook_admin import NewSecret, WebhookAdmin


class OneWebhook(Model):
    """``failing_since`` null: all is well. ``given_up``: told nothing more until it is resumed."""

    number: int
    mailbox: str
    url: str
    kinds: list[NoticeKind]
    made: Moment
    last_told: Moment | None
    failing_since: Moment | None
    failure: str
    given_up: bool


class Webhooks(Model):
    items: list[OneWebhook]


class NewWebhook(Model):
    """``kinds`` empty: all of them."""

    mailbox: Typed
    url: Annotated[str, Field(max_length=URL_LIMIT)]
    kinds: list[NoticeKind] = Field(max_length=len(NoticeKind), default_factory=list)


class WebhookSecret(Model):
    """Shown this once: what the receiver checks signatures with."""

    number: int
    secret: str = Field(repr=False)


class Resumed(Model):
    """``skip``: what it was not told it never is."""

    skip: bool = False


def _shown(webhook: Webhook, mailbox: str) -> OneWebhook:
    return OneWebhook(
        number=webhook.id,
        mailbox=mailbox,
        url=webhook.url,
        kinds=list(webhook.kinds),
        made=moment(webhook.created_us),
        last_told=maybe_moment(webhook.told_us),
        failing_since=maybe_moment(webhook.failing_us),
        failure=webhook.failure,
        given_up=webhook.off,
    )


def _admin(call: Call) -> WebhookAdmin:
    return call.services.webhooks(call.store)


def _number(call: Call) -> int:
    """Raises NotFound."""
    number = call.path["number"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise NotFound("webhook", number)
    return int(number)


def _secret(new: NewSecret, status: int = 200) -> Reply:
    number = new.webhook.id
    location = f"{PREFIX}/webhooks/{number}" if status == 201 else ""
    return Reply(WebhookSecret(number=number, secret=new.secret), status, location)


async def all_(call: Call) -> Answer:
    found = await _admin(call).all()
    return Reply(Webhooks(items=[_shown(one.webhook, one.mailbox) for one in found]))


async def one(call: Call) -> Answer:
    number = _number(call)
    for found in await _admin(call).all():
        if found.webhook.id == number:
            return Reply(_shown(found.webhook, found.mailbox))
    raise NotFound("webhook", str(number))


async def add(call: Call) -> Answer:
    new = call.given(NewWebhook)
    return _secret(await _admin(call).add(new.mailbox, new.url, new.kinds, by=call.actor), 201)


async def new_secret(call: Call) -> Answer:
    return _secret(await _admin(call).new_secret(_number(call), by=call.actor))


async def resume(call: Call) -> Answer:
    skip = call.given(Resumed).skip
    await _admin(call).resume(_number(call), skip=skip, by=call.actor)
    return Reply()


async def test(call: Call) -> Answer:
    try:
        await _admin(call).test(_number(call), call.services.post)
    except NotTaken as error:
        raise ApiProblem("not-taken", str(error)) from None
    return Reply()


async def remove(call: Call) -> Answer:
    await _admin(call).remove(_number(call), by=call.actor)
    return Reply()


_READ, _WRITE = ApiScope.WEBHOOKS_READ, ApiScope.WEBHOOKS_WRITE
_ONE = "/webhooks/{number}"
ROUTES: Final = (
    ApiRoute("GET", "/webhooks", _READ, "All webhooks.", all_, Webhooks),
    ApiRoute(
        *("POST", "/webhooks", _WRITE, "Tell a program what happens.", add, WebhookSecret, 201),
        body=NewWebhook,
    ),
    ApiRoute("GET", _ONE, _READ, "One webhook.", one, OneWebhook),
    ApiRoute("DELETE", _ONE, _WRITE, "Tell it nothing any more.", remove),
    ApiRoute("POST", f"{_ONE}/secret", _WRITE, "Another secret.", new_secret, WebhookSecret),
    ApiRoute("POST", f"{_ONE}/resume", _WRITE, "Go on with it.", resume, body=Resumed),
    ApiRoute("POST", f"{_ONE}/test", _WRITE, "Send it a notice of the type test.", test),
)
