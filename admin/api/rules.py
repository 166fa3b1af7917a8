"""A shared mailbox's rules on arrival: as they are written (TOML), in versions, tried on a mail
that is not kept.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from admin.api.model import Model, Moment, maybe_moment, moment
from admin.api.route import IMPORT_OCTETS, Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.errors import BadInput
from proxyd.domain.ports.rules import StoredRules
from proxyd.service.admin.rule_admin import RuleAdmin, is_mail

RuleText = Annotated[str, Field(max_length=500_000)]


class MailboxRules(Model):
    """``version`` 0, ``text`` "": there are none yet."""

    version: int
    text: str
    by: str
    at: Moment | None


class RulesVersions(Model):
    """The newest first."""

    items: list[MailboxRules]


class NewRules(Model):
    text: RuleText


class TryRules(Model):
    """``mail``: its header at least, as a mail program saves it; it is not kept. ``text``: instead
    of the rules that count now.
    """

    mail: RuleText
    text: RuleText | None = None


class Ruled(Model):
    """What would become of it now; ``rules`` empty: none fits."""

    version: int
    rules: list[str]
    status: str
    assignee: str
    until: Moment | None


def _admin(call: Call) -> RuleAdmin:
    return call.services.rules(call.store)


def _shown(stored: StoredRules | None) -> MailboxRules:
    if stored is None:
        return MailboxRules(version=0, text="", by="", at=None)
    at = moment(stored.at_us)
    return MailboxRules(version=stored.version, text=stored.text, by=stored.actor, at=at)


async def show(call: Call) -> Answer:
    return Reply(_shown(await _admin(call).version(call.path["name"])))


async def versions(call: Call) -> Answer:
    found = await _admin(call).history(call.path["name"])
    return Reply(RulesVersions(items=[_shown(one) for one in found]))


async def store(call: Call) -> Answer:
    name, text = call.path["name"], call.given(NewRules).text
    await _admin(call).set(name, text, by=call.actor)
    return Reply(_shown(await _admin(call).version(name)))


async def clear(call: Call) -> Answer:
    await _admin(call).clear(call.path["name"], by=call.actor)
    return Reply()


async def try_on(call: Call) -> Answer:
    asked = call.given(TryRules)
    mail = asked.mail.encode()
    if not is_mail(mail):
        raise BadInput("mail", "it is no mail", "give a mail as a client saves it, with its header")
    (tried,) = await _admin(call).try_on(call.path["name"], [mail], asked.text)
    ruling = tried.ruling
    return Reply(
        Ruled(
            version=tried.version,
            rules=list(ruling.rules) if ruling else [],
            status=ruling.status if ruling else "",
            assignee=ruling.assignee.login if ruling and ruling.assignee else "",
            until=maybe_moment(ruling.until_us) if ruling else None,
        )
    )


_READ, _WRITE = ApiScope.MAILBOXES_READ, ApiScope.MAILBOXES_WRITE
_PATH = "/mailboxes/{name}/rules"
ROUTES: Final = (
    ApiRoute("GET", _PATH, _READ, "The rules that count now.", show, MailboxRules),
    ApiRoute(
        *("PUT", _PATH, _WRITE, "Other rules, as a new version.", store, MailboxRules),
        body=NewRules,
        octets=IMPORT_OCTETS,
    ),
    ApiRoute("DELETE", _PATH, _WRITE, "No rules; the versions stay.", clear),
    ApiRoute("GET", f"{_PATH}/versions", _READ, "All versions.", versions, RulesVersions),
    ApiRoute(
        *("POST", f"{_PATH}/test", _READ, "What they would make of a mail; nothing is changed."),
        *(try_on, Ruled),
        body=TryRules,
        octets=IMPORT_OCTETS,
    ),
)
