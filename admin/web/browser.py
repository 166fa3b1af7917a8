"""Who asks, as far as the request tells: cookies, session, language, address, program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from admin.web.forms import form_token
from admin.web.origin_check import is_same_origin
from admin.web.page import Visit
from admin.web.place import Place
from admin.web.services import ConsoleServices
from admin.web.small_pages import KEYS_COOKIE, LANGUAGE_COOKIE
from admin.web.words import LANGUAGES, preferred
from proxyd.domain.web_session import CLIENT_MOST, TOKEN_LENGTH, WebSession, made_token

SESSION_COOKIE: Final = "proxyd"
FORM_COOKIE: Final = "proxyd-form"  # what forms are bound to before there is a session


@dataclass(frozen=True, slots=True)
class Browser:
    """``token``: as it was shown, be it good or not. ``session``: None where nobody is signed in by
    it. ``form_cookie``: of forms without a session; ``new``: the browser is still to be given it.
    """

    token: str = field(repr=False)
    session: WebSession | None
    form_cookie: str = field(repr=False)
    new: bool
    language: str
    keys: bool = True  # letters press what a page marks with them

    @property
    def bound_to(self) -> str:
        """What its forms are bound to."""
        return self.token if self.session is not None else self.form_cookie


def language_of(request: Request, place: Place) -> str:
    chosen = request.cookies.get(place.cookie(LANGUAGE_COOKIE), "")
    if chosen in LANGUAGES:
        return chosen
    return preferred(request.headers.get("accept-language", ""), place.language)


async def browser_of(
    request: Request, services: ConsoleServices, place: Place, *, used: bool
) -> Browser:
    """``used``: a person asks. Raises StoreUnavailable, Busy."""
    token = request.cookies.get(place.cookie(SESSION_COOKIE), "")
    address = address_of(request, place)
    session = await services.sessions.find(token, address=address, used=used) if token else None
    form_cookie = request.cookies.get(place.cookie(FORM_COOKIE), "")
    new = len(form_cookie) != TOKEN_LENGTH
    return Browser(
        token,
        session,
        made_token() if new else form_cookie,
        new,
        language_of(request, place),
        request.cookies.get(place.cookie(KEYS_COOKIE)) != "off",
    )


def no_browser(request: Request, place: Place) -> Browser:
    """For what a machine sends: nobody, whatever cookie came along."""
    return Browser("", None, made_token(), False, language_of(request, place))  # noqa: FBT003


def address_of(request: Request, place: Place) -> str:
    peer = request.client.host if request.client is not None else ""
    return place.client_address(peer, request.headers.raw)


def visit_of(
    request: Request,
    browser: Browser,
    services: ConsoleServices,
    place: Place,
    form: Mapping[str, str],
) -> Visit:
    prefix = place.cookie("")
    cookies = {
        name.removeprefix(prefix): value
        for name, value in request.cookies.items()
        if name.startswith(prefix)
        and name.removeprefix(prefix) not in (SESSION_COOKIE, FORM_COOKIE)
    }
    return Visit(
        services=services,
        language=browser.language,
        address=address_of(request, place),
        client=request.headers.get("user-agent", "")[:CLIENT_MOST],
        session=browser.session,
        form=form,
        path={name: str(value) for name, value in request.path_params.items()},
        query=dict(request.query_params),
        cookies=cookies,
        same_origin=is_same_origin(request.headers, place.origin),
        site=place.origin,
        browser=form_token(browser.form_cookie),
    )
