"""Many clients, few connections: everybody is served, the slow and the greedy hold nobody up."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.installation import Installation
from tests.e2e.raw_line import RawLine, peak_kib, signed_in
from tests.patience import until

CLIENTS = 200
ALLOWED = 15  # Gmail's number
MAILS = 300
BIG_MAILS = 40
BIG_OCTETS = 1024 * 1024
SILENT_CLIENTS = 20
READINGS = 50  # of a colleague, while others download and don't read
# Each silent client is good for 1.5 MiB and the socket's buffers, not for the 40 MiB it asked for.
GROWTH_KIB = (SILENT_CLIENTS * 4 + 64) * 1024


def read_some(proxy: Installation, number: int) -> None:
    with proxy.imap(("anna", "ben")[number % 2]) as client:
        ok(client.select("INBOX", readonly=True))
        for uid in random.Random(number).sample(range(1, MAILS + 1), 3):
            data = ok(client.uid("FETCH", str(uid), "(BODY.PEEK[])"))
            assert b"Message-ID" in data[0][1]  # type: ignore[index]


@pytest.mark.parametrize("allowed", [ALLOWED, 2, 1])
def test_two_hundred_clients_are_served(found_company: object, allowed: int) -> None:
    # Little is remembered, so that nearly each mail is asked of the provider.
    settings = "[cache]\ndisk_bytes = 0\nmemory_bytes = 1048576\n"
    company: Company = found_company(  # type: ignore[operator]
        count=MAILS, max_connections=allowed, more=settings
    )
    failures: list[str] = []

    def work(number: int) -> None:
        try:
            read_some(company.proxy, number)
        except Exception as error:  # told by the test, not lost in the thread
            failures.append(f"client {number}: {error!r}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in threads):
        most = max(most, company.dovecot.connections())
        time.sleep(0.05)
    assert not failures, failures[:3]
    assert 1 <= most <= min(allowed, 3)
    word, said = company.proxy.http("/readyz")
    assert word == 200, said
    notices = json.loads(said).get("notices", [])
    metrics = company.proxy.http("/metrics")[1]
    limited = 'proxyd_upstream_limited{mailbox="support"}'
    if allowed >= 3:
        assert not notices
        assert f"{limited} 0.0" in metrics
    else:
        assert f"the provider gives us {allowed} of 3 connections" in notices[0]
        assert f"{limited} 1.0" in metrics
        assert company.proxy.log().count("the provider gives us") == 1
    company.proxy.typed("audit", "verify")


def test_who_asks_for_everything_and_reads_nothing_holds_nobody_up(found_company: object) -> None:
    settings = "[cache]\ndisk_bytes = 0\nmemory_bytes = 1048576\n"
    company: Company = found_company(count=MAILS, more=settings)  # type: ignore[operator]
    proxy = company.proxy
    text = b"x" * 70 + b"\n"
    for number in range(BIG_MAILS):
        head = b"Subject: big %d\nMessage-ID: <big%d@x>\n\n" % (number, number)
        company.dovecot.deliver(head + text * (BIG_OCTETS // len(text)))
    proxy.wait_synced(MAILS + BIG_MAILS)
    before = peak_kib(proxy)
    with contextlib.ExitStack() as stack:
        for _ in range(SILENT_CLIENTS):
            line = stack.enter_context(signed_in(proxy, "anna", receive_buffer=8192))
            line.ask(b"EXAMINE INBOX")
            line.send(b"f UID FETCH %d:* (BODY.PEEK[])\r\n" % (MAILS + 1))
        with proxy.imap("ben") as client:
            ok(client.select("INBOX"))
            for _ in range(READINGS):  # each is answered, or the client's own patience ends
                uid = str(random.randint(1, MAILS))
                ok(client.uid("FETCH", uid, "(BODY.PEEK[])"))
    assert peak_kib(proxy) - before < GROWTH_KIB


# ---------------------------------------------------------------- sockets


def test_no_socket_holds_small_packets_back(company: Company) -> None:
    """TCP_NODELAY on the doors and towards the provider, asked of the kernel."""
    proxy = company.proxy
    doors = ("imap-tls", "imap-starttls", "smtp-tls", "smtp-starttls")
    with contextlib.ExitStack() as stack:
        for door in doors:
            stack.enter_context(RawLine(proxy, door))
        expected = len(doors) + 2  # the watcher and a worker at least, which may just connect anew
        until(lambda: len(held_back(proxy.pid)) >= expected)
        delays = held_back(proxy.pid)
    assert not [names for names, held in delays.items() if held]


def held_back(pid: int) -> dict[str, bool]:
    """By both ends' names: is Nagle's algorithm on?"""
    libc = ctypes.CDLL(None, use_errno=True)
    found: dict[str, bool] = {}
    process = os.pidfd_open(pid)
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if not os.readlink(entry).startswith("socket:"):
                    continue
                # pidfd_getfd(2): a descriptor of another process, here the server's socket.
                copy = libc.syscall(438, process, int(entry.name), 0)
                assert copy >= 0, os.strerror(ctypes.get_errno())
                with socket.socket(fileno=copy) as line:
                    if line.family in (socket.AF_INET, socket.AF_INET6):
                        ends = f"{line.getsockname()} {line.getpeername()}"
                        set_ = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                        found[ends] = not set_
    finally:
        os.close(process)
    return found
