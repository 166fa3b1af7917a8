"""Coming in with a passkey: in place of login and password, or as the second factor behind them.

Whatever was wrong with an answer, one sentence tells it.
"""

from __future__ import annotations

from typing import Final

from admin.web.asking_passkey import ANSWER, asking
from admin.web.kept import carried
from admin.web.page import Answer, Asked, Go, Page, Show, Who
from admin.web.sign_in_pages import CODE, SIGN_IN, sign_in_form, signed_in
from proxyd.domain.errors import SignInFailed

PASSKEY: Final = "/sign-in/passkey"
BEHIND: Final = "/sign-in/code/passkey"
_WRONG: Final = "passkey.wrong"


async def ask_anybody(asked: Asked) -> Answer:
    passkeys, kept = asked.services.passkeys, carried(asked.form)
    if passkeys is None:
        return Go(SIGN_IN)
    return await asking(asked, passkeys, f"{PASSKEY}/answer", fields=kept)


async def come_in(asked: Asked) -> Answer:
    """Both factors at once: the session is whole from its beginning."""
    services = asked.services
    if services.passkeys is None:
        return Go(SIGN_IN)
    try:
        came = await services.passkeys.finish_sign_in(
            asked.typed(ANSWER.name), origin=asked.origin, asker=asked.asker
        )
        begun = await services.sessions.begin(
            came.account, factors=came.factors, address=asked.address, client=asked.client
        )
    except SignInFailed:
        return await sign_in_form(asked, problem=_WRONG, status=422)
    if asked.session is not None:  # who signs in anew leaves the one before
        await services.sessions.sign_out(asked.session, by=asked.actor)
    return signed_in(begun, carried(asked.form))


async def ask_person(asked: Asked) -> Answer:
    """Behind the password: one of this person's."""
    passkeys, session, kept = asked.services.passkeys, asked.session, carried(asked.form)
    assert session is not None
    if passkeys is None:
        return Go(CODE)
    account = session.account
    return await asking(asked, passkeys, f"{BEHIND}/answer", fields=kept, account=account)


async def prove(asked: Asked) -> Answer:
    services, session, kept = asked.services, asked.session, carried(asked.form)
    assert session is not None
    if services.passkeys is None:
        return Go(CODE)
    try:
        came = await services.passkeys.finish_sign_in(
            asked.typed(ANSWER.name),
            origin=asked.origin,
            asker=asked.asker,
            account=session.account,
        )
        begun = await services.sessions.prove(session, came.factors, by=asked.actor)
    except SignInFailed:
        return Show("code.html", {"kept": kept, "problems": (("code", _WRONG),)}, 422)
    return signed_in(begun, kept)


PAGES: Final = (
    Page("POST", PASSKEY, ask_anybody, Who.ANYBODY),
    Page("POST", f"{PASSKEY}/answer", come_in, Who.ANYBODY, form=(ANSWER,)),
    Page("POST", BEHIND, ask_person, Who.HALF_WAY),
    Page("POST", f"{BEHIND}/answer", prove, Who.HALF_WAY, form=(ANSWER,)),
)
