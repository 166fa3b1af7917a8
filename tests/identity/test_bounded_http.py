"""Over real sockets: whose certificate counts, and what is not waited for
(proxyd/identity/bounded_http.py; the rest is in test_openid_connect.py).
"""

from __future__ import annotations

import asyncio
import ssl

import pytest

from proxyd.domain.errors import ProviderUnavailable
from proxyd.identity.bounded_http import ANSWER_LIMIT, ANSWER_S, get_json, network
from tests.servers.certificates import make_ca

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'


class Server:
    """Says the same to everybody; ``head``: what the last one asked."""

    def __init__(self, answer: bytes, context: ssl.SSLContext | None = None) -> None:
        self._answer = answer
        self._context = context
        self.head = b""

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._say, "127.0.0.1", 0, ssl=self._context)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def address(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://localhost:{self._server.sockets[0].getsockname()[1]}/x"

    async def _say(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.head = await reader.readuntil(b"\r\n\r\n")
        writer.write(self._answer)
        writer.close()


async def trouble(address, new, seconds=ANSWER_S):
    with pytest.raises(ProviderUnavailable) as failed:
        await get_json(new, address, seconds=seconds)
    return failed.value.reason


async def test_a_certificate_of_one_s_own_authority(tmp_path):
    made = make_ca(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    async with Server(GOOD, context) as server:
        assert await get_json(network(made.ca), server.address, seconds=ANSWER_S) == {"a": 1}
        assert "ConnectError" in await trouble(server.address, network(None))
        by_number = server.address.replace("localhost", "127.0.0.2")
        assert "ConnectError" in await trouble(by_number, network(made.ca)), "another name"


async def test_what_the_machine_says_of_proxies_does_not_count(monkeypatch):
    async with Server(GOOD) as proxy, Server(GOOD) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        assert await get_json(network(None), server.address, seconds=ANSWER_S) == {"a": 1}
        assert proxy.head == b"" and b"accept-encoding: identity" in server.head.lower()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n",
            "302",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (ANSWER_LIMIT + 1), "is longer than"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "packed"),
        (b"SSH-2.0-x\r\n\r\n", "RemoteProtocolError"),
        (b"", "RemoteProtocolError"),
    ],
    ids=["redirect", "long", "cut", "packed", "no-http", "silent"],
)
async def test_what_is_no_answer(answer, says):
    async with Server(answer) as server:
        assert says in await trouble(server.address, network(None))
