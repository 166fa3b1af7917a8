"""What a provider may say to a mail, and what must come of it: one table, played.

Each row is a provider that behaves until one point and there says something odd. From a real SMTP
client through the door, the guards, the outbox and the relay to a socket of the provider's. Told
to the client is 250 only where the provider said so, to the letter; 451 where it is certain that
nothing went out; 554 where nobody knows, and then no repetition by a program sends it once more.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from proxyd.domain.types import Server
from proxyd.store.database import Database
from proxyd.store.schema import outbox
from proxyd.upstream.smtp_relay import SmtpRelay
from proxyd.upstream.timings import Timings
from smtp_frontend.options import ListenAddress, Options
from smtp_frontend.server import listen
from tests.conftest import FakeClock
from tests.e2e.test_sending_door_to_provider import People
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates, make_ca
from tests.service.sending.sending_bench import Bench, answer_mail, make_bench
from tests.upstream.scripted import Wire, silence

USER, PASSWORD = "support@example.test", "correct horse 42"
QUICK = replace(Timings(), connect=3, greeting=3, smtp_reply=3, smtp_final=1.0, logout=0.2)
HANG_UP = b"<hang up>"

GOOD = {
    "greeting": b"220 hello\r\n",
    "ehlo": b"250-x\r\n250 AUTH PLAIN\r\n",
    "auth": b"235 2.7.0 welcome\r\n",
    "mail": b"250 2.1.0 ok\r\n",
    "rcpt": b"250 2.1.5 ok\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 2.0.0 queued\r\n",
}
PIPELINING = b"250-x\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n"


@dataclass(frozen=True)
class Row:
    """At ``step`` the provider says ``said``; the client hears ``told``."""

    step: str
    said: bytes
    told: int
    state: str  # of the outbox's row afterwards
    why: str = ""  # is in the record of it

    def __str__(self) -> str:
        return f"{self.step}: {self.said[:40]!r}"


NO, SENT, GONE, UNSURE = 451, 250, "refused", "uncertain"
ODD = (
    b"2.0.0 ok\r\n",  # no code
    b"25O ok\r\n",  # a letter
    b"250ok\r\n",
    b"0250 ok\r\n",
    b"150 ok\r\n",
    b"200 ok\r\n",
    b"220 ok\r\n",
    b"221 bye\r\n",
    b"252 perhaps\r\n",
    b"299 ok\r\n",
    b"300 ok\r\n",
    b"334 \r\n",
    b"600 ok\r\n",
    b"250-ok\r\n354 go on\r\n",  # codes that differ
    b"354-go on\r\n250 ok\r\n",
    b"250-ok\r\n\r\n",
    b"250 " + b"x" * 3000 + b"\r\n",
    b"250-x\r\n" * 6000,
    b"\x00\xff\xfe\r\n",
    b"* OK IMAP4rev1\r\n",
    b"\r\n",
    HANG_UP,
)
AFTER_DOT = [
    Row("dot", said, 554, UNSURE)
    for said in (
        *ODD,
        b"251 ok\r\n",
        b"235 ok\r\n",
        b"354 go on\r\n",
        b"250 5.7.1 refused\r\n",
        b"250 4.7.1 later\r\n",
        b"550 2.0.0 queued\r\n",
        b"250 ok\r\n550 no\r\n",
        b"250 ok\r\n250 ok\r\n",
        b"250 ok\r\n221 bye\r\n",
        b"25",
        b"250 ok",
        b"250-ok\r\n",
    )
]
BEFORE = [
    Row(step, said, NO, GONE) for step in ("mail", "rcpt", "data") for said in (*ODD, b"235 ok\r\n")
]
TABLE = [
    *AFTER_DOT,
    *BEFORE,
    Row("data", b"250 ok\r\n", NO, GONE, "DATA was answered 250"),
    Row("data", b"250 ok\r\n250 ok\r\n", NO, GONE),
    Row("data", b"354 go\r\n250 queued\r\n", NO, GONE),
    Row("data", b"354 go\r\n550 no\r\n", NO, GONE),
    Row("mail", b"354 go\r\n", NO, GONE),
    Row("mail", b"251 ok\r\n", NO, GONE),
    Row("rcpt", b"354 go\r\n", NO, GONE),
    Row("rcpt", b"250 5.1.1 unknown\r\n", NO, GONE),
    Row("mail", b"250 ok\r\n250 ok\r\n", NO, GONE),
    Row("greeting", b"250 hello\r\n", NO, GONE),
    Row("greeting", b"354 hello\r\n", NO, GONE),
    Row("greeting", b"220 hello\r\n250 x\r\n", NO, GONE),
    Row("greeting", b"554 no\r\n", NO, GONE),
    Row("ehlo", b"220 x\r\n", NO, GONE),
    Row("ehlo", b"250-x\r\n220 AUTH PLAIN\r\n", NO, GONE),
    Row("ehlo", b"250-x\r\n250 AUTH PLAIN\r\n235 welcome\r\n", NO, GONE),
    Row("auth", b"250 welcome\r\n", NO, GONE),
    Row("auth", b"334 \r\n", NO, GONE),
    Row("auth", b"235 5.7.8 wrong\r\n", NO, GONE),
    Row("auth", b"235 ok\r\n250 ok\r\n", NO, GONE),
    # What is allowed stays so.
    Row("dot", b"250\r\n", SENT, "relayed"),
    Row("dot", b"250 \xff\x00 odd words\r\n", SENT, "relayed"),
    Row("dot", b"250-ok\r\n250 2.0.0 queued\r\n", SENT, "relayed"),
    Row("dot", b"250 ok\n", SENT, "relayed"),
    Row("dot", b"250 2.0.0 queued\r\n421 idle\r\n", SENT, "relayed"),
    Row("rcpt", b"251 forwarded\r\n", SENT, "relayed"),
    Row("dot", b"451 4.7.1 greylisted\r\n", 451, GONE),
    Row("dot", b"554 5.7.1 spam\r\n", 554, GONE),
    Row("dot", b"571 no\r\n", 554, GONE),
    Row("dot", b"421 4.3.2 shutting down\r\n", NO, GONE),
    Row("data", b"554 5.5.1 no\r\n", 554, GONE),
]
PIPELINED = [
    row for row in TABLE if row.step in ("mail", "rcpt", "data") and row.said is not HANG_UP
]


class Provider:
    """Plays a row; counts the mails whose final dot it heard."""

    def __init__(self, row: Row, *, pipelining: bool = False) -> None:
        self.good = GOOD | ({"ehlo": PIPELINING} if pipelining else {})
        self.row = row
        self.pipelining = pipelining
        self.dots = 0
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        wire = Wire(reader, writer)
        try:
            await self._play(wire)
            await silence(wire)
        except (ConnectionError, AssertionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            wire.close()

    async def _play(self, wire: Wire) -> None:
        await self._say(wire, "greeting")
        for step in ("ehlo", "auth"):
            await wire.line()
            await self._say(wire, step)
        while True:
            steps = ("mail", "rcpt", "data")
            if self.pipelining:
                for _ in steps:
                    await wire.line()
            for step in steps:
                if not self.pipelining and (await wire.line()) == b"":
                    return
                await self._say(wire, step)
            while (line := await wire.line()) != b".":
                if not line and wire.reader.at_eof():
                    return
            self.dots += 1
            await self._say(wire, "dot")

    async def _say(self, wire: Wire, step: str) -> None:
        said = self.row.said if step == self.row.step else self.good[step]
        if said is HANG_UP:
            raise ConnectionResetError
        await wire.say(said)
        if not said.endswith(b"\n") or said.endswith(b"-ok\r\n"):
            raise ConnectionResetError  # in the middle of it


@dataclass
class Line:
    bench: Bench
    port: int
    trust: ssl.SSLContext

    async def send(self, mail: bytes) -> tuple[int, str]:
        return await asyncio.to_thread(self._send, mail)

    def _send(self, mail: bytes) -> tuple[int, str]:
        with smtplib.SMTP_SSL(
            "localhost", self.port, context=self.trust, timeout=PATIENCE_S
        ) as client:
            client.ehlo("pc.example")
            word = b64encode(b"\0anna\0anna").decode()
            assert client.docmd("AUTH", f"PLAIN {word}")[0] == 235
            client.mail(USER)
            client.rcpt("k@x.example")
            code, text = client.data(mail)
            return code, text.decode()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("hostile-ca"))


@pytest.fixture
async def line(
    certificates: Certificates, database: Database, clock: FakeClock
) -> AsyncIterator[Line]:
    bench = await make_bench(database, clock)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    ports, server = await listen(
        [ListenAddress("127.0.0.1", 0, True)],
        People(bench.anna, bench.bob),
        bench.submission,
        context,
        bench.clock,
        options=Options(hostname="localhost"),
    )
    yield Line(bench, ports[0], ssl.create_default_context(cafile=certificates.ca))
    await server.close()
    await bench.submission.close()


async def play(line: Line, row: Row, *, pipelining: bool) -> None:
    provider = Provider(row, pipelining=pipelining)
    listener = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    relay = SmtpRelay(Server("127.0.0.1", port, "plain", USER), lambda: PASSWORD, timings=QUICK)
    line.bench.submission.attach(line.bench.conversations, relay)
    try:
        code, text = await line.send(answer_mail())
        assert code == row.told, text
        await _is_recorded(line, row)
        if row.state == UNSURE:
            await _is_not_sent_twice(line, provider)
    finally:
        relay.leave()
        listener.close()


async def _is_recorded(line: Line, row: Row) -> None:
    states = await line.bench.database.read(
        lambda tx: list(tx.connection.scalars(select(outbox.c.state)))  # type: ignore[attr-defined]
    )
    assert states == [row.state]
    [sent] = [one for one in await line.bench.log() if one.record.action == "send"]
    outcome = {SENT: "ok"}.get(row.told)
    if outcome is None:
        assert sent.record.outcome in ("failed", "refused")
        assert line.bench.conversations.completed == []
        if sent.record.outcome == "failed":
            assert sent.record.detail["uncertain"] is (row.state == UNSURE)
            assert row.why in sent.record.detail["reason"]
    else:
        assert sent.record.outcome == outcome
        assert line.bench.conversations.completed
    assert PASSWORD not in repr(sent)


async def _is_not_sent_twice(line: Line, provider: Provider) -> None:
    """Whatever a program tries again by itself."""
    provider.row = Row("", b"", SENT, "relayed")  # would be taken now
    for _ in range(2):
        line.bench.clock.advance(seconds=15)
        code, text = await line.send(answer_mail())
        assert code == 550
        assert "may have gone out already" in text
    assert provider.dots == 1


@pytest.mark.parametrize("row", TABLE, ids=str)
async def test_what_the_provider_says_and_what_comes_of_it(line: Line, row: Row) -> None:
    await play(line, row, pipelining=False)


@pytest.mark.parametrize("row", PIPELINED, ids=str)
async def test_the_same_where_the_envelope_goes_at_once(line: Line, row: Row) -> None:
    await play(line, row, pipelining=True)
