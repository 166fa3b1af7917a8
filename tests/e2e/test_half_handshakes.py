"""Half handshakes on every door of a proxy that may open 80 files: who is signed in works on,
others come in, the log says who was turned away and why, and no descriptor is ever missing.
"""

from __future__ import annotations

import imaplib
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S, until

FILES = 80
PAUSE_S = 0.001  # between two of a storm that goes on
DOORS = {
    "imap-tls": b"\x16\x03\x01",
    "imap-starttls": b"a STARTTLS\r\n",
    "smtp-tls": b"\x16\x03\x01",
    "smtp-starttls": b"EHLO x\r\nSTARTTLS\r\n",
    "http": b"GET /healthz HT",
}
ELSEWHERE = ("127.0.0.2", 0)


@pytest.fixture(scope="module")
def cramped(found_company: Callable[..., Company]) -> Company:
    company = found_company()
    company.proxy.stop()
    company.proxy.start(open_files=FILES)
    company.proxy.wait_synced(20)
    return company


@contextmanager
def storm(proxy: Installation, count: int) -> Iterator[None]:
    """``count`` connections to each door, all held open by who made them; then they go on coming
    at one.
    """
    over = threading.Event()

    def go_on() -> None:
        held: deque[socket.socket] = deque()
        while not over.wait(PAUSE_S):
            held.append(begun(proxy, "imap-tls"))
            if len(held) > count:
                held.popleft().close()
        for sock in held:
            sock.close()

    going_on = threading.Thread(target=go_on)
    with ExitStack() as held:
        for number in range(count * len(DOORS)):
            held.enter_context(begun(proxy, [*DOORS][number % len(DOORS)]))
        going_on.start()
        try:
            yield
        finally:
            over.set()
            going_on.join()


def begun(proxy: Installation, door: str) -> socket.socket:
    sock = socket.socket()
    sock.settimeout(PATIENCE_S)
    with suppress(ConnectionError):
        sock.connect(("127.0.0.1", proxy.ports[door]))
        sock.sendall(DOORS[door])
    return sock


def signed_in_from_elsewhere(proxy: Installation) -> None:
    sock = socket.create_connection(
        ("127.0.0.1", proxy.ports["imap-tls"]), PATIENCE_S, source_address=ELSEWHERE
    )
    client = _Over(proxy.trust().wrap_socket(sock, server_hostname="localhost"))
    ok(client.login("ben", PASSWORD))
    ok(client.select("INBOX"))
    client.logout()


class _Over(imaplib.IMAP4):
    """On a connection that exists."""

    def __init__(self, sock: socket.socket) -> None:
        self._given = sock
        super().__init__()

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._given


def turned_away(proxy: Installation) -> dict[tuple[str, str], float]:
    rows = re.findall(
        r'proxyd_turned_away_total\{door="(\w+)",reason="(\w+)"\} (\S+)', proxy.http("/metrics")[1]
    )
    return {(door, reason): float(count) for door, reason, count in rows}


@pytest.mark.parametrize("count", [60, 200])
def test_a_storm_of_half_handshakes(cramped: Company, count: int) -> None:
    proxy = cramped.proxy
    with proxy.imap("anna") as colleague, proxy.smtp("anna") as sender:
        ok(colleague.select("INBOX"))
        with storm(proxy, count):
            for _ in range(5):
                ok(colleague.uid("FETCH", "1:5", "(FLAGS BODY.PEEK[])"))
                assert sender.noop()[0] == 250
                signed_in_from_elsewhere(proxy)
            assert proxy.http("/healthz")[0] == 200
        until(lambda: _new_login(proxy), "nobody can sign in after the storm")
        ok(colleague.noop())
        assert sender.noop()[0] == 250
    counted = turned_away(proxy)
    assert {("imap", "crowded"), ("smtp", "crowded"), ("http", "crowded")} <= counted.keys()
    assert not [key for key in counted if key[1] == "descriptors"], counted
    log = proxy.log()
    for door in ("imap", "smtp", "http"):
        assert re.search(rf"warning \S+ {door}: 127\.0\.0\.1 turned away: ", log)
    assert log.count(" turned away: ") < 12, log
    assert "Traceback" not in log and "Too many open files" not in log


@pytest.mark.parametrize("door", ["imap", "smtp"])
def test_who_speaks_no_tls_is_named_and_who_just_looks_in_is_not(
    cramped: Company, door: str
) -> None:
    proxy = cramped.proxy
    before = turned_away(proxy).get((door, "handshake"), 0)
    for _ in range(5):  # as a load balancer looks whether somebody is there
        with socket.create_connection(("127.0.0.1", proxy.ports[f"{door}-tls"]), PATIENCE_S):
            pass
    with socket.create_connection(("127.0.0.1", proxy.ports[f"{door}-tls"]), PATIENCE_S) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with suppress(ConnectionError):
            while sock.recv(4096):
                pass
    until(lambda: turned_away(proxy).get((door, "handshake"), 0) == before + 1)
    assert f"{door}: 127.0.0.1 turned away: the TLS handshake failed" in proxy.log()


def _new_login(proxy: Installation) -> bool:
    with suppress(OSError, imaplib.IMAP4.abort), proxy.imap("ben") as client:
        ok(client.select("INBOX"))
        return True
    return False
