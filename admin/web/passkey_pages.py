"""Coming in with a passkey: in place of login and password, or as the second factor behind them.

Whatever was wrong with an answer, one sentence tells it.
"""

from __future__ import annotations

from typing import Final

from admin.web.asking_passkey import ANSWER, asking
from admin.web.kept import carried
from admin.web.page import Answer, Go, Show, Visit, WebPage, Who
from admin.web.sign_in_pages import CODE, SIGN_IN, sign_in_form, signed_in
from proxyd.domain.errors import SignInFailed

PASSKEY: Final = "/sign-in/passkey"
BEHIND: Final = "/sign-in/code/passkey"
_WRONG: Final = "passkey.wrong"


async def ask_anybody(visit: Visit) -> Answer:
    passkeys, kept = visit.services.passkeys, carried(visit.form)
    if passkeys is None:
        return Go(SIGN_IN)
    return await asking(visit, passkeys, f"{PASSKEY}/answer", fields=kept)


async def come_in(visit: Visit) -> Answer:
    """Both factors at once: the session is whole from its beginning."""
    services = visit.services
    if services.passkeys is None:
        return Go(SIGN_IN)
    try:
        came = await services.passkeys.finish_sign_in(
            visit.typed(ANSWER.name), origin=visit.origin, asker=visit.asker
        )
        begun = await services.sessions.begin(
            came.account,
            factors=came.factors,
            address=visit.address,
            client=visit.client,
            still=came.still,
        )
    except SignInFailed:
        return await sign_in_form(visit, problem=_WRONG, status=422)
    if visit.session is not None:  # who signs in anew leaves the one before
        await services.sessions.sign_out(visit.session, by=visit.actor)
    return signed_in(begun, carried(visit.form))


async def ask_person(visit: Visit) -> Answer:
    """Behind the password: one of this person's."""
    passkeys, session, kept = visit.services.passkeys, visit.session, carried(visit.form)
    assert session is not None
    if passkeys is None:
        return Go(CODE)
    account = session.account
    return await asking(visit, passkeys, f"{BEHIND}/answer", fields=kept, account=account)


async def prove(visit: Visit) -> Answer:
    services, session, kept = visit.services, visit.session, carried(visit.form)
    assert session is not None
    if services.passkeys is None:
        return Go(CODE)
    try:
        came = await services.passkeys.finish_sign_in(
            visit.typed(ANSWER.name),
            origin=visit.origin,
            asker=visit.asker,
            account=session.account,
        )
        begun = await services.sessions.prove(session, came.factors, by=visit.actor)
    except SignInFailed:
        return Show("code.html", {"kept": kept, "problems": (("code", _WRONG),)}, 422)
    return signed_in(begun, kept)


PAGES: Final = (
    WebPage("POST", PASSKEY, ask_anybody, Who.ANYBODY),
    WebPage("POST", f"{PASSKEY}/answer", come_in, Who.ANYBODY, form=(ANSWER,)),
    WebPage("POST", BEHIND, ask_person, Who.HALF_WAY),
    WebPage("POST", f"{BEHIND}/answer", prove, Who.HALF_WAY, form=(ANSWER,)),
)
