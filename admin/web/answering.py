"""From what a handler answers to what the browser gets: page, cookies, headers.

A session's cookie is set by a step of the session and taken away by its end, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from admin.web.browser import FORM_COOKIE, SESSION_COOKIE, Browser
from admin.web.event_stream import EventStream
from admin.web.forms import TOKEN_FIELD, form_token
from admin.web.headers import NEVER_KEPT, safe_headers
from admin.web.navigation import place_at, places_for
from admin.web.page import Answer, Away, Download, Events, Go, Show, ShowAgain
from admin.web.pages import Templates
from admin.web.place import Place
from admin.web.small_pages import KEYS_COOKIE, LANGUAGE_COOKIE
from proxyd.service.accounts.web_sessions import BegunSession

KEYS: Final = "keys.js"
_TEN_MINUTES_S: Final = 600
_LASTING: Final = (LANGUAGE_COOKIE, KEYS_COOKIE)
_A_YEAR_S: Final = 31_536_000


class Answering:
    def __init__(self, templates: Templates, place: Place) -> None:
        self._templates = templates
        self._place = place

    def respond(
        self,
        answer: Answer,
        browser: Browser,
        *,
        path: str,
        here: str,
        scripts: Sequence[str] = (),
    ) -> Response:
        """``path``: what was asked; ``here``: the path of a page that can be asked for again, for
        the switch of languages.
        """
        bound_to = answer.begun.token if answer.begun is not None else browser.bound_to
        session = answer.begun.session if answer.begun is not None else browser.session
        account = session.account if session is not None and session.whole else None
        if isinstance(answer, Show):
            frame: dict[str, object] = {
                "here": here,
                "account": account,
                "places": places_for(account) if account is not None else (),
                "place": place_at(path),
                "keys": browser.keys,
                "passkeys_known": session is not None and session.account.passkeys,
                "half_way": session is not None and account is None,
                "typed": {},
                "sent": None,
                "form_field": TOKEN_FIELD,
                "form_token": form_token(bound_to),
            }
            facts = {**frame, **answer.facts}
            keys = (KEYS,) if account is not None and browser.keys else ()
            scripts = (*scripts, *answer.scripts, *keys)
            response = self._page(answer.template, browser, answer.status, scripts, facts)
        elif isinstance(answer, ShowAgain):
            raise AssertionError("shown again before it comes here")
        elif isinstance(answer, Go | Away):
            response = RedirectResponse(answer.path if isinstance(answer, Go) else answer.url, 303)
            response.headers.update(self._headers(""))
        elif isinstance(answer, Download):
            response = self._file(answer)
        elif isinstance(answer, Events):
            response = EventStream(answer.stream, 200, self._headers(""), _EVENTS)
        else:
            response = JSONResponse(answer.value, answer.status, self._headers(""))
        self._set_session(response, answer, browser)
        for name, value in answer.cookies.items():
            self._set(response, name, value, _A_YEAR_S if name in _LASTING else _TEN_MINUTES_S)
        if browser.new and isinstance(answer, Show) and session is None:
            self._set(response, FORM_COOKIE, browser.form_cookie, None)
        return response

    def error(
        self, status: int, language: str, *, reference: str = "", headers: Mapping[str, str]
    ) -> Response:
        """A page that says what went wrong; whoever it is for, it is the same."""
        facts = {"status": status, "reference": reference, "account": None, "half_way": False}
        frame = {"here": "", "places": (), "place": ""}
        text, _ = self._templates.page("error.html", language, (), {**frame, **facts})
        response = Response(text, status, {**headers, **self._headers("")}, _HTML)
        response.headers["content-language"] = language
        return response

    def go_on(self, response: Response, begun: BegunSession) -> None:
        """The session has another token from now on."""
        self._set(response, SESSION_COOKIE, begun.token, None)

    def _file(self, answer: Download) -> Response:
        # RFC 6266 §4.1: kept, not shown; RFC 8187 for a name in any letters.
        disposition = f"attachment; filename*=UTF-8''{quote(answer.name, safe='')}"
        headers = {**self._headers(""), "content-disposition": disposition}
        if isinstance(answer.content, bytes):
            return Response(answer.content, 200, headers, answer.kind)
        return StreamingResponse(answer.content, 200, headers, answer.kind)

    def _page(
        self,
        template: str,
        browser: Browser,
        status: int,
        scripts: Sequence[str],
        facts: Mapping[str, object],
    ) -> Response:
        text, nonce = self._templates.page(template, browser.language, scripts, facts)
        response = Response(text, status, self._headers(nonce), _HTML)
        response.headers["content-language"] = browser.language
        return response

    def _headers(self, nonce: str) -> dict[str, str]:
        return {**safe_headers(nonce=nonce, secure=self._place.secure), **NEVER_KEPT}

    def _set_session(self, response: Response, answer: Answer, browser: Browser) -> None:
        if answer.begun is not None:
            self._set(response, SESSION_COOKIE, answer.begun.token, None)
        elif (isinstance(answer, Go) and answer.ends) or (browser.token and not browser.session):
            self._set(response, SESSION_COOKIE, "", None)

    def _set(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        """``seconds`` None: until the browser is closed. An empty one is taken away."""
        response.set_cookie(
            self._place.cookie(name),
            value,
            max_age=seconds if value else 0,
            path="/",
            secure=self._place.secure,
            httponly=True,
            samesite="lax",
        )


_HTML: Final = "text/html; charset=utf-8"
_EVENTS: Final = "text/event-stream"
