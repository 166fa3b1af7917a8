"""The relay: all recipients or none, verbatim, and certain of what it says."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.types import Server
from proxyd.upstream.smtp_lines import LINES
from proxyd.upstream.smtp_relay import SmtpRelay
from proxyd.upstream.smtp_sign_in import SignInRefused
from tests.servers.certificates import Certificates
from tests.servers.smtp_sink import SmtpSink
from tests.upstream.conftest import QUICK
from tests.upstream.scripted import Script, Scripted, Wire, silence

USER, PASSWORD = "support@example.test", "hunter2"
MAIL = b"Subject: hello\r\n\r\n.one\r\n..two\r\nthree\r\n.\r\n"


Make = Callable[..., Awaitable[SmtpSink]]


@pytest_asyncio.fixture
async def make_sink(certificates: Certificates) -> AsyncIterator[Make]:
    made: list[SmtpSink] = []

    async def make_one(security: str = "tls", **options: Any) -> SmtpSink:
        one = SmtpSink(certificates, security, USER, PASSWORD, **options)
        await one.start()
        made.append(one)
        return one

    yield make_one
    for one in made:
        await one.stop()


@pytest_asyncio.fixture
async def sink(make_sink: Make) -> SmtpSink:
    return await make_sink()


def relay_to(sink: SmtpSink, **options: Any) -> SmtpRelay:
    assert sink.certificates is not None
    ca_file = str(sink.certificates.ca)
    server = Server("localhost", sink.port, sink.security, USER, ca_file)
    return SmtpRelay(
        server, options.pop("password", lambda: PASSWORD), **{"timings": QUICK, **options}
    )


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
async def test_sends_verbatim(make_sink: Make, security: str) -> None:
    sink = await make_sink(security)
    await relay_to(sink).send(USER, ["a@example.test", "b@example.test"], MAIL)
    (received,) = sink.received
    assert received.message == MAIL
    assert received.sender == USER
    assert received.recipients == ("a@example.test", "b@example.test")
    assert received.options == (f"SIZE={len(MAIL)}",)


async def test_foreign_addresses_eight_bits_and_big_mail(sink: SmtpSink) -> None:
    big = "Subject: 見積\r\n\r\n".encode() + "山田様\r\n".encode() * 500_000
    await relay_to(sink).send(USER, ["山田@example.test"], big)
    (received,) = sink.received
    assert received.message == big
    assert received.recipients == ("山田@example.test",)
    assert set(received.options) == {f"SIZE={len(big)}", "BODY=8BITMIME", "SMTPUTF8"}


async def test_eight_bits_in_the_body_alone_need_no_smtputf8(sink: SmtpSink) -> None:
    await relay_to(sink).send(USER, ["a@example.test"], "a: b\r\n\r\n見積\r\n".encode())
    assert "SMTPUTF8" not in sink.received[0].options


async def test_server_without_smtputf8_gets_no_foreign_address(make_sink: Make) -> None:
    sink = await make_sink(smtputf8=False)
    with pytest.raises(RelayRefused) as caught:
        await relay_to(sink).send(USER, ["山田@example.test"], MAIL)
    assert (caught.value.code, caught.value.recipient) == (553, "山田@example.test")


async def test_one_refused_recipient_refuses_all(sink: SmtpSink) -> None:
    sink.refuse_recipients.add("b@example.test")
    with pytest.raises(RelayRefused) as caught:
        await relay_to(sink).send(
            USER, ["a@example.test", "b@example.test", "c@example.test"], MAIL
        )
    assert (caught.value.code, caught.value.recipient) == (550, "b@example.test")
    assert "no such user" in caught.value.text
    assert sink.received == []


@pytest.mark.parametrize("reply", ["451 4.3.0 later", "554 5.7.1 no spam"])
async def test_refused_message(sink: SmtpSink, reply: str) -> None:
    sink.answer_data = reply
    with pytest.raises(RelayRefused) as caught:
        await relay_to(sink).send(USER, ["a@example.test"], MAIL)
    assert f"{caught.value.code} {caught.value.text}" == reply
    assert caught.value.recipient is None


async def test_many_at_once_use_few_lines(sink: SmtpSink) -> None:
    relay = relay_to(sink)
    sink.stall_s = 0.05
    sending = asyncio.gather(*(relay.send(USER, ["a@example.test"], MAIL) for _ in range(9)))
    await asyncio.sleep(0.03)
    assert sink.connections <= LINES
    await sending
    assert len(sink.received) == 9


@pytest.mark.parametrize("fault", ["drop_before_accepting", "drop_after_accepting"])
async def test_line_that_breaks_after_the_dot_is_uncertain(sink: SmtpSink, fault: str) -> None:
    setattr(sink, fault, True)
    with pytest.raises(RelayUnavailable) as caught:
        await relay_to(sink).send(USER, ["a@example.test"], MAIL)
    assert caught.value.uncertain
    assert len(sink.received) == (fault == "drop_after_accepting")


async def test_server_that_ponders_too_long_is_uncertain(sink: SmtpSink) -> None:
    sink.stall_s = 1.0
    relay = relay_to(sink, timings=dataclasses.replace(QUICK, smtp_final=0.2))
    with pytest.raises(RelayUnavailable) as caught:
        await relay.send(USER, ["a@example.test"], MAIL)
    assert caught.value.uncertain


async def test_probe_tells_what_is_offered(sink: SmtpSink) -> None:
    assert {"8BITMIME", "SMTPUTF8", "SIZE 52428800"} <= set(await relay_to(sink).probe())


async def test_refused_password_is_not_insisted_on(sink: SmtpSink) -> None:
    words, now = ["wrong"], [0.0]
    relay = relay_to(sink, password=lambda: words[0], now=lambda: now[0])
    for _ in range(3):
        with pytest.raises(SignInRefused) as caught:
            await relay.probe()
        assert not caught.value.uncertain
    assert sink.connections == 1
    words[0] = PASSWORD
    assert await relay.probe()  # another password: tried at once
    words[0] = "wrong"
    sink.password = "wrong"
    with pytest.raises(SignInRefused):
        await relay.probe()  # known to be refused …
    now[0] += QUICK.refused + 1
    assert await relay.probe()  # … for a while


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_untrusted_certificate(make_sink: Make, security: str) -> None:
    sink = await make_sink(security)
    relay = SmtpRelay(Server("localhost", sink.port, security, USER), lambda: PASSWORD)
    with pytest.raises(RelayUnavailable, match="certificate verify failed"):
        await relay.probe()
    assert sink.sign_ins == 0


# ---------------------------------------------------------------- servers that do as they like


def talking(*dialogue: bytes | re.Pattern[bytes]) -> Script:
    """Bytes are said; a pattern is a line that must come."""

    async def script(wire: Wire) -> None:
        for one in dialogue:
            if isinstance(one, bytes):
                await wire.say(one)
            else:
                line = await wire.line()
                assert one.fullmatch(line), f"expected {one.pattern!r}, got {line!r}"

    return script


def said(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


BEGIN = (
    b"220 hello\r\n",
    said(rb"EHLO .*"),
    b"250-x\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n",
    said(rb"AUTH PLAIN .*"),
    b"235 welcome\r\n",
)
ENVELOPE = (
    said(rb"MAIL FROM:<support@example\.test> SIZE=\d+"),
    b"250 ok\r\n",
    said(rb"RCPT TO:<a@example\.test>"),
    b"250 ok\r\n",
)


async def send_to(fake: Scripted, message: bytes = MAIL, to: str = "a@example.test") -> None:
    await SmtpRelay(fake.server, lambda: PASSWORD, timings=QUICK).send(USER, [to], message)


@pytest.mark.parametrize(
    ("dialogue", "reason"),
    [
        ((), "lost|EOF|closed|reset"),
        ((b"* OK IMAP4rev1 ready\r\n",), "."),
        ((b"554 no service\r\n",), "no service"),
        ((b"220 hello\r\n", said(rb"EHLO .*")), "lost|EOF|closed|reset"),
        ((*BEGIN[:3], said(rb"AUTH .*")), "lost|EOF|closed|reset"),
        ((*BEGIN[:3], said(rb"AUTH .*"), b"454 try later\r\n"), "454"),
        ((*BEGIN, *ENVELOPE), "lost|EOF|closed|reset"),
        ((*BEGIN, *ENVELOPE, said(rb"DATA"), b"421 shutting down\r\n"), "421"),
        ((*BEGIN, said(rb"MAIL .*"), b"421 shutting down\r\n"), "421"),
        ((b"220 " + b"x" * 100_000 + b"\r\n",), "."),
        ((b"220 hello\r\n", said(rb"EHLO .*"), b"250-x\r\n" * 20_000), "."),
    ],
)
async def test_server_that_goes_away_before_the_dot(
    dialogue: tuple[bytes | re.Pattern[bytes], ...], reason: str
) -> None:
    async with Scripted(talking(*dialogue)) as fake:
        with pytest.raises(RelayUnavailable, match=reason) as caught:
            await send_to(fake)
        assert not caught.value.uncertain
        assert PASSWORD not in repr(caught.value)


async def test_line_that_breaks_in_the_middle_of_a_big_mail_is_certain() -> None:
    dialogue = (
        b"220 hello\r\n",
        said(rb"EHLO .*"),
        b"250-x\r\n250 AUTH PLAIN\r\n",
        said(rb"AUTH PLAIN .*"),
        b"235 welcome\r\n",
        said(rb"MAIL .*"),
        b"250 ok\r\n",
        said(rb"RCPT .*"),
        b"250 ok\r\n",
        said(rb"DATA"),
        b"354 go\r\n",
    )

    async def breaks(wire: Wire) -> None:
        await talking(*dialogue)(wire)
        await wire.reader.read(1000)

    async with Scripted(breaks) as fake:
        with pytest.raises(RelayUnavailable) as caught:
            await send_to(fake, b"Subject: x\r\n\r\n" + b"x\r\n" * 10_000_000)
        assert not caught.value.uncertain


async def test_server_that_refuses_in_the_middle_of_a_big_mail() -> None:
    async def refuses(wire: Wire) -> None:
        await talking(*BEGIN[:2], b"250-x\r\n250 AUTH PLAIN\r\n", *BEGIN[3:])(wire)
        await talking(said(rb"MAIL .*"), b"250 ok\r\n", said(rb"RCPT .*"), b"250 ok\r\n")(wire)
        await talking(said(rb"DATA"), b"354 go\r\n")(wire)
        await wire.reader.read(1000)
        await wire.say(b"552 too big\r\n")
        await silence(wire)

    async with Scripted(refuses) as fake:
        with pytest.raises(RelayRefused) as caught:
            await send_to(fake, b"Subject: x\r\n\r\n" + b"x\r\n" * 10_000_000)
        assert caught.value.code == 552


async def test_server_that_stops_taking_a_big_mail() -> None:
    async def stalls(wire: Wire) -> None:
        await talking(*BEGIN[:2], b"250-x\r\n250 AUTH PLAIN\r\n", *BEGIN[3:])(wire)
        await talking(said(rb"MAIL .*"), b"250 ok\r\n", said(rb"RCPT .*"), b"250 ok\r\n")(wire)
        await talking(said(rb"DATA"), b"354 go\r\n")(wire)
        await asyncio.sleep(5)

    timings = dataclasses.replace(QUICK, smtp_reply=0.3)
    async with Scripted(stalls) as fake:
        relay = SmtpRelay(fake.server, lambda: PASSWORD, timings=timings)
        with pytest.raises(RelayUnavailable, match="takes no more") as caught:
            await relay.send(USER, ["a@example.test"], b"x: y\r\n\r\n" + b"x\r\n" * 10_000_000)
        assert not caught.value.uncertain


@pytest.mark.parametrize(
    ("message", "to", "code"),
    [
        (b"Subject: x\r\n\r\n" + b"x" * 1000, "a@example.test", 552),
        ("Subject: x\r\n\r\n見積\r\n".encode(), "a@example.test", 554),
        (b"Subject: x\r\n\r\nx\r\n", "山田@example.test", 553),
        (b"Subject: x\r\n\r\nx\r\n", "a@example.test>\r\nDATA", 553),
        (b"Subject: x\r\n\r\nx\r\n", "a@example.test> ORCPT=x", 553),
    ],
)
async def test_what_the_server_cannot_take_is_refused_and_not_altered(
    message: bytes, to: str, code: int
) -> None:
    async with Scripted(talking(*BEGIN, said(rb"RSET|QUIT|"), b"221 bye\r\n")) as fake:
        with pytest.raises(RelayRefused) as caught:
            await send_to(fake, message, to)
        assert caught.value.code == code


async def test_one_way_to_sign_in_is_tried_and_no_other() -> None:
    async with Scripted(
        talking(*BEGIN[:4], b"535 no, hunter2 is wrong\r\n", said(rb"QUIT|"))
    ) as fake:
        with pytest.raises(SignInRefused) as caught:
            await send_to(fake)
        assert PASSWORD not in repr(caught.value)
        assert fake.connections == 1


async def test_no_way_to_sign_in() -> None:
    async with Scripted(talking(b"220 x\r\n", said(rb"EHLO .*"), b"250-x\r\n250 SIZE\r\n")) as fake:
        with pytest.raises(RelayUnavailable, match="no way to sign in"):
            await send_to(fake)


async def test_starttls_that_is_not_offered_sends_no_password() -> None:
    dialogue = (b"220 x\r\n", said(rb"EHLO .*"), b"250-x\r\n250 AUTH PLAIN\r\n", said(rb"QUIT|"))
    async with Scripted(talking(*dialogue)) as fake:
        server = dataclasses.replace(fake.server, security="starttls")
        with pytest.raises(RelayUnavailable, match=r"(?i)starttls"):
            await SmtpRelay(server, lambda: PASSWORD, timings=QUICK).probe()


async def test_plain_is_for_loopback_only() -> None:
    relay = SmtpRelay(Server("192.0.2.1", 25, "plain", USER), lambda: PASSWORD, timings=QUICK)
    with pytest.raises(RelayUnavailable, match="without TLS"):
        await relay.send(USER, ["a@example.test"], MAIL)


async def test_nobody_to_send_to() -> None:
    relay = SmtpRelay(Server("127.0.0.1", 1, "plain", USER), lambda: PASSWORD, timings=QUICK)
    with pytest.raises(RelayRefused):
        await relay.send(USER, [], MAIL)
