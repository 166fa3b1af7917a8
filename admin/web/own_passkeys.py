"""One's passkeys: which there are, one more, one less.

What a first factor means for mail programs is told before the device is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from admin.web.asking_passkey import ANSWER, SCRIPTS
from admin.web.own_app_passwords import ME, name_of, problem_of
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
from admin.web.sending import sure
from proxyd.domain.app_passwords import NAME_LIMIT
from proxyd.domain.errors import AlreadyExists, BadInput, PasskeyRefused
from proxyd.domain.passkey import PasskeyFault
from proxyd.domain.roles import reads_mail
from proxyd.domain.web_session import PASSKEY

NAME: Final = Typed("passkey_name", NAME_LIMIT * 4)
# What somebody can do something about has a sentence of its own.
_SAID: Final = (PasskeyFault.UNVERIFIED, PasskeyFault.CHALLENGE, PasskeyFault.OWNER)


async def facts(visit: Visit) -> Mapping[str, object]:
    passkeys = visit.services.passkeys
    there = await passkeys.of(visit.account.id) if passkeys is not None else []
    return {"passkeys": there, "passkeys_here": passkeys is not None}


async def begin(visit: Visit) -> Answer:
    """The page that asks the device, once the name will do."""
    passkeys, account = visit.services.passkeys, visit.account
    if passkeys is None:
        return Go(ME)
    try:
        name = await passkeys.check(account, visit.typed(NAME.name))
        question = await passkeys.begin_registration(account, by=visit.actor, asker=visit.asker)
    except (BadInput, AlreadyExists) as error:
        return ShowAgain(ME, (problem_of(error, NAME.name),))
    told = {
        "question": question,
        "field": ANSWER.name,
        "name": name,
        "first": not account.second_factor,
        "reads_mail": reads_mail(account),
        "mail_sessions": visit.services.accounts.with_own_password(account.id),
    }
    return Show("new_passkey.html", told, scripts=SCRIPTS)


async def finish(visit: Visit) -> Answer:
    """The session goes on, under another token; all others of the person end."""
    passkeys, session = visit.services.passkeys, visit.session
    if passkeys is None or session is None:
        return Go(ME)
    try:
        done = await passkeys.finish_registration(
            visit.account,
            visit.typed(ANSWER.name),
            visit.typed(NAME.name),
            by=visit.actor,
            asker=visit.asker,
            session=session.number,
        )
    except (BadInput, AlreadyExists) as error:
        return ShowAgain(ME, (problem_of(error, NAME.name),))
    except PasskeyRefused as error:
        return ShowAgain(ME, (_problem(error.reason),))
    begun = await visit.services.sessions.prove(session, [PASSKEY], by=visit.actor)
    if not done.recovery_codes:
        return Go(f"{ME}?done=passkey-added", begun=begun)
    told = {"codes": done.recovery_codes, "made": None, "why": "", "first": True}
    return Show("recovery_codes.html", told, begun=begun)


def _problem(reason: str) -> Problem:
    word = reason if reason in _SAID else "else"
    return NAME.name, f"refused.passkey-{word}"


async def remove(visit: Visit) -> Answer:
    """By its number. Raises NotFound, also for another person's."""
    passkeys, session, number = visit.services.passkeys, visit.session, visit.typed("number")
    if passkeys is None or session is None or not number.isdecimal():
        return Go(ME)
    await passkeys.remove(visit.account, int(number), by=visit.actor, session=session.number)
    begun = await visit.services.sessions.prove(session, [], by=visit.actor)
    return Go(f"{ME}?done=passkey-removed", begun=begun)


async def ask_remove(visit: Visit) -> Answer:
    """It can't be had back: asked once."""
    passkeys, number = visit.services.passkeys, visit.query.get("number", "")
    there = await passkeys.of(visit.account.id) if passkeys is not None else []
    if number not in {str(one.id) for one in there}:
        return Go(ME)
    factor = await visit.services.factors.of(visit.account.id)
    last = len(there) == 1 and factor.since_us is None
    follows = "factor.remove-what" if reads_mail(visit.account) else "passkeys.last"
    asked = replace(visit, form={"number": number})
    return await sure(
        *(asked, REMOVE),
        title="passkeys.remove-title",
        button="passkeys.remove",
        also=(follows,) if last else (),
    )


async def sends_new(visit: Visit) -> Sentence:
    return "sends.passkey-new", {"name": visit.typed(NAME.name)}


async def sends_remove(visit: Visit) -> Sentence:
    passkeys = visit.services.passkeys
    there = await passkeys.of(visit.account.id) if passkeys is not None else []
    return "sends.passkey-remove", {"name": name_of(there, visit.typed("number"))}


PART: Final = Part("me_passkeys.html", facts)
REMOVE: Final = WebPage(
    "POST",
    "/me/passkeys/remove",
    remove,
    step_up=True,
    form=(Typed("number", 18, chosen=True),),
    sends=sends_remove,
)
PAGES: Final = (
    WebPage("POST", "/me/passkeys/new", begin, step_up=True, form=(NAME,), sends=sends_new),
    WebPage("POST", "/me/passkeys", finish, step_up=True, form=(NAME, ANSWER), sends=sends_new),
    WebPage("GET", REMOVE.path, ask_remove),
    REMOVE,
)
