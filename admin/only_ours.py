"""Who may ask what: health for this machine's names, mail clients' settings for theirs.

A browser on this machine that was led here by a foreign page (DNS rebinding) names another host:
what is asked with a name that is none of ours is refused before anything is looked at. The names
that mail clients ask lead to their pages only, whatever the path: behind a web server the whole
world may ask them, and health and metrics are none of its business. Who names nobody (HTTP/1.0) is
one of that world, unless he asks from this machine, as simple probes do.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final, Protocol

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin.patient_http import REQUEST_OCTETS

# Of an Autodiscover request, which has 500.
BODY_OCTETS: Final = 8192
_BODIES: Final = (b"content-length", b"transfer-encoding")


class Pages(Protocol):
    """An ASGI application for strangers, which says what is its own."""

    def has_name(self, name: str) -> bool: ...

    def has_path(self, path: str) -> bool: ...

    def takes_body(self, path: str) -> bool: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class OnlyOurs:
    """In front of the applications: GET and HEAD without a body, and a small POST where a page
    takes one.
    """

    def __init__(self, health: ASGIApp, names: frozenset[str], pages: Pages) -> None:
        """``names``: those of this machine, besides any address."""
        self._health = health
        self._names = names
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            application = self._pages if self._for_clients(scope) else self._health
            await application(scope, _limited(receive), _closing(send))
            return
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        if refusal == 405:
            posted = self._pages.takes_body(scope["path"])
            headers.append((b"allow", b"GET, HEAD, POST" if posted else b"GET, HEAD"))
        await send({"type": "http.response.start", "status": refusal, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _for_clients(self, scope: Scope) -> bool:
        name = asked_name(scope)
        if not name and not _is_near(scope):
            return True
        public = name != "localhost" and self._pages.has_name(name)
        return public or self._pages.has_path(scope["path"])

    def _refusal(self, scope: Scope) -> int | None:
        headers = scope["headers"]
        hosts = sum(name == b"host" for name, _ in headers)
        if hosts > 1 or (hosts and not self._is_ours(asked_name(scope))):
            return 421  # RFC 9110 §15.5.20
        if sum(len(name) + len(value) for name, value in headers) > REQUEST_OCTETS:
            return 431  # h11 looks only at what comes in several pieces
        if scope["method"] == "POST" and self._pages.takes_body(scope["path"]):
            told = dict(headers).get(b"content-length", b"0")
            return 413 if int(told[:10]) > BODY_OCTETS else None
        if scope["method"] not in ("GET", "HEAD"):
            return 405
        if any(name in _BODIES and value != b"0" for name, value in headers):
            return 413
        return None

    def _is_ours(self, name: str) -> bool:
        """An address can't be rebound: only names are compared."""
        if name in self._names or self._pages.has_name(name):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def _is_near(scope: Scope) -> bool:
    try:
        return ip_address(scope["client"][0]).is_loopback
    except (TypeError, ValueError):
        return False


def asked_name(scope: Scope) -> str:
    """The host that is asked, in lower case, without port and final dot; "" where none is named."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode(
        "latin-1"
    )
    bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return bare.strip("[]").rstrip(".").lower()


def _limited(receive: Receive) -> Receive:
    """Raises HTTPException where more comes than a body may have; a web server on the way may have
    taken its size away.
    """
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_OCTETS:
            raise HTTPException(413)
        return message

    return limited


def _closing(send: Send) -> Send:
    """One request a connection: nobody holds a place for what he may ask later."""

    async def closing(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            message = {**message, "headers": headers}
        await send(message)

    return closing
