"""What an IMAP server may answer, and what must come of it: one table, played over sockets.

Each row is a server that behaves until one command and there answers something odd. Never is
something called done that was not; never is it done twice; the line is given up, and what was said
stands in the reason.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from proxyd.domain.errors import UpstreamError, UpstreamRefused, UpstreamUnavailable
from proxyd.domain.types import BytesBlob
from proxyd.upstream.mailbox import ImapUpstream
from tests.patience import PATIENCE_S
from tests.upstream.conftest import QUICK
from tests.upstream.scripted import GREETING, SIGNED_IN, Scripted, Wire, silence

# Some say something and no answer. Server and client are one process: a busy machine holds up both.
LISTENING = dataclasses.replace(QUICK, stall=2.0)
PASSWORD = "correct horse 42"
MAIL = b"Subject: hello\r\n\r\ntext\r\n"
PLAIN = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n"  # no LITERAL+, no SASL-IR


@dataclass(frozen=True)
class Row:
    """Greeted with ``greeting``; the command ``at`` is answered ``said`` (``@``: its tag)."""

    at: str
    said: bytes
    why: str  # a pattern for the reason
    greeting: bytes = GREETING
    kind: type[UpstreamError] = UpstreamUnavailable

    def __str__(self) -> str:
        return f"{self.at}: {self.said[:50]!r}"


GREETINGS = [
    Row("greeting", said, why)
    for said, why in (
        (b"* PREAUTH welcome\r\n", "PREAUTH"),
        (b"* CAPABILITY IMAP4rev1\r\n* OK hello\r\n", "greeting"),
        (b"* 3 EXISTS\r\n", "greeting"),
        (b"* NO not now\r\n", "greeting"),
        (b"* BAD what\r\n", "greeting"),
        (b"* BYE go away\r\n", "go away"),
        (b"+ go on\r\n", "greeting"),
        (b"p1 OK hello\r\n", "greeting"),
        (b"220 smtp ready\r\n", "IMAP"),
        (b"* OK hello\r\np1 OK signed in\r\n", "not sent"),
    )
]
SIGN_INS = [
    Row("AUTHENTICATE", said, why, greeting)
    for said, why, greeting in (
        (b"p9 OK welcome\r\n", "not sent", GREETING),
        (b"@ PREAUTH welcome\r\n", "PREAUTH", GREETING),
        (b"@ BYE welcome\r\n", "BYE", GREETING),
        (b"* PREAUTH welcome\r\n@ OK x\r\n", "PREAUTH", GREETING),
        (b"* OK welcome\r\n", "no answer", GREETING),
        (b"@ OK welcome\r\n", "before all of it", PLAIN),  # our secret was not even sent
        (b"+ \r\n+ more\r\n@ BAD x\r\n", "refuses", PLAIN),
    )
]
APPENDS = [
    Row("APPEND", said, why, greeting)
    for said, why, greeting in (
        (b"@ OK [APPENDUID 7 9] done\r\n", "before all of it", PLAIN),
        (b"* OK done\r\n@ OK done\r\n", "before all of it", PLAIN),
        (b"p1 OK done\r\n", "not sent", PLAIN),
        (b"@ PREAUTH done\r\n", "PREAUTH", PLAIN),
        (b"p99 OK [APPENDUID 7 9] done\r\n", "not sent", GREETING),
        (b"@ BYE done\r\n", "BYE", GREETING),
        (b"* PREAUTH done\r\n", "PREAUTH", GREETING),
        (b"OK done\r\n", "IMAP|closed|lost", GREETING),
        (b"@OK done\r\n", "IMAP|closed|lost", GREETING),
        (b"* BYE shutting down\r\n", "shutting down|closed|no answer", GREETING),
    )
]
OTHERS = [
    Row("STORE", b"@ OK done\r\n+ go on\r\n", "", GREETING),
    Row("STORE", b"+ go on\r\n@ OK done\r\n", "continuation", GREETING),
    Row("STORE", b"p77 OK done\r\n", "not sent", GREETING),
    Row("STORE", b"@ OKAY done\r\n", "IMAP", GREETING),
    Row("STORE", b"@ NO no\r\n", "no", GREETING, UpstreamRefused),
    Row("APPEND", b"@ NO [OVERQUOTA] full\r\n", "full", PLAIN, UpstreamRefused),
]
TABLE = [*GREETINGS, *SIGN_INS, *APPENDS, *[row for row in OTHERS if row.why]]


class Server:
    """Plays a row on every connection; counts how often it was asked for the odd command."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.asked = 0

    async def __call__(self, wire: Wire) -> None:
        row = self.row
        if row.at == "greeting":
            await wire.say(row.said)
            await silence(wire)
        await wire.say(row.greeting)
        while line := await wire.line():
            tag, _, rest = line.partition(b" ")
            name = rest.split()[0].decode() if rest.split() else ""
            name = rest.split()[1].decode() if name == "UID" else name
            if name == row.at:
                self.asked += 1
                await wire.say(row.said.replace(b"@", tag))
                await silence(wire)
            await self._behave(wire, tag, name, rest)

    async def _behave(self, wire: Wire, tag: bytes, name: str, rest: bytes) -> None:
        if name == "AUTHENTICATE":
            if self.row.greeting == PLAIN:
                await wire.say(b"+ \r\n")
                await wire.line()
            known = (
                SIGNED_IN if self.row.greeting == GREETING else b"OK [CAPABILITY IMAP4rev1] x\r\n"
            )
            await wire.say(tag + b" " + known)
        elif name in ("SELECT", "EXAMINE"):
            opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n"
            await wire.say(opened, tag + b" OK [READ-WRITE] done\r\n")
        else:
            await wire.say(tag + b" OK done\r\n")


async def append(mailbox: ImapUpstream) -> object:
    return await mailbox.append("INBOX", (), None, BytesBlob(MAIL))


async def store(mailbox: ImapUpstream) -> object:
    return await mailbox.store_flags("INBOX", 7, [1], "+", ["\\Seen"])


ASKING: dict[str, Callable[[ImapUpstream], Any]] = {"APPEND": append, "STORE": store}


@pytest.mark.parametrize("row", TABLE, ids=str)
async def test_what_the_server_answers_and_what_comes_of_it(row: Row) -> None:
    server = Server(row)
    async with Scripted(server) as fake:
        mailbox = ImapUpstream(fake.server, lambda: PASSWORD, timings=LISTENING)
        try:
            with pytest.raises(row.kind, match=re.compile(row.why, re.I)) as caught:
                async with asyncio.timeout(PATIENCE_S):
                    await ASKING.get(row.at, store)(mailbox)
        finally:
            await mailbox.close()
    assert type(caught.value) is not UpstreamRefused or row.kind is UpstreamRefused
    assert PASSWORD not in repr(caught.value)
    if row.at in ASKING:
        assert server.asked == 1, "what changes something is not asked for twice"


async def test_a_big_literal_that_is_not_all_there_is_not_stored() -> None:
    """LITERAL+ and an OK in the middle of it."""

    async def hasty(wire: Wire) -> None:
        await wire.sign_in()
        while line := await wire.line():
            tag, _, rest = line.partition(b" ")
            if rest.startswith(b"APPEND"):
                await wire.say(b"+ go on\r\n")
                await wire.reader.readexactly(1000)
                await wire.say(tag + b" OK [APPENDUID 7 9] done\r\n")
                await asyncio.sleep(3)
            await wire.say(tag + b" OK done\r\n")

    async with Scripted(hasty) as fake:
        mailbox = ImapUpstream(fake.server, lambda: PASSWORD, timings=QUICK)
        with pytest.raises(UpstreamUnavailable, match="before all of"):
            await mailbox.append("INBOX", (), None, BytesBlob(b"x" * 40_000_000))
        await mailbox.close()
