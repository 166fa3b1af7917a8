"""One HTTP connection with an end: uvicorn's, in a pool of its own and with a time limit.

uvicorn waits for ever for the first request, and answers 503 to everybody once it holds too many
connections. Here each one has ``LIFE_S`` for all it wants, whatever it sends or reads, and when the
pool is full the oldest makes room: who asks and reads is done long before.

A browser on this machine that was led here by a foreign page (DNS rebinding) names another host:
what is asked with a name that is none of this machine's is refused before anything is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, ClassVar

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

# A probe is given up after 10 s by those who ask; a scrape takes a tenth of a second.
LIFE_S = 15.0
# Probes and one scraper; a descriptor each.
POOL = 16
# Of the request line and all headers. Prometheus sends 500 octets.
REQUEST_OCTETS = 8192

TurnedAway = Callable[[str, str], None]  # why ("crowded", "slow"), and the peer's address


def patient(life_s: float, pool: int, turned_away: TurnedAway) -> type[H11Protocol]:
    """The protocol of one server: a class, because that is what uvicorn is given."""

    class Patient(_Patient):
        life = life_s
        places = pool
        present: ClassVar[dict[_Patient, None]] = {}
        told = staticmethod(turned_away)

    return Patient


class _Patient(H11Protocol):
    life: float
    places: int
    present: ClassVar[dict[_Patient, None]]
    told: TurnedAway
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.present) >= self.places:
            next(iter(self.present)).leave("crowded")
        self.present[self] = None
        self._end = self.loop.call_later(self.life, self.leave, "slow")

    def leave(self, why: str) -> None:
        self.told(why, self.client[0] if self.client else "")
        self.present.pop(self, None)
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.present.pop(self, None)
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)


class OnlyOurs:
    """In front of the application: GET and HEAD, without a body, for a name of this machine."""

    def __init__(self, application: ASGIApp, names: frozenset[str]) -> None:
        self._application = application
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._application(scope, receive, _closing(send))
            return
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        if refusal == 405:
            headers.append((b"allow", b"GET, HEAD"))
        await send({"type": "http.response.start", "status": refusal, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _refusal(self, scope: Scope) -> int | None:
        headers = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) > 1 or not all(self._is_ours(host.decode("latin-1")) for host in hosts):
            return 421  # RFC 9110 §15.5.20
        if sum(len(name) + len(value) for name, value in headers) > REQUEST_OCTETS:
            return 431  # h11 looks only at what comes in several pieces
        if scope["method"] not in ("GET", "HEAD"):
            return 405
        bodies = (b"content-length", b"transfer-encoding")
        if any(name in bodies and value != b"0" for name, value in headers):
            return 413
        return None

    def _is_ours(self, host: str) -> bool:
        """An address can't be rebound: only names are compared."""
        bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = bare.strip("[]").rstrip(".").lower()
        if name in self._names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def _closing(send: Send) -> Send:
    """One request a connection: nobody holds a place for what he may ask later."""

    async def closing(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            message = {**message, "headers": headers}
        await send(message)

    return closing
