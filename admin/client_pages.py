"""What mail clients ask the web for before they have an account: their settings, by mail domain.

Strangers ask, through a web server with TLS. So: nothing that depends on which mailboxes or logins
exist, only on the domains; and no work for each request but finding an answer that is ready. What
is for people with a token has pages of its own (tag_pages.py), which are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from admin.client_setup.autoconfig import autoconfig
from admin.client_setup.autodiscover import (
    INVALID_REQUEST,
    NotAsked,
    asked_address,
    autodiscover,
    refusal,
)
from admin.client_setup.web_host import in_ascii, names_of, web_host
from admin.only_ours import asked_name
from proxyd.domain.client_facts import ClientFacts

AUTOCONFIG: Final = ("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml")
OUTLOOK: Final = "/autodiscover/autodiscover.xml"  # in any case of letters
OUTLOOK_2: Final = "/autodiscover/autodiscover.json"

_XML: Final = "text/xml; charset=utf-8"
_HOUR: Final = {"cache-control": "max-age=3600"}  # a change may take so long to be seen
_NEVER: Final = {"cache-control": "no-store"}


class ClientPages:
    """An ASGI application, and for whom it is. Nothing is served before the first ``renew``."""

    def __init__(self, others: Sequence[Route] = ()) -> None:
        self._others = frozenset(route.path for route in others)
        self._facts: ClientFacts | None = None
        self._names: Mapping[str, str] = {}
        self._documents: Mapping[str, bytes] = {}
        self._application = Starlette(
            routes=[
                *(Route(path, self._autoconfig) for path in AUTOCONFIG),
                Route(OUTLOOK, self._outlook, methods=["GET", "POST"]),
                Route(OUTLOOK_2, self._outlook_2),
                Route(OUTLOOK_2 + "/v1.0/{address}", self._outlook_2),
                *others,
            ]
        )

    def renew(self, facts: ClientFacts) -> None:
        """Answer with these from now on."""
        domains = {mailbox.domain for mailbox in facts.mailboxes}
        self._names = names_of(facts)
        self._documents = {in_ascii(one): autoconfig(facts, one) for one in domains}
        self._facts = facts

    def has_name(self, name: str) -> bool:
        """Is it one that clients ask, in lower case and without a port?"""
        return name in self._names

    def has_path(self, path: str) -> bool:
        path = _path(path)
        return path in (*AUTOCONFIG, OUTLOOK, *self._others) or path.startswith(OUTLOOK_2)

    def takes_body(self, path: str) -> bool:
        return _path(path) == OUTLOOK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application({**scope, "path": _path(scope["path"])}, receive, send)

    async def _autoconfig(self, request: Request) -> Response:
        """By the address that is asked about; else by the name that is asked; else the only one."""
        document = self._documents.get(self._domain(request))
        if document is None:
            return PlainTextResponse("No mailbox here has this domain.\n", 404, _NEVER)
        return Response(document, headers=_HOUR, media_type=_XML)

    def _domain(self, request: Request) -> str:
        address = request.query_params.get("emailaddress", "")
        if address:
            return in_ascii(address.rpartition("@")[2])
        named = self._names.get(asked_name(request.scope), "")
        if named:
            return in_ascii(named)
        return next(iter(self._documents)) if len(self._documents) == 1 else ""

    async def _outlook(self, request: Request) -> Response:
        if request.method != "POST":
            return self._led_on(request)
        try:
            address = asked_address(await request.body())
        except NotAsked as error:
            return Response(refusal(error.code), headers=_NEVER, media_type=_XML)
        except ClientDisconnect:  # a stranger's, which must not fill the log
            return Response(status_code=400)
        facts = self._facts
        if facts is None or in_ascii(address.rpartition("@")[2]) not in self._documents:
            return PlainTextResponse("No mailbox here has this domain.\n", 404, _NEVER)
        return Response(autodiscover(facts, address), headers=_NEVER, media_type=_XML)

    def _led_on(self, request: Request) -> Response:
        """Outlook looks by GET, in clear, for a way to a server with a certificate; whoever is
        there already is told what to do as Exchange tells it.
        """
        there = self._facts is not None and asked_name(request.scope) == web_host(self._facts)[0]
        url = self._url()
        if url and not there:
            return RedirectResponse(url, 302, _NEVER)
        return Response(refusal(INVALID_REQUEST), headers=_NEVER, media_type=_XML)

    async def _outlook_2(self, request: Request) -> Response:
        """The newer Outlook asks where the older form is to be asked, and nothing else is here."""
        url = self._url()
        if request.query_params.get("Protocol", "").lower() == "autodiscoverv1" and url:
            return JSONResponse({"Protocol": "AutodiscoverV1", "Url": url}, headers=_NEVER)
        told = {"ErrorCode": "ProtocolNotSupported", "ErrorMessage": "Only AutodiscoverV1 is here."}
        return JSONResponse(told, 404, _NEVER)

    def _url(self) -> str:
        return self._facts.web + OUTLOOK if self._facts is not None and self._facts.web else ""


def _path(path: str) -> str:
    """Outlook writes its paths in any case of letters; all others are told apart by it."""
    lowered = path.lower()
    return lowered if lowered.startswith("/autodiscover/") else path
