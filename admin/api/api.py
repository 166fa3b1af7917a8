"""The API as an ASGI application: who asks, may they, what do they ask; then the handler.

Must never read a cookie, answer another origin (there is no CORS header), or decide what a service
decides. Order, the same for each request: an address of ours, the token, the role, the scope, how
often, the body, the key, the handler. What a role can't have is answered as what is not there.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from admin.api.answering import WrittenAnswer, sent, streamed, written, written_problem
from admin.api.openapi import document
from admin.api.problems import ApiProblem, problem_of
from admin.api.rates import Buckets, Rates
from admin.api.reading import body_of, key_of, octets_of, query_of, token_of
from admin.api.route import PREFIX, ApiRoute, Call, LongAnswer
from admin.api.routes import ROUTES
from admin.api.services import ApiServices
from admin.web.place import Place
from proxyd.domain.api_token import ApiToken
from proxyd.domain.errors import ProxydError, SignInFailed
from proxyd.domain.ports.api_answers import Asked
from proxyd.domain.seats import seat_key
from proxyd.domain.types import Origin
from proxyd.service.accounts.api_tokens import DOOR, actor_of

OPENAPI: Final = f"{PREFIX}/openapi.json"
_REFERENCE_OCTETS: Final = 6
_CHALLENGE: Final = {"www-authenticate": 'Bearer realm="proxyd"'}
# An answer of these is none to keep: asking again may bring another one.
_PASSING: Final = frozenset({429, 500, 502, 503})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Came:
    """Who asks, for what, from where."""

    row: ApiRoute
    path: Mapping[str, str]
    token: ApiToken
    origin: Origin


class Api:
    def __init__(
        self,
        services: ApiServices,
        place: Place,
        rates: Rates,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services = services
        self._place = place
        self._now_s = now_s
        self._refused = Buckets(rates.refused)
        self._requests = Buckets(rates.requests)
        self._changes = Buckets(rates.changes)
        self._questions = Buckets(rates.questions)
        self._most_exports = rates.exports
        self._exports: Counter[int] = Counter()  # under way, by account
        rows: dict[str, dict[str, ApiRoute]] = {}
        for row in ROUTES:
            rows.setdefault(row.path, {})[row.method] = row
        self._paths = [(compile_path(PREFIX + path)[0], each) for path, each in rows.items()]
        self._document = WrittenAnswer(200, {"content-type": "application/json"}, document())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response: ASGIApp
        try:
            response = await self._answered(request)
        except ApiProblem as problem:
            response = self._sent(written_problem(problem))
        except ClientDisconnect:
            response = Response(status_code=400)
        await response(scope, receive, send)

    def _sent(self, answer: WrittenAnswer, *, again: bool = False) -> Response:
        return sent(answer, secure=self._place.secure, again=again)

    # ------------------------------------------------------------ one request

    async def _answered(self, request: Request) -> ASGIApp:
        """Raises ApiProblem."""
        if request.url.path == OPENAPI:
            _check_method(request.method, ("GET",))
            return self._sent(self._document)
        row, path = self._row(request)
        try:
            came = await self._came_in(request, row, path)
            self._check_rates(came)
            octets = await octets_of(request, row.octets)
            query, key = query_of(request, row.query), key_of(request) if row.changes else ""
            body = body_of(request, octets, row.body)
            services = self._services
            actor = actor_of(came.token, came.origin)
            call = Call(services, services.store, came.token, actor, path, query, body)
            if key:
                return await self._once(came, call, _asked(request, came, key, octets))
            answer = await row.handler(call)
        except ApiProblem:
            raise
        except Exception as error:  # the boundary
            raise self._fault(error) from error
        if isinstance(answer, LongAnswer):
            return self._streamed(came, answer)
        return self._sent(written(answer))

    def _row(self, request: Request) -> tuple[ApiRoute, Mapping[str, str]]:
        for pattern, methods in self._paths:
            if found := pattern.fullmatch(request.url.path):
                _check_method(request.method, methods)
                return methods[request.method], found.groupdict()
        raise ApiProblem("not-found")

    async def _came_in(self, request: Request, row: ApiRoute, path: Mapping[str, str]) -> _Came:
        peer = request.client.host if request.client else ""
        address = self._place.client_address(peer, request.headers.raw)
        if not (shown := token_of(request)):
            raise ApiProblem("no-token", headers=_CHALLENGE)
        who, now_s = seat_key(address), self._now_s()
        wait_s = self._refused.wait_s(who, now_s)
        client = request.headers.get("user-agent", "")
        try:
            token = await self._services.tokens.come_in(
                shown, address=address, client=client, flood=bool(wait_s)
            )
        except SignInFailed:
            # Who has a good one is never kept out by a neighbour who tries others.
            _check_wait(wait_s)
            self._refused.take(who, now_s)
            raise ApiProblem("no-token", headers=_CHALLENGE) from None
        if token.account.role not in row.roles:
            raise ApiProblem("not-found")
        if row.scope not in token.allowed:
            told = f'{_CHALLENGE["www-authenticate"]}, error="insufficient_scope"'
            headers = {"www-authenticate": f'{told}, scope="{row.scope}"'}
            raise ApiProblem("insufficient-scope", f"It needs {row.scope}.", headers=headers)
        return _Came(row, path, token, Origin(DOOR, address, client))

    def _check_rates(self, came: _Came) -> None:
        now_s, token = self._now_s(), str(came.token.number)
        _check_wait(self._requests.take(token, now_s))
        if came.row.changes:
            _check_wait(self._changes.take(token, now_s))
        if came.row.question:
            _check_wait(self._questions.take(str(came.token.account.id), now_s))

    async def _once(self, came: _Came, call: Call, asked: Asked) -> Response:
        """The same key, the same answer; and the change but once. Raises ProxydError."""
        once = self._services.once
        known = await once.known(asked)
        if known is not None:
            return self._sent(WrittenAnswer.of(known), again=True)
        try:
            answer = await self._told(came.row, replace(call, store=once.store(asked)))
            if answer.status not in _PASSING:
                await once.keep(asked, answer.kept())
        finally:
            once.end(asked)
        return self._sent(answer)

    async def _told(self, row: ApiRoute, call: Call) -> WrittenAnswer:
        try:
            answer = await row.handler(call)
        except ProxydError as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return written_problem(problem)
        assert not isinstance(answer, LongAnswer)
        return written(answer)

    # ------------------------------------------------------------ long answers

    def _streamed(self, came: _Came, answer: LongAnswer) -> ASGIApp:
        account = came.token.account.id
        if self._exports[account] >= self._most_exports:
            headers = {"retry-after": "5"}
            raise ApiProblem("too-many", "Other exports are under way.", headers=headers)
        self._exports[account] += 1
        lines = self._while_good(came, answer.lines)
        response = streamed(replace(answer, lines=lines), secure=self._place.secure)

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            """Broken off, so that it is no whole answer, where the token ends meanwhile."""
            try:
                with suppress(ConnectionAbortedError):
                    await response(scope, receive, send)
            finally:
                self._exports[account] -= 1
                if not self._exports[account]:
                    del self._exports[account]

        return counted

    async def _while_good(self, came: _Came, lines: AsyncIterator[str]) -> AsyncIterator[str]:
        """Raises ConnectionAbortedError."""
        token, address = came.token, came.origin.address
        looked_s = self._now_s()
        async for line in lines:
            if self._now_s() - looked_s >= _LOOK_S:
                if not await self._services.tokens.still_good(token, address=address):
                    raise ConnectionAbortedError("the token has ended")
                looked_s = self._now_s()
            yield line

    # ------------------------------------------------------------ what goes wrong

    def _fault(self, error: Exception) -> ApiProblem:
        """What nobody expected is told with a reference that the log has."""
        if isinstance(error, ClientDisconnect):
            raise error
        if isinstance(error, ProxydError) and (problem := problem_of(error)) is not None:
            return problem
        reference = secrets.token_hex(_REFERENCE_OCTETS)
        _log.error("an API request failed, reference %s", reference, exc_info=error)
        return ApiProblem("fault", reference=reference)


_LOOK_S: Final = 0.5  # a disabled person's streams end within a second


def _check_method(method: str, known: Mapping[str, ApiRoute] | tuple[str, ...]) -> None:
    if method not in known:
        raise ApiProblem("method", headers={"allow": ", ".join(sorted(known))})


def _check_wait(wait_s: int) -> None:
    if wait_s:
        raise ApiProblem("too-many", headers={"retry-after": str(wait_s)})


def _asked(request: Request, came: _Came, key: str, octets: bytes) -> Asked:
    """What makes it the same request: all but headers."""
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Asked(came.token.number, key, hashlib.sha256(said + octets).digest())
