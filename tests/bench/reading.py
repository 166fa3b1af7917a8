"""Signing in, opening folders, lists and bodies: one client, one command at a time."""

from __future__ import annotations

import itertools

from tests.bench.client import BareClient
from tests.bench.measure import Measure, at_least, at_most, timed_ms
from tests.bench.sides import Side

HEADER_NAMES = (
    "From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To "
    "Content-Type Reply-To Received"
)
HEADERS = f"UID fetch 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ({HEADER_NAMES})])"
ENVELOPES = "UID FETCH 1:* (FLAGS RFC822.SIZE ENVELOPE)"
ONE_BY_ONE = 200  # bodies of one round: long enough for a rate, short enough to alternate
RANGE = 500
MEGABYTE = 1_000_000
TOGETHER = 10  # who sign in at once

_never_asked = itertools.count()


def login(side: Side, round_: int) -> float:
    client = side.bare()
    taken = timed_ms(lambda: client.command(f'LOGIN "{side.user}" "{side.password}"'))
    client.close()
    return taken


def select(side: Side, round_: int) -> float:
    client = side.open()
    taken = timed_ms(lambda: client.drain("SELECT INBOX"))
    client.close()
    return taken


def select_virtual(side: Side, round_: int) -> float:
    """Of the virtual folder through us; directly there is only the INBOX."""
    client = side.open()
    taken = timed_ms(lambda: client.drain(f'SELECT "{side.open_folder}"'))
    client.close()
    return taken


def asked(client: BareClient, command: str) -> float:
    taken = timed_ms(lambda: client.drain(command))
    client.close()
    return taken


def flags(side: Side, round_: int) -> float:
    return asked(side.client(), "FETCH 1:* (UID FLAGS)")


def headers(side: Side, round_: int) -> float:
    return asked(side.client(), HEADERS)


def headers_cold(side: Side, round_: int) -> float:
    """With a field nobody has asked for yet, so that no cache of either side has it."""
    return asked(
        side.client(), HEADERS.replace("Reply-To", f"X-Never-{next(_never_asked)} Reply-To")
    )


def envelopes(side: Side, round_: int) -> float:
    return asked(side.client(), ENVELOPES)


def bodies(side: Side, round_: int, *, tls: bool = False) -> float:
    """Mails a second, as a client reads them that takes one after another."""
    client = side.client(tls=tls)
    uids = range(1, min(ONE_BY_ONE, side.mails) + 1)

    def read() -> None:
        for uid in uids:
            client.drain(f"UID FETCH {uid} (UID RFC822.SIZE BODY.PEEK[])")

    taken = timed_ms(read)
    client.close()
    return len(uids) / taken * 1000


def bodies_range(side: Side, round_: int, *, tls: bool = False) -> float:
    """Megabytes a second."""
    client = side.client(tls=tls)
    octets = 0

    def read() -> None:
        nonlocal octets
        octets = client.drain(f"UID FETCH 1:{min(RANGE, side.mails)} (UID BODY.PEEK[])")

    taken = timed_ms(read)
    client.close()
    return octets / taken * 1000 / MEGABYTE


def tls_bodies(side: Side, round_: int) -> float:
    return bodies(side, round_, tls=True)


def tls_range(side: Side, round_: int) -> float:
    return bodies_range(side, round_, tls=True)


READING = (
    Measure("login", "sign in, password known", login, huge=True),
    Measure("select", "SELECT, first in a session", select, goal=at_most(1.0), huge=True),
    Measure("flags", "FETCH 1:* (UID FLAGS)", flags, goal=at_most(1.0), huge=True),
    Measure(
        "headers-cold", "Thunderbird's header fetch 1:*, cold", headers_cold, rounds=3,
        warm_up=False,
    ),
    Measure(
        "headers", "Thunderbird's header fetch 1:*, warm", headers, goal=at_most(1.0), huge=True,
    ),
    Measure(
        "envelopes", "UID FETCH 1:* (FLAGS RFC822.SIZE ENVELOPE), warm", envelopes,
        goal=at_most(0.5), huge=True,
    ),
    Measure("bodies", "bodies one after another, cached", bodies, "/s", at_least(1.0)),
    Measure("range", f"a range of {RANGE} bodies, cached", bodies_range, "MB/s", at_least(1.0)),
    Measure(
        "virtual", "SELECT of a virtual folder; INBOX directly", select_virtual, goal=at_most(1.0),
        huge=True,
    ),
    Measure("tls-bodies", "TLS: bodies one after another", tls_bodies, "/s", at_least(1.0)),
    Measure("tls-range", f"TLS: a range of {RANGE} bodies", tls_range, "MB/s", at_least(1.0)),
)  # fmt: skip
