"""HTTP to the provider, bounded in every direction (httpx2).

Invariants: no redirect is followed (RFC 9700 §4.12: a code or a secret would go along); an answer
has at most ``ANSWER_LIMIT`` octets, and none that are packed, for unpacked they might be any
number; all of it, name lookup included, takes at most ``ANSWER_S``. Certificates are checked.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx2

from proxyd.domain.errors import ProviderUnavailable

ANSWER_LIMIT = 256 * 1024  # a hundred keys with their certificates; Microsoft's are 20 KiB
ANSWER_S = 10.0  # a person waits before the screen
LINES = 20  # connections at a time

Transport = httpx2.AsyncBaseTransport
NewTransport = Callable[[], Transport]


def network(ca_file: Path | None) -> NewTransport:
    """To the real one. ``ca_file``: of a private authority; None: those of the system."""
    context = ssl.create_default_context(cafile=ca_file)

    def new() -> Transport:
        limits = httpx2.Limits(max_connections=LINES, max_keepalive_connections=0)
        # trust_env: no proxy and no .netrc of the machine's may see a secret unasked
        return httpx2.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False)

    return new


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Reads an answer to its end, or gives up."""

    def __init__(self, inner: Transport, *, limit: int = ANSWER_LIMIT) -> None:
        self._inner = inner
        self._limit = limit

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        answer = await self._inner.handle_async_request(request)
        try:
            content = await self._content(answer)
        finally:
            await answer.aclose()
        kept = {"content-type": answer.headers.get("content-type", "")}
        return httpx2.Response(answer.status_code, headers=kept, content=content, request=request)

    async def _content(self, answer: httpx2.Response) -> bytes:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise ProviderUnavailable("an answer is packed, which was not asked for")
        content = bytearray()
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        async for piece in answer.stream:
            content += piece
            if len(content) > self._limit:
                raise ProviderUnavailable(f"an answer is longer than {self._limit} octets")
        return bytes(content)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def get_json(new: NewTransport, address: str, *, seconds: float) -> dict[str, object]:
    """The JSON object at ``address``. Raises ProviderUnavailable."""
    try:
        async with asyncio.timeout(seconds):
            transport = BoundedTransport(new())
            async with httpx2.AsyncClient(
                transport=transport, trust_env=False, timeout=None
            ) as client:
                answer = await client.get(address, headers={"Accept": "application/json"})
    except TimeoutError:
        raise ProviderUnavailable(f"{address}: no answer in {seconds:g} s") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise ProviderUnavailable(f"{address}: {type(error).__name__}") from error
    if answer.status_code != 200:
        raise ProviderUnavailable(f"{address}: answered {answer.status_code}")
    return json_object(answer.content, address)


def json_object(octets: bytes, address: str) -> dict[str, object]:
    """Raises ProviderUnavailable."""
    try:
        found = json.loads(octets)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"{address}: the answer is not a JSON object")
    return found
