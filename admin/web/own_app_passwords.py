"""One's application passwords: which there are, one more (shown once), one less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from admin.web.page import (
    Answer,
    Go,
    Part,
    Problem,
    Sentence,
    Show,
    ShowAgain,
    Typed,
    Visit,
    WebPage,
)
from admin.web.words_refusals import refusal
from proxyd.domain.app_passwords import TYPED_LIMIT, AppPassword, Scope, is_needed_for_mail
from proxyd.domain.errors import AlreadyExists, BadInput
from proxyd.domain.passkey import Passkey
from proxyd.domain.roles import reads_mail

ME: Final = "/me"
NAME: Final = "name"


async def facts(visit: Visit) -> Mapping[str, object]:
    account, there = await visit.services.app_passwords.of(visit.account.login)
    return {
        "app_passwords": there,
        "app_passwords_needed": is_needed_for_mail(account),
        "reads_mail": reads_mail(account),
        "no_mailbox": not account.grants,
    }


async def add(visit: Visit) -> Answer:
    scopes = [scope for scope in Scope if visit.typed(scope)]
    try:
        made = await visit.services.app_passwords.add(
            visit.account.login, visit.typed(NAME), by=visit.actor, scopes=scopes
        )
    except (BadInput, AlreadyExists) as error:
        return ShowAgain(ME, (problem_of(error, NAME),))
    return Show("app_password.html", {"made": made})


def problem_of(error: BadInput | AlreadyExists, field: str) -> Problem:
    if isinstance(error, AlreadyExists):
        return field, "refused.taken"
    return field, refusal(error.what, error.problem)


async def revoke(visit: Visit) -> Answer:
    """By its number. Raises NotFound, also for another person's."""
    await visit.services.app_passwords.remove(
        visit.account.login, visit.typed("number"), by=visit.actor
    )
    return Go(f"{ME}?done=revoked")


async def sends_add(visit: Visit) -> Sentence:
    opens = " + ".join(scope.upper() for scope in Scope if visit.typed(scope)) or "–"
    return "sends.app-add", {"name": visit.typed(NAME), "opens": opens}


async def sends_revoke(visit: Visit) -> Sentence:
    _, there = await visit.services.app_passwords.of(visit.account.login)
    number = visit.typed("number")
    return "sends.app-revoke", {"name": name_of(there, number)}


def name_of(there: Iterable[AppPassword | Passkey], number: str) -> str:
    """What the person calls it; the number where there is none of theirs."""
    return next((one.name for one in there if str(one.id) == number), number)


PART: Final = Part("me_app_passwords.html", facts)
PAGES: Final = (
    WebPage(
        "POST",
        "/me/app-passwords",
        add,
        step_up=True,  # it lets somebody in for good; taking one away is quick, a phone is lost
        form=(Typed(NAME, TYPED_LIMIT * 4), *(Typed(scope, 8, chosen=True) for scope in Scope)),
        sends=sends_add,
    ),
    WebPage(
        "POST",
        "/me/app-passwords/revoke",
        revoke,
        form=(Typed("number", 20, chosen=True),),
        sends=sends_revoke,
    ),
)
