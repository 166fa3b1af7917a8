"""Signing in and out: the password, then the second factor where there is one.

What somebody had typed before their session ended is carried along (kept.py). Whoever adds another
way in adds a Part to WAYS, which is shown below the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web import asking_passkey
from admin.web.kept import carried, to_send
from admin.web.navigation import home_of
from admin.web.page import Answer, Go, Part, Show, Typed, Visit, WebPage, Who, facts_of
from admin.web.sso_way import BY_ORGANISATION, ORGANISATION
from proxyd.domain.errors import Busy, CodesPaused, SignInFailed
from proxyd.domain.web_session import PASSWORD, SINGLE_SIGN_ON
from proxyd.service.accounts.web_sessions import BegunSession

# How a person comes in otherwise: a passkey, the organisation's sign-in.
WAYS: Final[tuple[Part, ...]] = (asking_passkey.WAY, ORGANISATION)

SIGN_IN: Final = "/sign-in"
CODE: Final = "/sign-in/code"
_NOTICES: Final = ("ended", "signed-out", "too-late")


async def sign_in_page(visit: Visit) -> Answer:
    notice = visit.query.get("why", "")
    return await sign_in_form(visit, notice=notice if notice in _NOTICES else "")


async def sign_in_form(
    visit: Visit,
    *,
    kept: Mapping[str, str] | None = None,
    notice: str = "",
    problem: str = "",
    field: str = "login",
    status: int = 200,
) -> Show:
    """``kept``: hidden fields; ``problem``: a key, at which field. The login stays, the password
    never.
    """
    kept = carried(visit.form) if kept is None else kept
    if not notice:
        notice = "kept" if kept else _nobody_yet(visit)
    facts = {
        "login": visit.typed("login"),
        "kept": kept,
        "notice": notice,
        "problems": ((field, problem),) if problem else (),
        **await facts_of(WAYS, visit),
    }
    return Show("sign_in.html", facts, status)


def _nobody_yet(visit: Visit) -> str:
    """A new installation says how it goes on; of who there is, no page tells."""
    return "" if visit.services.accounts.all() else "nobody"


async def sign_in(visit: Visit) -> Answer:
    login, password = visit.typed("login").strip(), visit.typed("password")
    if not login or not password:
        return await sign_in_form(visit, problem="sign-in.empty", status=422)
    services = visit.services
    try:
        account = await services.accounts.sign_in(login, password, visit.origin)
        begun = await services.sessions.begin(
            account,
            factors=[PASSWORD],
            address=visit.address,
            client=visit.client,
            still=services.accounts.still_opens(account),
        )
    except SignInFailed:
        return await sign_in_form(visit, problem="sign-in.wrong", status=422)
    except Busy:
        return await sign_in_form(visit, problem="sign-in.busy", status=503)
    if visit.session is not None:  # who signs in anew leaves the one before
        await services.sessions.sign_out(visit.session, by=visit.actor)
    return signed_in(begun, carried(visit.form))


def signed_in(begun: BegunSession, kept: Mapping[str, str]) -> Answer:
    """Where the browser goes: to the second factor, to what was typed before, or to the pages.
    For every way in.
    """
    if not begun.session.whole:
        return Show("code.html", {"kept": kept}, begun=begun)
    if kept:
        return Show("again.html", to_send(kept), begun=begun)
    return Go(home_of(begun.session.account.role), begun=begun)


async def code_page(_visit: Visit) -> Answer:
    return Show("code.html", {"kept": {}})


async def code(visit: Visit) -> Answer:
    session, kept = visit.session, carried(visit.form)
    assert session is not None
    try:
        factor = await visit.services.factors.check(
            session.account, visit.typed("code"), by=visit.actor
        )
        begun = await visit.services.sessions.prove(session, [factor], by=visit.actor)
    except CodesPaused as error:
        problem = ("code", "code.paused", {"seconds": error.pause_s})
        return Show("code.html", {"kept": kept, "problems": (problem,)}, 422)
    except SignInFailed:
        return Show("code.html", {"kept": kept, "problems": (("code", "code.wrong"),)}, 422)
    return signed_in(begun, kept)


async def sign_out(visit: Visit) -> Answer:
    session, by = visit.session, ""
    if session is not None:
        await visit.services.sessions.sign_out(session, by=visit.actor)
        by = BY_ORGANISATION if SINGLE_SIGN_ON in session.factors else ""
    return Go(f"{SIGN_IN}?why=signed-out{by}", ends=True)


PAGES: Final = (
    WebPage("GET", SIGN_IN, sign_in_page, Who.ANYBODY),
    WebPage(
        "POST",
        SIGN_IN,
        sign_in,
        Who.ANYBODY,
        form=(Typed("login"), Typed("password", 1000, secret=True)),
    ),
    WebPage("GET", CODE, code_page, Who.HALF_WAY),
    WebPage("POST", CODE, code, Who.HALF_WAY, form=(Typed("code", secret=True),)),
    WebPage("POST", "/sign-out", sign_out, Who.ANYBODY),
)
