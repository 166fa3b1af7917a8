"""Who may ask what at the HTTP door (admin/only_ours.py)."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from admin.client_pages import AUTOCONFIG, OUTLOOK, ClientPages
from admin.health import Checks, application
from admin.only_ours import BODY_OCTETS, OnlyOurs
from tests.admin.asking import Serve, asked, get, post
from tests.admin.client_setup.some_facts import FACTS
from tests.admin.conftest import well
from tests.patience import PATIENCE_S

PUBLIC = ("example.test", "autoconfig.example.test", "autodiscover.example.test")
PIECE = b"x" * 0x1000
CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("localhost"), 200),
        (get("localhost:9180"), 200),
        (get("127.0.0.1:9180"), 200),
        (get("[::1]:9180"), 200),
        (get("[::1]"), 200),
        (get("MAIL.example.test."), 200),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (get("localhost", verb="HEAD"), 200),
        (get("evil.example"), 421),
        (get("evil.example:9180"), 421),
        (get("localhost.evil.example"), 421),
        (get("localhost", verb="POST", more="Content-Length: 0\r\n"), 405),
        (get("localhost", verb="DELETE"), 405),
        (get("localhost", verb="OPTIONS"), 405),
        (get("localhost", more="Content-Length: 5\r\n") + b"hello", 413),
        (get("localhost", more=CHUNKED), 413),
        (get("localhost", path="/secrets"), 404),
        (get("localhost", more="X: " + "x" * 20_000 + "\r\n"), 431),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
    ],
)
async def test_who_may_ask_for_health(serve: Serve, request_: bytes, status: int) -> None:
    said = await asked(await serve(), request_)
    assert said.startswith(b"HTTP/1.1 %d " % status), said[:200]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "//metrics", "/metrics/"])
@pytest.mark.parametrize("name", [*PUBLIC, "Autoconfig.EXAMPLE.test.:443"])
async def test_the_world_is_told_no_health(serve: Serve, name: str, path: str) -> None:
    """By the names that a web server passes on, whatever it passes on."""
    port = await serve()
    assert (await asked(port, get(name, path))).startswith(b"HTTP/1.1 404 ")
    absolute = get(name, f"http://localhost{path}")
    assert b" 200 " not in (await asked(port, absolute)).splitlines()[0]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("autoconfig.example.test", AUTOCONFIG[0]), 200),
        (get("example.test", AUTOCONFIG[1], verb="HEAD"), 200),
        (get("127.0.0.1:9180", AUTOCONFIG[0]), 200),
        (get("evil.example", AUTOCONFIG[0]), 421),
        (get("autoconfig.evil.example", AUTOCONFIG[0]), 421),
        (post("autoconfig.example.test", AUTOCONFIG[0], b""), 405),
        (get("autoconfig.example.test", AUTOCONFIG[0], "PUT"), 405),
        (get("example.test", AUTOCONFIG[0], more="Content-Length: 5\r\n") + b"hello", 413),
        (post("autodiscover.example.test", OUTLOOK, b"no XML"), 200),
        (post("localhost", OUTLOOK.upper(), b"no XML"), 200),
        (post("evil.example", OUTLOOK, b"no XML"), 421),
        (post("example.test", OUTLOOK, b"x" * BODY_OCTETS), 200),
        (post("example.test", OUTLOOK, b"x" * (BODY_OCTETS + 1)), 413),
        (get("example.test", OUTLOOK, "POST", "Content-Length: 99999999999999\r\n"), 413),
        (get("example.test", OUTLOOK, "POST"), 200),
        (get("example.test", OUTLOOK, "POST", CHUNKED) + b"3\r\n<a>\r\n0\r\n\r\n", 200),
        (get("example.test", OUTLOOK, "POST", CHUNKED) + b"1000\r\n%b\r\n" % PIECE * 3, 413),
        (get("example.test", OUTLOOK, "POST", CHUNKED) + b"zz\r\n", 400),
        (get("example.test", OUTLOOK, "POST", "Content-Length: -1\r\n"), 400),
        (get("example.test", OUTLOOK, "PUT"), 405),
        (post("example.test", "/healthz", b"x"), 405),
        (post("example.test", OUTLOOK, b"x", f"X: {'x' * 9000}\r\n"), 431),
    ],
)
async def test_who_may_ask_for_settings(serve: Serve, request_: bytes, status: int) -> None:
    said = await asked(await serve(), request_)
    assert said.startswith(b"HTTP/1.1 %d " % status), said[:200]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("client", "status"),
    [
        (("127.0.0.1", 1), 200),
        (("::1", 1), 200),
        (("192.0.2.7", 1), 404),
        (("2001:db8::7", 1), 404),
        (("somebody", 1), 404),
        (None, 404),
    ],
)
async def test_who_names_nobody_is_told_no_health_but_on_this_machine(
    path: str, client: tuple[str, int] | None, status: int
) -> None:
    pages = ClientPages()
    pages.renew(FACTS)
    ours = OnlyOurs(application(Checks(well, well, lambda: b"up 1\n")), frozenset(), pages)
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    await ours({**scope, "client": client}, receive, send)
    assert said[0]["status"] == status


async def test_a_stranger_behind_a_web_server_on_this_machine_is_one(serve: Serve) -> None:
    port = await serve()
    bare = "GET /metrics HTTP/1.0\r\n{}\r\n"
    assert b" 200 " in (await asked(port, bare.format("").encode())).splitlines()[0]
    passed_on = bare.format("X-Forwarded-For: 192.0.2.7\r\n").encode()
    assert b" 404 " in (await asked(port, passed_on)).splitlines()[0]


async def test_what_is_allowed_is_told(serve: Serve) -> None:
    port = await serve()
    for path, verbs in ((OUTLOOK, b"GET, HEAD, POST"), ("/healthz", b"GET, HEAD")):
        said = await asked(port, get("localhost", path, "DELETE"))
        assert b"\r\nallow: %b\r\n" % verbs in said


async def test_a_body_that_never_comes_ends_with_its_time(serve: Serve) -> None:
    port = await serve(life_s=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(get("example.test", OUTLOOK, "POST", "Content-Length: 500\r\n") + b"<a>")
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.read() == b""
    writer.close()
    assert (await asked(port, get("localhost"))).startswith(b"HTTP/1.1 200 ")
