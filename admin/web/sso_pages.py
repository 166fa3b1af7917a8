"""Signing in by the organisation's identity provider: to it, back, and signed out there.

Must never tell the browser why somebody is refused. Who goes to the provider comes from a page of
ours by their own hand (``same_origin``), so that no foreign page signs anybody in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.exceptions import HTTPException

from admin.web.page import Answer, Away, Go, JsonAnswer, Typed, Visit, WebPage, Who
from admin.web.services import OrganisationSignIn
from admin.web.sign_in_pages import SIGN_IN, sign_in_form, signed_in
from admin.web.sso_way import BUTTON, OUT, START
from proxyd.domain.errors import Busy, ProviderUnavailable, SignInFailed, SingleSignOnRefused
from proxyd.domain.single_sign_on import Returned

BACK: Final = "/sign-in/sso/back"
SIGNED_OUT: Final = "/sign-in/sso/signed-out"
COOKIE: Final = "proxyd-sso"
# A token with hundreds of groups in it (identity/id_token.py takes no longer one).
_TOKEN_LONGEST: Final = 32 * 1024


async def start(visit: Visit) -> Answer:
    """To the provider. The cookie is what ties the way back to this browser."""
    door = _organisation(visit).door
    if not visit.same_origin:
        return Go(SIGN_IN)
    try:
        sent = await door.begin(f"{visit.site}{BACK}", visit.query.get("to", "/"), visit.origin)
    except ProviderUnavailable:
        return await sign_in_form(visit, problem="sso.down", field=BUTTON, status=503)
    return Away(sent.address, cookies={COOKIE: sent.browser})


async def back(visit: Visit) -> Answer:
    """From the provider. Whoever was signed in here before leaves that session."""
    door, services = _organisation(visit).door, visit.services
    said = visit.query
    returned = Returned(
        said.get("state", ""), said.get("code", ""), said.get("iss", ""), said.get("error", "")
    )
    try:
        came = await door.finish(returned, visit.cookies.get(COOKIE, ""), visit.origin)
        begun = await services.sessions.begin(
            came.account,
            factors=came.factors,
            address=visit.address,
            client=visit.client,
            still=came.still,
        )
    except SignInFailed:
        return await sign_in_form(visit, problem="sso.refused", field=BUTTON, status=422)
    except ProviderUnavailable:
        return await sign_in_form(visit, problem="sso.down", field=BUTTON, status=503)
    except Busy:
        return await sign_in_form(visit, problem="sign-in.busy", status=503)
    if visit.session is not None:
        await services.sessions.sign_out(visit.session, by=visit.actor)
    wanted = begun.session.whole and came.where != "/"
    answer = Go(came.where, begun=begun) if wanted else signed_in(begun, {})
    return replace(answer, cookies={COOKIE: ""})


async def out(visit: Visit) -> Answer:
    """To the provider's page for signing out, where it has one; from a page of ours alone. Nothing
    of ours changes.
    """
    door = _organisation(visit).door
    address = await door.sign_out_address(f"{visit.site}{SIGN_IN}") if visit.same_origin else ""
    return Away(address) if address else Go(SIGN_IN)


async def signed_out(visit: Visit) -> Answer:
    """The provider says that somebody signed out there (OpenID Connect Back-Channel Logout §2.5,
    §2.8: 200, or 400 for what it can't prove).
    """
    door = _organisation(visit).door
    try:
        await door.signed_out(visit.typed("logout_token"), visit.origin)
    except SingleSignOnRefused:
        return JsonAnswer({"error": "invalid_request"}, 400)
    except ProviderUnavailable:
        return JsonAnswer({"error": "temporarily_unavailable"}, 503)
    return JsonAnswer({})


def _organisation(visit: Visit) -> OrganisationSignIn:
    """Where it is off there is no such page."""
    if visit.services.organisation is None:
        raise HTTPException(404)
    return visit.services.organisation


PAGES: Final = (
    WebPage("GET", START, start, Who.ANYBODY),
    WebPage("GET", BACK, back, Who.ANYBODY),
    WebPage("GET", OUT, out, Who.ANYBODY),
    WebPage(
        "POST",
        SIGNED_OUT,
        signed_out,
        Who.ANYBODY,
        form=(Typed("logout_token", _TOKEN_LONGEST, secret=True),),
        by_machine=True,
    ),
)
