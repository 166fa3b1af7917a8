"""Health over HTTP: told apart by status code, fast, and without secrets."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import pytest

from admin import health
from admin.client_pages import ClientPages
from admin.health import Checks, application, serve_http
from tests.patience import PATIENCE_S


async def well() -> list[str]:
    return []


async def unwell() -> list[str]:
    return ["support: the provider does not answer"]


async def stuck() -> list[str]:
    await asyncio.sleep(60)
    return []


def client(checks: Checks) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(checks))
    return httpx.AsyncClient(transport=transport, base_url="http://proxyd")


@pytest.mark.parametrize(
    ("alive", "ready", "healthz", "readyz"),
    [(well, well, 200, 200), (well, unwell, 200, 503), (unwell, well, 503, 503)],
)
async def test_alive_and_ready_are_two_things(alive, ready, healthz: int, readyz: int) -> None:  # type: ignore[no-untyped-def]
    async with client(Checks(alive, ready, None)) as http:
        assert (await http.get("/healthz")).status_code == healthz
        answer = await http.get("/readyz")
    assert answer.status_code == readyz
    if readyz != 200:
        assert answer.json() == {
            "ok": False,
            "reasons": ["support: the provider does not answer"],
        }
    assert answer.headers["cache-control"] == "no-store"


async def test_what_an_admin_should_know_is_told_though_all_goes_on() -> None:
    async with client(Checks(well, well, None, lambda: ["support: 1 of 3 connections"])) as http:
        answer = await http.get("/readyz")
        assert (await http.get("/healthz")).json() == {"ok": True}
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "notices": ["support: 1 of 3 connections"]}


async def test_a_check_that_hangs_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_LIMIT_S", 0.02)
    async with client(Checks(stuck, well, None)) as http:
        answer = await http.get("/healthz")
    assert answer.status_code == 503 and "no answer" in answer.json()["reasons"][0]


async def test_metrics_can_be_switched_off() -> None:
    async with client(Checks(well, well, lambda: b"up 1\n")) as http:
        answer = await http.get("/metrics")
        assert (answer.text, answer.headers["content-type"][:10]) == ("up 1\n", "text/plain")
        assert (await http.post("/metrics")).status_code == 405
    async with client(Checks(well, well, None)) as http:
        assert (await http.get("/metrics")).status_code == 404


@pytest.fixture
async def port() -> AsyncIterator[int]:
    port, close = await serve_http("127.0.0.1", 0, Checks(well, well, None), ClientPages())
    yield port
    await close()


async def test_it_is_served_inside_the_running_loop(port: int) -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{port}/healthz")
    assert answer.json() == {"ok": True}
    assert "server" not in answer.headers
    assert signal.getsignal(signal.SIGTERM) is before  # it is the program's, not uvicorn's


async def test_a_taken_port_is_said_at_once(port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        await serve_http("127.0.0.1", port, Checks(well, well, None), ClientPages())


async def test_closing_ends_it_also_with_an_idle_client() -> None:
    port, close = await serve_http("127.0.0.1", 0, Checks(well, well, None), ClientPages())
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE_S):
        await close()
    writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_octets_that_are_no_http_do_no_harm(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x00\xff a1 LOGIN x y\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        assert (await reader.read(100)).startswith(b"HTTP/1.1 400")
    writer.close()
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
