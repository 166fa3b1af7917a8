"""A mail from smtplib through the door, the service and the relay to a real provider, over TLS.

The workflow is faked; people, guards, outbox, relay and both SMTP servers are real.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from proxyd.domain.errors import SignInFailed
from proxyd.domain.types import Account, Origin, Server
from proxyd.service.api.sign_in import OpenSession
from proxyd.store.database import Database
from proxyd.upstream.smtp_relay import SmtpRelay
from proxyd.upstream.timings import Timings
from smtp_frontend.options import ListenAddress, Options
from smtp_frontend.server import SmtpServer, listen
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates, make_ca
from tests.servers.smtp_sink import PASSWORD, USER, SmtpSink
from tests.service.sending.sending_bench import Bench, answer_mail, make_bench


class People:
    """Everybody's password is their login."""

    def __init__(self, *accounts: Account) -> None:
        self._accounts = {account.login: account for account in accounts}

    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        if login not in self._accounts or password != login:
            raise SignInFailed
        return self._accounts[login]

    def knows(self, address: str) -> bool:
        return False

    def register(self, account: Account, session: OpenSession) -> None: ...

    async def identified(self, account: Account, session: OpenSession, client: str) -> None: ...

    def unregister(self, account: Account, session: OpenSession) -> None: ...


@dataclass
class Line:
    bench: Bench
    sink: SmtpSink
    port: int
    trust: ssl.SSLContext

    async def send(self, login: str, mail: bytes, recipients: tuple[str, ...] = ("k@x.example",)):
        """(code, text) of the last reply, as the client saw it."""
        return await asyncio.to_thread(self._send, login, mail, recipients)

    def _send(self, login: str, mail: bytes, recipients: tuple[str, ...]) -> tuple[int, str]:
        with smtplib.SMTP_SSL(
            "localhost", self.port, context=self.trust, timeout=PATIENCE_S
        ) as client:
            client.ehlo("pc.example")
            word = b64encode(f"\0{login}\0{login}".encode()).decode()
            assert client.docmd("AUTH", f"PLAIN {word}")[0] == 235
            client.mail("support@example.test", ["BODY=8BITMIME"])
            for recipient in recipients:
                client.rcpt(recipient)
            code, text = client.data(mail)
            return code, text.decode()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("door-ca"))


@pytest.fixture(params=["tls", "starttls"])
async def line(
    request: pytest.FixtureRequest,
    certificates: Certificates,
    database: Database,
    clock: FakeClock,
) -> AsyncIterator[Line]:
    sink = SmtpSink(certificates, security=request.param)
    with sink.in_thread():
        bench = await make_bench(database, clock)
        server = Server("localhost", sink.port, request.param, USER, str(certificates.ca))
        timings = replace(Timings(), smtp_final=0.5)
        relay = SmtpRelay(server, lambda: PASSWORD, timings=timings)
        bench.submission.attach(bench.conversations, relay)
        await bench.submission.resume()
        door = await _open(bench, certificates)
        trust = ssl.create_default_context(cafile=certificates.ca)
        yield Line(bench, sink, door[1], trust)
        await door[0].close()
        await bench.submission.close()


async def _open(bench: Bench, certificates: Certificates) -> tuple[SmtpServer, int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    people = People(bench.anna, bench.bob)
    doors, options = [ListenAddress("127.0.0.1", 0, True)], Options(hostname="localhost")
    ports, server = await listen(
        doors, people, bench.submission, context, bench.clock, options=options
    )
    return server, ports[0]


async def test_an_answer_arrives_octet_by_octet(line):
    mail = answer_mail(text=".dot\r\n..two\r\n" + "長い行" * 100 + "\r\n\r\n.\r\nend")
    code, text = await line.send("anna", mail, ("k@x.example", "l@x.example"))
    assert (code, text) == (250, "2.0.0 Ok: sent")
    [received] = line.sink.received
    assert received.message == mail
    assert received.recipients == ("k@x.example", "l@x.example")
    assert received.sender == "support@example.test"
    assert line.bench.conversations.completed == [(7, "r1@pc", ("m@customer",))]


async def test_the_guard_and_its_override(line):
    assert (await line.send("anna", answer_mail()))[0] == 250
    code, text = await line.send("bob", answer_mail("b1@pc", "mine"))
    assert code == 550
    assert text.startswith("5.7.1 Anna answered this mail at ")
    assert text.endswith(
        "; nothing was sent. To send yours all the same, changed or not and within 10 min, "
        "send it again after 20 seconds"
    )
    assert len(line.sink.received) == 1
    line.bench.clock.advance(seconds=21)
    assert (await line.send("bob", answer_mail("b2@pc", "mine")))[0] == 250
    assert len(line.sink.received) == 2


async def test_one_refused_recipient_stops_the_whole_mail(line):
    line.sink.refuse_recipients.add("gone@x.example")
    code, text = await line.send("anna", answer_mail(), ("k@x.example", "gone@x.example"))
    assert code == 550
    assert "gone@x.example" in text
    assert "no such user here" in text
    assert line.sink.received == []


async def test_a_temporary_refusal_may_be_tried_again(line):
    line.sink.answer_data = "451 4.7.1 greylisted"
    code, text = await line.send("anna", answer_mail())
    assert code == 451
    assert "greylisted" in text
    line.sink.answer_data = ""
    assert (await line.send("anna", answer_mail())) == (250, "2.0.0 Ok: sent")


async def test_the_provider_hangs_up_before_it_accepts(line):
    line.sink.drop_before_accepting = True
    code, text = await line.send("anna", answer_mail())
    assert code == 554
    assert "may have gone out" in text
    assert line.sink.received == []
    line.sink.drop_before_accepting = False
    line.bench.clock.advance(seconds=21)
    assert (await line.send("anna", answer_mail("r2@pc")))[0] == 250


@pytest.mark.parametrize("how", ["drop", "stall"])
async def test_the_provider_accepts_and_nobody_hears_it(line, how):
    """No program that tries again may send it twice; a person may, knowingly."""
    if how == "drop":
        line.sink.drop_after_accepting = True
    else:
        line.sink.stall_s = 1.0
    code, _ = await line.send("anna", answer_mail())
    assert code == 554
    line.sink.drop_after_accepting, line.sink.stall_s = False, 0
    for _ in range(3):
        line.bench.clock.advance(seconds=15)
        code, text = await line.send("anna", answer_mail())
        assert code == 550
        assert text.startswith("5.7.1 This mail may have gone out already")
    assert line.sink.connections == 1
    assert line.bench.conversations.completed == []


async def test_the_provider_is_down(line):
    await line.sink.stop()
    code, text = await line.send("anna", answer_mail())
    assert code == 451
    assert "nothing was sent" in text


async def test_the_shared_password_was_changed_at_the_provider(line):
    line.sink.password = "another"
    code, text = await line.send("anna", answer_mail())
    assert code == 451
    assert PASSWORD not in text
    assert line.sink.received == []
