"""A mailbox's rules: what counts now, tried on a pasted mail that is not kept, and its versions.

The mail is a customer's: it is in no log, in no other page, and never carried over a sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from admin.web.mailboxes.common import (
    ONE,
    done_of,
    facts_of_one,
    for_admins,
    mailbox_of,
    path_of,
    services_of,
)
from admin.web.page import Answer, Go, Problem, Show, Typed, Visit
from proxyd.domain.errors import BadInput
from proxyd.domain.rule_reader import MOST_OCTETS
from proxyd.service.admin.rule_admin import is_mail

RULES: Final = f"{ONE}/rules"
MAIL_OCTETS: Final = 64 * 1024
_FORM_OCTETS: Final = 3 * (MOST_OCTETS + MAIL_OCTETS) + 4096  # a browser writes an octet as %XX
_VERSIONS: Final = 10


async def page(visit: Visit) -> Answer:
    """``version``: another than what counts now, to be read or saved anew. Raises NotFound."""
    mailbox = await mailbox_of(visit)
    versions = await services_of(visit).rules.history(mailbox.name)
    asked = visit.query.get("version", "")
    shown = [one for one in versions if str(one.version) == asked] or versions[:1]
    facts = {
        "text": shown[0].text if shown else "",
        "mail": "",
        "tried": None,
        "versions": versions[:_VERSIONS],
        "done": done_of(visit, "rules", "cleared"),
    }
    return Show("mailboxes/rules.html", {**facts_of_one(mailbox), **facts})


async def _shown(visit: Visit, more: Mapping[str, object]) -> Answer:
    """The page with what was typed, and what came of it."""
    shown = await page(visit)
    assert isinstance(shown, Show)
    status = 422 if "problems" in more else 200
    return replace(shown, facts={**shown.facts, **more}, status=status)


async def save(visit: Visit) -> Answer:
    text = _lines(visit.typed("rules"))
    try:
        await services_of(visit).rules.set(visit.path["name"], text, by=visit.actor)
    except BadInput as error:
        return await _shown(visit, {"text": text, "problems": _problems(error)})
    return Go(f"{path_of(visit.path['name'], 'rules')}?done=rules")


async def try_out(visit: Visit) -> Answer:
    text, mail = _lines(visit.typed("rules")), visit.typed("mail")
    raw = mail.lstrip().encode()
    shown: dict[str, object] = {"text": text, "mail": mail}
    if len(raw) > MAIL_OCTETS:
        return await _shown(visit, {**shown, "problems": (("mail", "rules.mail-long"),)})
    if not is_mail(raw):
        return await _shown(visit, {**shown, "problems": (("mail", "rules.no-mail"),)})
    try:
        (tried,) = await services_of(visit).rules.try_on(visit.path["name"], [raw], text)
    except BadInput as error:
        return await _shown(visit, {**shown, "problems": _problems(error)})
    return await _shown(visit, {**shown, "tried": tried})


async def clear(visit: Visit) -> Answer:
    """The versions stay. Raises NotFound."""
    await services_of(visit).rules.clear(visit.path["name"], by=visit.actor)
    return Go(f"{path_of(visit.path['name'], 'rules')}?done=cleared")


def _lines(typed: str) -> str:
    """A browser ends lines as mails do."""
    text = typed.replace("\r\n", "\n").strip("\n")
    return f"{text}\n" if text else ""


def _problems(error: BadInput) -> tuple[Problem, ...]:
    """Which rule, and what is wrong with it, as the one reader of rules says it."""
    return tuple(
        ("rules", "rules.wrong", {"rule": one.what, "problem": one.problem, "how": one.instead})
        for one in error.all
    )


_TEXT: Final = Typed("rules", MOST_OCTETS + 1)
PAGES: Final = (
    for_admins("GET", RULES, page),
    for_admins("POST", RULES, save, _TEXT, most_octets=_FORM_OCTETS),
    for_admins(
        "POST",
        f"{RULES}/try",
        try_out,
        _TEXT,
        Typed("mail", MAIL_OCTETS + 1, secret=True),
        most_octets=_FORM_OCTETS,
    ),
    for_admins("POST", f"{RULES}/clear", clear),
)
