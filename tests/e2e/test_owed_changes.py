"""The provider is gone: what was acknowledged reaches it later, whoever is killed in between.

A real Dovecot is stopped and started again, the proxy is killed (kill -9) while it owes something
and while it delivers, and a client that goes to Dovecot directly says what has arrived.
"""

from __future__ import annotations

import imaplib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import flags, ok
from tests.patience import PATIENCE_S, until

MAILS = 400
# Some milliseconds; who comes when it is time to try again has the door knocked at for half a
# second (upstream/timings.py), and the machine may have other things to do.
KILLS = 3
DELIVERY_S = 0.3  # about the time it takes

NEEDS_THE_PROVIDER: dict[str, Callable[[imaplib.IMAP4], tuple[str, list[bytes]]]] = {
    "APPEND": lambda client: client.append("INBOX", "", "", b"Subject: x\r\n\r\ny\r\n"),
    "COPY": lambda client: client.copy("1", "Archive"),
    "MOVE": lambda client: client.uid("MOVE", "1", "Archive"),
    "EXPUNGE": lambda client: client.uid("EXPUNGE", "9"),
    "CREATE": lambda client: client.create("New"),
    "DELETE": lambda client: client.delete("Archive"),
    "RENAME": lambda client: client.rename("Archive", "Old"),
    "FETCH of a body": lambda client: client.fetch("399", "(BODY.PEEK[])"),
    "SEARCH of texts": lambda client: client.search(None, "TEXT", "nowhere"),
}
GOES_ON: dict[str, Callable[[imaplib.IMAP4], tuple[str, list[bytes]]]] = {
    "NOOP": lambda client: client.noop(),
    "LIST": lambda client: client.list(),
    "STATUS": lambda client: client.status("Archive", "(MESSAGES UNSEEN)"),
    "FETCH of flags": lambda client: client.fetch("1:*", "(UID FLAGS)"),
    "SEARCH of flags": lambda client: client.search(None, "UNFLAGGED"),
    "STORE of a flag": lambda client: client.store("1", "+FLAGS", "(\\Flagged)"),
    "STORE of a status": lambda client: client.store("1", "+FLAGS", "($status-hold)"),
    "STORE of one's own": lambda client: client.store("1", "+FLAGS", "(\\Seen)"),
    "SELECT": lambda client: client.select("INBOX"),
}


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Iterator[Company]:
    company = found_company(count=MAILS)
    yield company
    assert "Traceback" not in company.proxy.log()
    company.proxy.typed("audit", "verify")


@contextmanager
def gone(office: Company) -> Iterator[None]:
    """The provider, and the proxy knows."""
    office.dovecot.stop()
    until(lambda: office.proxy.http("/readyz")[0] == 503)
    try:
        yield
    finally:
        office.dovecot.start()


def upstream_flags(office: Company) -> dict[int, set[str]]:
    """Without the proxy between: by UID."""
    dovecot = office.dovecot
    client = imaplib.IMAP4(dovecot.host, dovecot.plain_port, timeout=PATIENCE_S)
    try:
        client.login(dovecot.user, dovecot.password)
        ok(client.select("INBOX", readonly=True))
        return flags(client)
    finally:
        client.shutdown()


def with_flag(found: dict[int, set[str]], flag: str) -> set[int]:
    return {uid for uid, words in found.items() if flag in words}


def test_killed_between_the_acknowledgement_and_the_delivery(office: Company) -> None:
    proxy, random = office.proxy, Random(5)
    with gone(office):
        with proxy.imap("anna") as client:
            ok(client.select("INBOX"))
            ok(client.store("1:300", "+FLAGS", "(\\Flagged important)"))
            ok(client.store("1:100", "-FLAGS", "(\\Flagged)"))
            ok(client.store("7", "+FLAGS", "(\\Draft)"))
            ok(client.store("8", "+FLAGS", "(\\Deleted)"))
        proxy.kill()
        proxy.start()
        with proxy.imap("ben") as client:  # signs in, and sees it
            ok(client.select("INBOX"))
            shown = flags(client)
            assert with_flag(shown, "\\Flagged") == set(range(101, 301))
            assert with_flag(shown, "important") == set(range(1, 301))
    for _ in range(KILLS):
        time.sleep(random.random() * DELIVERY_S)  # not a wait: the dice say where it dies
        proxy.kill()
        proxy.start()
    until(lambda: with_flag(upstream_flags(office), "\\Flagged") == set(range(101, 301)))
    until(lambda: with_flag(upstream_flags(office), "important") == set(range(1, 301)))
    until(lambda: with_flag(upstream_flags(office), "\\Draft") == {7})
    assert with_flag(upstream_flags(office), "\\Deleted") == set(), "that is never told"
    with proxy.imap("anna") as client:
        ok(client.select("INBOX"))
        assert with_flag(flags(client), "\\Deleted") == {8}
    with proxy.imap("ben") as client:
        ok(client.select("INBOX"))
        assert with_flag(flags(client), "\\Flagged") == set(range(101, 301))


def test_everything_is_answered_while_the_provider_is_gone(office: Company) -> None:
    """A client does not wait for a connection that nobody can open: it would wait for ever here."""
    office.proxy.add_person("mara", "Mara", "support:manage")  # who may remove folders
    with gone(office), office.proxy.imap("mara") as client:
        ok(client.select("INBOX"))
        ok(client.store("9", "+FLAGS", "(\\Deleted)"))
        for kind, work in (NEEDS_THE_PROVIDER | GOES_ON).items():
            word, said = work(client)
            if kind in NEEDS_THE_PROVIDER:
                assert word == "NO", kind
                assert re.match(rb"\[UNAVAILABLE\] .*[a-z]$", said[0]), (kind, said)
            else:
                assert word == "OK", (kind, said)
        with office.proxy.imap("ben"):
            pass


def test_what_is_owed_is_told_to_who_asks(office: Company) -> None:
    proxy = office.proxy
    # As an installation has it, so that the command finds the proxy: a port of its own.
    told = proxy.config.read_text()
    port = proxy.ports["http"]
    free = '[http]\nlisten = "127.0.0.1:0"'
    proxy.config.write_text(told.replace(free, f'[http]\nlisten = "127.0.0.1:{port}"'))

    def owed() -> int:
        (row,) = json.loads(proxy.command("mailbox", "status", "--json"))
        return int(row["owed"])

    until(lambda: owed() == 0)
    with gone(office):
        with proxy.imap("anna") as client:
            ok(client.select("INBOX"))
            ok(client.store("20:29", "+FLAGS", "(\\Flagged)"))
        (row,) = json.loads(proxy.command("mailbox", "status", "--json"))
        assert row["owed"] == 10
        assert row["oldest"]
        assert re.search("answer|refused|lost|close|broke", row["provider"]), row
        assert row["provider"] != "answers"
        assert "still to be told of 10 changes of flags" in "".join(row["notices"])
        assert 'proxyd_upstream_owed{mailbox="support"} 10.0' in proxy.http("/metrics")[1]
    until(lambda: owed() == 0)
    until(lambda: proxy.http("/readyz")[0] == 200)
    assert " answers " in proxy.command("mailbox", "status")
    assert "is up after" in proxy.log()
