"""RFC 3502 across kill -9: of the mails of one APPEND all are there or none, and a client that
repeats it has each of them once; behind a Dovecot that takes several at once, and behind a server
that knows RFC 3501 only.
"""

from __future__ import annotations

import imaplib
import itertools
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.hammers import ARCHIVE, DOMAIN, mail, ok, uid_map
from tests.e2e.installation import Installation
from tests.e2e.providers import Place, Places
from tests.e2e.raw_line import RawLine, signed_in
from tests.patience import until
from tests.servers.bare_imap import BareImap
from tests.servers.certificates import Certificates

COUNT = 60  # which take the bare server some 0.5 s, one by one

serial = itertools.count()


@pytest.fixture(scope="module")
def places(certificates: Certificates) -> Iterator[Places]:
    opened = Places(certificates, kinds=("dovecot", "bare"))
    opened.open()
    yield opened
    opened.close()


@contextmanager
def truth(place: Place) -> Iterator[imaplib.IMAP4]:
    """The Dovecot itself, without the proxy and the strict door between."""
    client = imaplib.IMAP4("127.0.0.1", place.provider.plain_port, timeout=30)
    try:
        client.login(place.provider.user, place.provider.password)
        yield client
    finally:
        client.shutdown()


def stored(client: imaplib.IMAP4) -> int:
    return int(re.findall(rb"MESSAGES (\d+)", ok(client.status(ARCHIVE, "(MESSAGES)"))[0])[0])


def message_ids(client: imaplib.IMAP4) -> Counter[str]:
    ok(client.select(ARCHIVE, readonly=True))
    return Counter(uid_map(client).values()) if stored(client) else Counter()


def append_all(line: RawLine, names: list[str]) -> None:
    """One command, to its end; its answer is not waited for."""
    pieces = [mail(name) for name in names]
    literals = b" ".join(b"{%d+}\r\n%b" % (len(piece), piece) for piece in pieces)
    line.send(b"m APPEND %b %b\r\n" % (ARCHIVE.encode(), literals))


def ready(proxy: Installation) -> None:
    until(lambda: proxy.http("/readyz")[0] == 200, f"not ready:\n{proxy.log()[-4000:]}")


def names_of(round_: int) -> list[str]:
    return [f"several.{round_}.{number}@{DOMAIN}" for number in range(COUNT)]


def repeated(place: Place, names: list[str]) -> None:
    with signed_in(place.proxy) as line:
        append_all(line, names)
        told = line.answer(b"m")[-1]
    (uids,) = re.findall(rb"m OK \[APPENDUID \d+ ([\d:,]+)\]", told)
    assert uids.count(b":") == 1, told


def after_the_kill(place: Place, names: list[str]) -> int:
    """Started again: none of them or all, once the provider has come to its end with what it had
    got; and what is not there is there once when repeated.
    """
    place.proxy.start()
    ready(place.proxy)
    with truth(place) as client:

        def number() -> int:
            there = message_ids(client)
            return sum(there[name] for name in names)

        until(lambda: number() in (0, COUNT), lambda: f"some stay:\n{place.proxy.log()[-4000:]}")
        found = number()
        if not found:
            repeated(place, names)
        until(lambda: set(map(message_ids(client).get, names)) == {1}, "not once each")
        ok(client.select(ARCHIVE, readonly=True))
        flags = b" ".join(row for row in ok(client.fetch("1:*", "(FLAGS)")) if row)
        assert b"unfinished" not in flags
    return found


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_none_where_the_provider_takes_one_by_one(places: Places, share: float) -> None:
    place, names = places["bare"], names_of(next(serial))
    with truth(place) as client:
        before = stored(client)
        with signed_in(place.proxy) as line:
            append_all(line, names)
            until(lambda: stored(client) >= before + share * COUNT, "nothing is stored")
            place.proxy.kill()
        half = stored(client) - before
    assert 0 < half <= COUNT
    assert after_the_kill(place, names) in ((0,) if half < COUNT else (0, COUNT))
    place.proxy.typed("audit", "verify")
    told = [record["detail"] for record in place.proxy.audit("--action", "append")]
    if half < COUNT:
        assert [one for one in told if dict(one).get("taken_back")], told  # type: ignore[call-overload]


def test_none_where_the_provider_stores_the_last_one_after_we_have_looked(
    places: Places,
) -> None:
    """It had all of it when we died."""
    place, names = places["bare"], names_of(next(serial))
    provider = place.provider
    assert isinstance(provider, BareImap)
    with truth(place) as client:
        before = stored(client)
        provider.slow_from = 5
        with signed_in(place.proxy) as line:
            append_all(line, names)
            until(lambda: provider.waiting > 0, "it is not slow")
            place.proxy.kill()
        assert stored(client) == before + 5
        place.proxy.start()
        ready(place.proxy)
        until(lambda: stored(client) == before, "nothing is taken back")
        provider.slow_from = None
        until(lambda: stored(client) == before + 1, "it does not come late")
        until(lambda: stored(client) == before, "it stays")
    repeated(place, names)
    with truth(place) as client:
        there = message_ids(client)
        assert {there[name] for name in names} == {1}
    place.proxy.typed("audit", "verify")


@pytest.mark.parametrize("wait_s", [0.0, 0.005, 0.01, 0.02, 0.03, 0.05])
def test_all_or_none_where_the_provider_takes_several(places: Places, wait_s: float) -> None:
    place, names = places["dovecot"], names_of(next(serial))
    with signed_in(place.proxy) as line:
        append_all(line, names)
        time.sleep(wait_s)  # not a wait: it dies at another point each time
        place.proxy.kill()
    if after_the_kill(place, names):
        said_no_more_than_is_known(place, names)


def test_what_is_there_and_was_not_answered_has_not_failed(places: Places) -> None:
    place, names = places["dovecot"], names_of(next(serial))
    place.proxy.stop()
    place.proxy.start(dies="after the OK to the copy")
    ready(place.proxy)
    with signed_in(place.proxy) as line:
        append_all(line, names)
        assert place.proxy.died() == -signal.SIGKILL
    assert after_the_kill(place, names) == COUNT
    said_no_more_than_is_known(place, names)


def said_no_more_than_is_known(place: Place, names: list[str]) -> None:
    """They are there, whether we have heard it or not."""
    told: dict[object, set[object]] = {}
    for record in place.proxy.audit("--action", "append"):
        told.setdefault(record["message_id"], set()).add(record["outcome"])
    outcomes = {frozenset(told.get(name, ())) for name in names}
    assert outcomes in ({frozenset(["ok"])}, {frozenset(["unsure"])})
    place.proxy.typed("audit", "verify")
