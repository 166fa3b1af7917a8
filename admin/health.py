"""Health and metrics over HTTP: ``/healthz``, ``/readyz``, ``/metrics``; and the door itself.

Without sign-in, for a monitoring system on the same machine (the settings keep it on the loopback
address); so it must never show an address, a login or what a mail says. Served by uvicorn inside
the loop that serves mail: nothing here waits for anything but the checks, and those have a time
limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from admin.http_server import serve_application
from admin.only_ours import OnlyOurs, Pages
from admin.patient_http import LIFE_S, POOL, TurnedAway, patient

# A probe is typically given up after 10 s (Kubernetes: 1 s by default, Prometheus: 10 s); a store
# that does not answer within 2 s is not well.
CHECK_LIMIT_S = 2.0

CONNECT_BACKLOG = 16

Check = Callable[[], Awaitable[list[str]]]  # reasons, in plain words; empty = well


@dataclass(frozen=True, slots=True)
class Checks:
    """What is asked. ``metrics`` is None where they are switched off."""

    alive: Check  # this process can do its work: the store can be written
    ready: Check  # and the providers answer
    metrics: Callable[[], bytes] | None
    notices: Callable[[], list[str]] = list  # what an admin should know, though all goes on
    # The providers' troubles behind reasons and notices, for programs.
    conditions: Callable[[], list[dict[str, object]]] = list
    metrics_type: str = "text/plain; version=0.0.4; charset=utf-8"


def application(checks: Checks) -> Starlette:
    async def healthz(_: Request) -> Response:
        return await _report([checks.alive])

    async def readyz(_: Request) -> Response:
        told: dict[str, Sequence[object]]
        told = {"notices": checks.notices(), "conditions": checks.conditions()}
        return await _report([checks.alive, checks.ready], told)

    async def metrics(_: Request) -> Response:
        assert checks.metrics is not None
        return Response(checks.metrics(), headers={"content-type": checks.metrics_type})

    routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
    if checks.metrics is not None:
        routes.append(Route("/metrics", metrics))
    return Starlette(routes=routes)


async def _report(
    checks: list[Check], more: Mapping[str, Sequence[object]] = MappingProxyType({})
) -> Response:
    reasons: list[str] = []
    for check in checks:
        try:
            async with asyncio.timeout(CHECK_LIMIT_S):
                reasons += await check()
        except TimeoutError:
            reasons.append(f"no answer within {CHECK_LIMIT_S:.0f} s")
    headers = {"cache-control": "no-store"}
    noted = {name: list(told) for name, told in more.items() if told}
    if reasons:
        return JSONResponse({"ok": False, "reasons": reasons, **noted}, 503, headers)
    return JSONResponse({"ok": True, **noted}, headers=headers)


async def serve_http(
    host: str,
    port: int,
    checks: Checks,
    pages: Pages,
    *,
    names: Sequence[str] = (),
    life_s: float = LIFE_S,
    pool: int = POOL,
    turned_away: TurnedAway = lambda _reason, _address: None,
) -> tuple[int, Callable[[], Awaitable[None]]]:
    """Start serving; returns the port and what stops it. Raises OSError when it can't listen.

    ``pages``: what mail clients ask for. ``names``: what this machine may be called by who asks for
    its health, besides localhost and any address.
    """
    ours = frozenset({"localhost", *(name.lower() for name in names)})
    return await serve_application(
        lambda _port: OnlyOurs(application(checks), ours, pages),
        host,
        port,
        patient(life_s, pool, turned_away),
        backlog=CONNECT_BACKLOG,
        forwarded=True,
    )
