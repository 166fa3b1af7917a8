"""The provider freezes, dies, breaks off, refuses the password, talks nonsense, or never answers.

Lists, flags and states go on for everybody; what needs the provider answers NO [UNAVAILABLE] in
bounded time; when the provider is well again everything is, without anybody doing anything.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.corpus import mails
from tests.e2e.conftest import Company
from tests.e2e.hammers import flags, ok
from tests.e2e.installation import Installation
from tests.e2e.raw_line import peak_kib
from tests.effort import effort_of_process_below
from tests.patience import until
from tests.servers.meddler import MODES, Meddler

MAILS = 60
UNREAD = MAILS  # the number of a mail that nobody gets to read: it is in no cache
CONNECT_S, COMMAND_S = 2, 5
# The [upstream] section is open where this is put in.
IMPATIENT = f"connect_s = {CONNECT_S}\ncommand_s = {COMMAND_S}\n"
LITTLE_S = 2.0  # of processor time
GROWTH_KIB = 64 * 1024


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Iterator[Company]:
    company = found_company(count=MAILS, more=IMPATIENT)
    pid = company.proxy.pid
    yield company
    assert company.proxy.pid == pid
    assert "Traceback" not in company.proxy.log()
    company.proxy.typed("audit", "verify")


@pytest.fixture(autouse=True)
def well_before_and_after(office: Company) -> Iterator[None]:
    well(office.proxy)
    yield
    well(office.proxy)
    assert body(office.proxy)[0] == "OK"


# ---------------------------------------------------------------- what is looked at


def well(proxy: Installation) -> None:
    until(lambda: proxy.http("/readyz")[0] == 200)


def ill(proxy: Installation) -> str:
    """Until readiness says 503; its reasons."""
    said = 0, ""

    def not_ready() -> bool:
        nonlocal said
        said = proxy.http("/readyz")
        return said[0] == 503

    until(not_ready)
    assert proxy.http("/healthz")[0] == 200
    return said[1]


def body(proxy: Installation, number: int = 1) -> tuple[str, list[bytes]]:
    """Fetch a mail, in a session of its own."""
    with proxy.imap("anna") as client:
        ok(client.select("INBOX"))
        return client.fetch(str(number), "(BODY.PEEK[])")


def refused(proxy: Installation) -> bytes:
    """A mail can't be had: the sentence."""
    word, said = body(proxy, UNREAD)
    assert word == "NO", said
    assert said[0].startswith(b"[UNAVAILABLE] ")
    return said[0]


def work_goes_on(proxy: Installation, status: str) -> None:
    """A colleague signs in, looks at the lists, reads flags, and takes a mail."""
    with effort_of_process_below(proxy.pid, LITTLE_S), proxy.imap("ben") as client:
        ok(client.list())
        ok(client.select("INBOX"))
        assert len(flags(client)) >= MAILS
        ok(client.store("1", "+FLAGS", f"($status-{status})"))
        ok(client.store("2", "+FLAGS", "(\\Seen)"))
        ok(client.status("Status/Open", "(MESSAGES UNSEEN)"))
        ok(client.select("Status/Unassigned"))
        assert len(flags(client)) >= 1


def status_of_first(proxy: Installation) -> set[str]:
    with proxy.imap("anna") as client:
        ok(client.select("INBOX"))
        rows = ok(client.fetch("1", "(FLAGS)"))
        return {word.decode() for word in re.findall(rb"\$status-[a-z]+", rows[0])}


def messages(proxy: Installation) -> int:
    with proxy.imap("anna") as client:
        counted = ok(client.status("INBOX", "(MESSAGES)"))[0]
        return int(re.findall(rb"MESSAGES (\d+)", counted)[0])


# ---------------------------------------------------------------- a real provider in trouble


def test_a_frozen_provider(office: Company) -> None:
    proxy = office.proxy
    office.dovecot.freeze()
    try:
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(refused, proxy)
            while not waiting.done():
                work_goes_on(proxy, "hold")
            waiting.result()
        work_goes_on(proxy, "checking")
        assert "support" in ill(proxy)
    finally:
        office.dovecot.thaw()
    well(proxy)
    assert status_of_first(proxy) == {"$status-checking"}


def test_a_provider_that_dies_and_comes_back_with_new_mail(office: Company) -> None:
    proxy = office.proxy
    before = messages(proxy)
    office.dovecot.stop()
    try:
        refused(proxy)
        assert "support" in ill(proxy)
        work_goes_on(proxy, "done")
        with proxy.imap("anna") as client:  # what would have to be stored there
            assert client.append("Drafts", "", "", b"Subject: x\r\n\r\ny\r\n")[0] == "NO"
            ok(client.select("INBOX"))
            assert client.uid("MOVE", "3", "Archive")[0] == "NO"
            ok(client.store("3", "+FLAGS", "(\\Flagged)"))  # it will hear of it
        office.dovecot.deliver(next(iter(mails(1, seed=99)))[0])
    finally:
        office.dovecot.start()
    until(lambda: messages(proxy) == before + 1)
    assert status_of_first(proxy) == {"$status-done"}


def test_broken_connections_are_not_noticed(office: Company) -> None:
    proxy = office.proxy
    before = messages(proxy)
    with proxy.imap("anna") as client:
        ok(client.select("INBOX"))
        for number in range(11, 16):  # not read before
            assert office.dovecot.drop_connections() >= 1
            ok(client.fetch(str(number), "(BODY.PEEK[])"))
    office.dovecot.deliver(next(iter(mails(1, seed=98)))[0])
    until(lambda: messages(proxy) == before + 1)


def test_another_password_at_the_provider(office: Company) -> None:
    proxy, dovecot = office.proxy, office.dovecot
    dovecot.set_password(dovecot.user, "brand new")
    dovecot.drop_connections()
    said = refused(proxy)
    assert b"brand new" not in said
    assert b"admin" in said
    reasons = ill(proxy)
    assert dovecot.password not in reasons
    work_goes_on(proxy, "hold")
    proxy.typed("mailbox", "set", "support", "--password-stdin", stdin="brand new\n")
    well(proxy)
    assert body(proxy)[0] == "OK"
    assert "brand new" not in proxy.log()


# ---------------------------------------------------------------- a provider that no server is


@pytest.fixture(scope="module")
def meddler(office: Company) -> Iterator[Meddler]:
    meddler = Meddler(office.dovecot.plain_port)
    user = office.dovecot.user.replace("@", "%40")
    address = f"imap://{user}@127.0.0.1:{meddler.port}"
    office.proxy.typed("mailbox", "set", "support", "--imap", address)
    until(lambda: meddler.connections)
    yield meddler
    meddler.close()


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in ("pass", "closed")])
def test_a_provider_out_of_its_mind(office: Company, meddler: Meddler, mode: str) -> None:
    proxy = office.proxy
    before = peak_kib(proxy)
    meddler.set_mode(mode)
    try:
        refused(proxy)
        work_goes_on(proxy, "open")
        refused(proxy)
        assert peak_kib(proxy) - before < GROWTH_KIB
    finally:
        meddler.set_mode("pass")
    until(lambda: body(proxy, UNREAD - 1 - list(MODES).index(mode))[0] == "OK")


def test_who_was_waiting_when_it_broke_is_told(office: Company, meddler: Meddler) -> None:
    """The session stays, and the next command works."""
    with office.proxy.imap("anna") as client:
        ok(client.select("INBOX"))
        meddler.set_mode("close in mid-literal")
        try:
            assert client.fetch("1:*", "(BODY.PEEK[])")[0] == "NO"
            assert isinstance(client.noop(), tuple)
        finally:
            meddler.set_mode("pass")
        until(lambda: fetched(client))


def fetched(client: imaplib.IMAP4) -> bool:
    return client.fetch("1", "(BODY.PEEK[])")[0] == "OK"
