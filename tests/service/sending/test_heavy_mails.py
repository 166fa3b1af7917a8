"""A mail made to be hard to read is read in proportion to its size, and others have their turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from proxyd.domain.errors import CannotDo
from proxyd.service.sending.outgoing import Stamp, prepare
from proxyd.service.sending.override_mark import without_mark
from tests.effort import counted_turns, effort_of

ME = b"support@example.test"
STAMP = Stamp("anna", datetime(2026, 1, 1, tzinfo=UTC), "token")
# Of what one who wants every turn waits for at most; a switch of threads is 5 ms.
TURN_S = 0.5
TELLING_S = 0.02
LOOSE = 3.2  # doubling; 4 would be quadratic


def mail(
    extra: bytes = b"", body: bytes = b"x\r\n", *, author: bytes = ME, to: bytes = b""
) -> bytes:
    return (
        b"From: " + author + b"\r\nTo: " + (to or b"a@b.example") + b"\r\nSubject: s\r\n"
        b"Message-ID: <1@example.test>\r\n" + extra + b"\r\n" + body
    )


def nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )


def parts(boundary: bytes) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n"


IDS = b"\r\n ".join(b"<%d@x.example>" % number for number in range(100_000))
# By their weight: 1 is about 3 MB of text, or all that a header may be and far more.
MAILS: dict[str, Callable[[int], bytes]] = {
    "ids in References": lambda n: mail(b"References: " + IDS[: n * 1_000_000] + b"\r\n"),
    "fields": lambda n: mail(b"X: y\r\n" * (n * 50_000)),
    "one field": lambda n: mail(b"X: " + b"y" * (n * 2_500_000) + b"\r\n"),
    "a folded field": lambda n: mail(b"X: " + b"y\r\n " * (n * 600_000) + b"\r\n"),
    "comments": lambda n: mail(author=b"(a)" * (n * 40_000) + ME),
    "comments in comments": lambda n: mail(author=b"(" * (n * 500_000) + b")" * 9 + ME),
    "quoted pairs": lambda n: mail(author=b'"' + b"\\a" * (n * 60_000) + b'" <' + ME + b">"),
    "groups": lambda n: mail(to=b"g:a@b,c@d;," * (n * 10_000) + b"a@b.example"),
    "addresses": lambda n: mail(to=b"a@b.example, " * (n * 9_000) + b"a@b.example"),
    "parts in parts": lambda n: mail()[:-3] + nested(n * 5_000),
    "messages in messages": lambda n: mail()[:-5] + b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "parts": lambda n: mail(parts(b"b"), b"--b\r\n\r\nx\r\n" * (n * 100_000)),
    "dashes in parts in parts": lambda n: mail()[:-5] + nested(100) + b"--x\r\n" * (n * 300_000),
    "boundaries that never come": lambda n: mail(parts(b"b"), b"--bb\r\n" * (n * 300_000)),
    "one line": lambda n: mail(body=b"x" * (n * 3_000_000)),
    "LFs": lambda n: mail(body=b"\r\n" * (n * 1_500_000)).replace(b"\r\n", b"\n"),
    "CRs": lambda n: mail(body=b"\r" * (n * 1_500_000)),
    "tags": lambda n: mail(b"Content-Type: text/html\r\n", b"<" * (n * 1_500_000)),
    "encoded words": lambda n: mail(
        b"Comments: " + b"=?utf-8?B?5bGx?=\r\n " * (n * 6_000) + b"\r\n"
    ),
}


def read(octets: bytes) -> None:
    with suppress(CannotDo):
        prepare(octets, ME.decode(), ("a@b.example",), STAMP)
        without_mark(octets, "!send!")


@pytest.mark.parametrize("name", MAILS)
def test_twice_as_heavy_costs_twice_as_much(name: str) -> None:
    one, two = MAILS[name](1), MAILS[name](2)
    for _ in range(6):
        single, double = effort_of(lambda: read(one), runs=1), effort_of(lambda: read(two), runs=1)
        if double < TELLING_S or double < LOOSE * single:
            return
    pytest.fail(f"{single:.3f} s, twice as much {double:.3f} s")


@pytest.mark.parametrize("name", MAILS)
async def test_others_have_their_turn(name: str) -> None:
    octets = MAILS[name](3)
    async with counted_turns() as turns:
        await asyncio.to_thread(read, octets)
    turns.require_below(TURN_S)


def test_a_header_above_the_limit_is_refused() -> None:
    for name in ("ids in References", "fields", "one field", "a folded field"):
        with pytest.raises(CannotDo) as caught:
            prepare(MAILS[name](1), ME.decode(), ("a@b.example",), STAMP)
        assert caught.value.facts == {"what": "header size"}
