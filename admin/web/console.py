"""The console as an ASGI application: who asks, may they, is the form ours; then the handler.

Must never decide what a service decides. Order, the same for each request: our name, a page of
ours, the session, the role, the form and its token, who it is once more, the handler. What is not
for somebody is answered as what is not there.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from admin.web import step_up
from admin.web.answering import Answering
from admin.web.browser import Browser, browser_of, language_of, no_browser, visit_of
from admin.web.forms import checked_fields, is_ours, read_form
from admin.web.headers import KEPT, safe_headers
from admin.web.kept import carried, fitting, kept_of, plain_fields
from admin.web.navigation import home_of
from admin.web.origin_check import may_ask
from admin.web.page import Answer, Go, Show, ShowAgain, Visit, WebPage, Who
from admin.web.pages import StaticFiles, Templates
from admin.web.place import Place
from admin.web.routes import ROUTES
from admin.web.sending import Forms, what_is_sent
from admin.web.services import ConsoleServices
from admin.web.sign_in_pages import AGAIN, CODE, SIGN_IN, sign_in_form
from proxyd.domain.errors import Busy, CodesPaused, NotFound, SignInFailed, StoreUnavailable
from proxyd.service.accounts.web_sessions import BegunSession

API: Final = "/api/"
_REFERENCE_OCTETS: Final = 6

_log = logging.getLogger(__name__)


class Console:
    def __init__(
        self,
        services: ConsoleServices,
        place: Place,
        rows: tuple[WebPage, ...] = ROUTES,
        *,
        api: ASGIApp | None = None,
    ) -> None:
        """``api``: what answers for programs, below ``API``; it has rules of its own."""
        self._api = api
        self._services = services
        self._place = place
        self._static = StaticFiles()
        self._answering = Answering(Templates(self._static), place)
        self._forms = Forms(rows)
        self._shown = {row.path: row for row in rows if row.method == "GET"}
        self._starlette = Starlette(
            routes=[
                Route("/static/{name}", self._file),
                *(Route(row.path, self._endpoint(row), methods=[row.method]) for row in rows),
            ],
            exception_handlers={HTTPException: self._http_error},
        )
        self._starlette.router.redirect_slashes = False  # it would name a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_our_name(scope):
            # What a foreign page made of a name of its own (DNS rebinding) gets nothing of ours.
            headers = safe_headers(secure=self._place.secure)
            await Response(status_code=421, headers=headers)(scope, receive, send)
            return
        is_api = scope["type"] == "http" and scope["path"].startswith(API)
        app = self._api if is_api and self._api is not None else self._starlette
        await app(scope, receive, send)

    def _is_our_name(self, scope: Scope) -> bool:
        named = [value for name, value in scope["headers"] if name == b"host"]
        return [one.decode("latin-1").lower() for one in named] == [self._place.host]

    # ------------------------------------------------------------ one request

    def _endpoint(self, row: WebPage) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await self._answered(row, request)
            except HTTPException:
                raise
            except _AfterStepUp as after:
                if isinstance(after.error, HTTPException):
                    response = await self._http_error(request, after.error)
                else:
                    response = self._fault(request, after.error)
                self._answering.go_on(response, after.begun)
                return response
            except Exception as error:  # noqa: BLE001 - the boundary
                return self._fault(request, error)

        return endpoint

    async def _answered(self, row: WebPage, request: Request) -> Response:
        if not row.by_machine and not may_ask(request.method, request.headers, self._place.origin):
            raise HTTPException(403)
        path = request.url.path
        form = await read_form(request, row.most_octets) if row.method == "POST" else {}
        if row.by_machine:
            browser = no_browser(request, self._place)
        else:
            browser = await browser_of(request, self._services, self._place, used=not row.by_itself)
        typed = {**carried(form), **checked_fields(form, row.form)}
        visit = visit_of(request, browser, self._services, self._place, typed)
        half_way = row.who is Who.HALF_WAY
        kept = carried(form) if half_way else kept_of(row, path, typed)
        answer = _turned_away(row, browser, kept)
        if answer is None and row.who is not Who.ANYBODY and browser.session is None:
            notice = ("too-late" if half_way else "ended") if browser.token else ""
            answer = await sign_in_form(visit, kept=kept, notice=notice, status=401)
        if answer is None:
            _check_token(row, browser, form)
            answer = await self._handled(row, visit, form, path)
        if isinstance(answer, ShowAgain):
            answer = await self._shown_again(row, answer, visit)
        if isinstance(answer, Show) and answer.template == AGAIN:
            answer = await self._told_again(answer, visit)
        here = path if row.method == "GET" or path in self._shown else "/"
        return self._answering.respond(answer, browser, path=path, here=here, scripts=row.scripts)

    async def _handled(self, row: WebPage, visit: Visit, form: dict[str, str], path: str) -> Answer:
        """Who has to show once more who it is goes a step further before the handler is called."""
        if not row.step_up or _is_fresh(visit):
            return await row.handler(visit)
        fields = plain_fields(row, visit.form)
        sent = await what_is_sent(row, visit)
        facts: dict[str, object] = {"action": path, "fields": fields, "sent": sent}
        if step_up.wants_passkey(form):
            asked = await step_up.asking_for_passkey(visit, path, fields)
            return replace(asked, facts={**asked.facts, "sent": sent})
        if not step_up.is_typed(form):
            return Show("confirm.html", facts, 401)
        try:
            begun = await step_up.confirmed(visit, form)
        except CodesPaused as error:
            problem = ("confirm_code", "code.paused", {"seconds": error.pause_s})
            return Show("confirm.html", {**facts, "problems": (problem,)}, 422)
        except SignInFailed:
            problems = (("confirm_password", "confirm.wrong"),)
            return Show("confirm.html", {**facts, "problems": problems}, 422)
        with _going_on(begun):
            answer = await row.handler(replace(visit, session=begun.session))
        return answer if answer.begun is not None else replace(answer, begun=begun)

    async def _shown_again(self, row: WebPage, refused: ShowAgain, visit: Visit) -> Answer:
        if refused.begun is not None:
            visit = replace(visit, session=refused.begun.session)
        with _going_on(refused.begun):
            answer = await self._shown[refused.page].handler(visit)
        assert isinstance(answer, Show)
        more = {"problems": refused.problems, "typed": plain_fields(row, visit.form)}
        facts = {**answer.facts, **more}
        return replace(answer, facts=facts, status=refused.status, begun=refused.begun)

    async def _told_again(self, answer: Show, visit: Visit) -> Answer:
        """The page that asks to send what was typed says what that is, to who is signed in now."""
        action, begun = str(answer.facts["action"]), answer.begun
        found = self._forms.of(action)
        role = begun.session.account.role if begun is not None else visit.account.role
        if begun is None or found is None or role not in found[0].roles:
            return Go(home_of(role), begun=begun)
        (row, parts), fields = found, fitting(answer.facts["fields"], found[0])
        them = replace(visit, session=begun.session, form=fields, path=parts)
        try:
            sent = await what_is_sent(row, them)
        except NotFound:
            return Go(home_of(role), begun=begun)
        said = sent[1].values() if sent is not None else ()
        typed = [fields[one.name] for one in row.form if one.name in fields and not one.chosen]
        written = [text for text in typed if text and text not in said]
        facts = {"action": action, "fields": fields, "sent": sent, "written": written}
        return replace(answer, facts=facts)

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = self._static.get(name)
        if found is None or request.query_params.get("v") != self._static.version(name):
            raise HTTPException(404)
        content, kind = found
        headers = {**safe_headers(secure=self._place.secure), **KEPT}
        return Response(content, headers=headers, media_type=kind)

    # ------------------------------------------------------------ what goes wrong

    async def _http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = error.status_code if error.status_code in _TOLD else 400
        language = language_of(request, self._place)
        return self._answering.error(status, language, headers=error.headers or {})

    def _fault(self, request: Request, error: Exception) -> Response:
        """What nobody expected is told with a reference that the log has."""
        language = language_of(request, self._place)
        if isinstance(error, ClientDisconnect):
            return Response(status_code=400)
        if isinstance(error, NotFound):
            return self._answering.error(404, language, headers={})
        if isinstance(error, Busy | StoreUnavailable):
            return self._answering.error(503, language, headers={"retry-after": "60"})
        reference = secrets.token_hex(_REFERENCE_OCTETS)
        _log.error("a page failed, reference %s", reference, exc_info=error)
        return self._answering.error(500, language, reference=reference, headers={})


class _AfterStepUp(Exception):
    """What went wrong once the session had another token: the browser is given that all the same,
    or it would be signed out.
    """

    def __init__(self, begun: BegunSession, error: Exception) -> None:
        super().__init__()
        self.begun = begun
        self.error = error


@contextmanager
def _going_on(begun: BegunSession | None) -> Iterator[None]:
    """Raises _AfterStepUp in place of whatever is raised, where the session went a step further."""
    try:
        yield
    except Exception as error:  # it is told at the boundary, with the token
        if begun is None:
            raise
        raise _AfterStepUp(begun, error) from error


_TOLD: Final = frozenset({400, 403, 404, 405, 413, 429, 500, 503})


def _turned_away(row: WebPage, browser: Browser, kept: dict[str, str]) -> Answer | None:
    """Who is not as far as the page, or further. Raises HTTPException where it is not for them."""
    session = browser.session
    if row.who is Who.ANYBODY:
        return None
    if session is None:
        ended = "?why=ended" if browser.token else ""
        return Go(f"{SIGN_IN}{ended}") if row.method == "GET" else None
    if row.who is Who.HALF_WAY:
        return Go(home_of(session.account.role)) if session.whole else None
    if not session.whole:
        return Go(CODE) if row.method == "GET" else Show("code.html", {"kept": kept}, 401)
    if session.account.role not in row.roles:
        raise HTTPException(404)
    return None


def _check_token(row: WebPage, browser: Browser, form: dict[str, str]) -> None:
    """Raises HTTPException. Who signs in anew may have the form from before they were signed in."""
    if row.method != "POST" or row.by_machine or is_ours(form, browser.bound_to):
        return
    if row.who is Who.ANYBODY and not browser.new and is_ours(form, browser.form_cookie):
        return
    raise HTTPException(403)


def _is_fresh(visit: Visit) -> bool:
    return visit.session is not None and visit.session.is_fresh(visit.services.sessions.clock())
