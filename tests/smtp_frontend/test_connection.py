"""Order, syntax and limits of the submission commands, as a client on the wire sees them."""

from __future__ import annotations

import asyncio
import smtplib

import pytest

from proxyd.domain.errors import (
    Busy,
    CannotDo,
    RelayRefused,
    RelayUnavailable,
    StoreUnavailable,
)
from proxyd.service.api.submission import Guarded, PerhapsSent
from tests.patience import PATIENCE_S

MAIL = b"From: support@example.test\r\nTo: kunde@customer.example\r\nSubject: x\r\n\r\nhello\r\n"


async def test_a_mail_goes_through_smtplib_over_tls(site):
    def send(client: smtplib.SMTP) -> dict:
        assert client.has_extn("8bitmime")
        assert client.has_extn("smtputf8")
        assert client.has_extn("pipelining")
        return client.sendmail("support@example.test", ["a@b.example", "c@d.example"], MAIL)

    assert await site.with_client(send) == {}
    account, envelope, origin = site.submission.submitted[0]
    assert account.login == "hanako"
    assert envelope.sender == "support@example.test"
    assert envelope.recipients == ("a@b.example", "c@d.example")
    assert envelope.message == MAIL
    assert (origin.door, origin.address, origin.client) == ("smtp", "127.0.0.1", "pc.example")
    assert origin.session


async def test_starttls_with_smtplib(site):
    def send() -> None:
        with smtplib.SMTP("localhost", site.starttls_port, timeout=PATIENCE_S) as client:
            client.starttls(context=site.trust)
            client.ehlo("pc.example")
            assert not client.has_extn("starttls")
            assert client.docmd("AUTH", "PLAIN AGhhbmFrbwBww6Rzc3dvcmQgMQ==")[0] == 235
            client.sendmail("support@example.test", ["a@b.example"], MAIL)

    await asyncio.to_thread(send)
    assert site.submission.submitted[0][1].message == MAIL


async def test_a_big_mail_passes_unchanged(site):
    text = b"From: support@example.test\r\n\r\n" + b"\xe3\x81\x82" * 70_000 + b"\r\n"
    text += b"".join(b"..%d" % n + b"x" * (n % 200) + b"\r\n" for n in range(20_000))

    def send(client: smtplib.SMTP) -> None:
        client.sendmail("support@example.test", ["a@b.example"], text, ["BODY=8BITMIME"])

    await site.with_client(send)
    assert site.submission.submitted[0][1].message == text


async def test_signing_in_needs_tls_away_from_loopback(make_site):
    site = await make_site(plain_on_loopback=False)
    raw = await site.raw()
    hello = await raw.ask("EHLO pc")
    assert "STARTTLS" in hello
    assert "AUTH" not in hello
    assert (await raw.ask("AUTH PLAIN AGhhbmFrbwBww6Rzc3dvcmQgMQ==")).startswith("538 5.7.11")
    assert (await raw.ask("MAIL FROM:<support@example.test>")).startswith("530 5.7.0")
    assert site.sign_in.attempts == []
    raw.close()


@pytest.mark.parametrize("command", ["MAIL FROM:<support@example.test>", "RCPT TO:<a@b>", "DATA"])
async def test_nothing_without_signing_in(site, command):
    raw = await site.raw(tls=True)
    assert (await raw.ask(command)).startswith("503 5.5.1")
    await raw.ask("EHLO pc")
    assert (await raw.ask(command)).startswith("530 5.7.0")
    raw.close()


async def test_commands_in_the_wrong_order(site):
    raw = await site.raw(tls=True)
    assert (await raw.ask("AUTH PLAIN AGhhbmFrbwBww6Rzc3dvcmQgMQ==")).startswith("503")
    await raw.sign_in()
    assert (await raw.ask("RCPT TO:<a@b.example>")).startswith("503 5.5.1")
    assert (await raw.ask("DATA")).startswith("503 5.5.1")
    assert (await raw.ask("STARTTLS")).startswith("503 5.5.1")
    assert (await raw.ask("AUTH LOGIN")).startswith("503 5.5.1")
    await raw.begin_mail()
    assert (await raw.ask("MAIL FROM:<support@example.test>")).startswith("503 5.5.1")
    assert (await raw.ask("RSET")).startswith("250")
    assert (await raw.ask("RCPT TO:<a@b.example>")).startswith("503 5.5.1")
    assert (await raw.ask("QUIT")).startswith("221")
    assert await raw.closed()


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("MAIL", "501 5.5.4"),
        ("MAIL FROM:", "501 5.5.4"),
        ("MAIL TO:<support@example.test>", "501 5.5.4"),
        ("MAIL FROM:support@example.test", "501 5.5.4"),
        ("MAIL FROM:<support@example.test>SIZE=1", "501 5.5.4"),
        ("MAIL FROM:<support@example.test> SIZE=", "501 5.5.4"),
        ("MAIL FROM:<support@example.test> SIZE=x", "501 5.5.4"),
        ("MAIL FROM:<support@example.test> SIZE=-1", "501 5.5.4"),
        ("MAIL FROM:<support@example.test> SIZE=1 SIZE=2", "501 5.5.4"),
        ("MAIL FROM:<support@example.test> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<support@example.test> SMTPUTF8=1", "501 5.5.4"),
        ("MAIL FROM:<support@example.test> XYZ=1", "555 5.5.4"),
        ("MAIL FROM:<support@example.test> SIZE=99999999999", "552 5.3.4"),
        ("MAIL FROM:<support>", "553 5.1.3"),
        ("MAIL FROM:<a@b@c>", "553 5.1.3"),
        ("MAIL FROM:<sup port@example.test>", "553 5.1.3"),
        ("MAIL FROM:<サポート@example.test>", "553 5.6.7"),
        ("MAIL FROM:<boss@example.test>", "553 5.7.1"),
        (b"MAIL FROM:<\xff\xfe@example.test>", "501 5.1.3"),
        (b"MAIL FROM:<a\0b@example.test>", "501 5.1.3"),
        (b"MAIL FROM:<support@example.test>\0", "501 5.1.3"),
        (b"\xff\xfe\xfd", "500"),
        (b"\0\0\0", "500"),
        ("", "500"),
        ("XYZZY", "500"),
        ("VRFY hanako", "252"),
        ("EXPN staff", "502"),
        ("HELP", "214"),
        ("NOOP", "250"),
    ],
)
async def test_one_line_after_signing_in(site, line, codes):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    assert (await raw.ask(line)).startswith(codes)
    assert (await raw.ask("NOOP")).startswith("250")
    raw.close()


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("RCPT TO:<>", "553 5.1.3"),
        ("RCPT TO:<postmaster>", "553 5.1.3"),
        ("RCPT TO:a@b.example", "501 5.5.4"),
        ("RCPT TO:<a@b.example> NOTIFY=NEVER", "555 5.5.4"),
        ("RCPT TO:<佐藤@b.example>", "553 5.6.7"),
        ("RCPT TO:<@relay.example:a@b.example>", "250 2.1.5"),
        ('RCPT TO:<"a b"@b.example>', "250 2.1.5"),
        ("RCPT TO:<a@[192.0.2.1]>", "250 2.1.5"),
        ("rcpt to: <a@b.example>", "250 2.1.5"),
    ],
)
async def test_one_recipient(site, line, codes):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.ask("MAIL FROM:<support@example.test> BODY=8BITMIME SIZE=100 AUTH=<>")
    assert (await raw.ask(line)).startswith(codes)
    raw.close()


async def test_addresses_outside_ascii_with_smtputf8(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    assert (await raw.ask("MAIL FROM:<support@example.test> SMTPUTF8")).startswith("250")
    assert (await raw.ask("RCPT TO:<佐藤@例え.example>")).startswith("250")
    await raw.ask("DATA")
    assert (await raw.ask(MAIL + b".")).startswith("250 2.0.0")
    assert site.submission.submitted[0][1].recipients == ("佐藤@例え.example",)
    raw.close()


async def test_the_null_sender_is_for_read_receipts(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    assert (await raw.ask("MAIL FROM:<>")).startswith("250")
    assert (await raw.ask("RCPT TO:<a@b.example>")).startswith("250")
    await raw.ask("DATA")
    assert (await raw.ask(MAIL + b".")).startswith("250")
    assert site.submission.submitted[0][1].sender == ""
    raw.close()


async def test_recipients_are_counted_and_named_once(make_site):
    site = await make_site(max_recipients=2)
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.ask("MAIL FROM:<support@example.test>")
    for _ in range(3):
        assert (await raw.ask("RCPT TO:<a@b.example>")).startswith("250")
    assert (await raw.ask("RCPT TO:<c@b.example>")).startswith("250")
    assert (await raw.ask("RCPT TO:<d@b.example>")).startswith("452 4.5.3")
    raw.close()


async def test_pipelining_keeps_the_order(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.send(
        b"MAIL FROM:<support@example.test>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<>\r\nDATA\r\n"
    )
    assert [(await raw.reply())[:3] for _ in range(4)] == ["250", "250", "553", "354"]
    await raw.send(MAIL + b".\r\nNOOP\r\nQUIT\r\n")
    assert [(await raw.reply())[:3] for _ in range(3)] == ["250", "250", "221"]
    assert site.submission.submitted[0][1].message == MAIL
    raw.close()


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r"])
async def test_only_crlf_dot_crlf_ends_a_mail(site, end):
    """SMTP smuggling: what follows stays text of the first mail."""
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    await raw.ask("DATA")
    smuggled = end + b"MAIL FROM:<support@example.test>\r\nRCPT TO:<x@y.example>\r\nDATA\r\n"
    assert (await raw.ask(MAIL + smuggled + b".")).startswith("250")
    assert len(site.submission.submitted) == 1
    assert b"x@y.example" in site.submission.submitted[0][1].message
    assert (await raw.ask("NOOP")).startswith("250")
    raw.close()


async def test_too_big_a_mail_is_read_to_its_end_and_refused(make_site):
    site = await make_site(max_message_bytes=100_000)
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    await raw.ask("DATA")
    assert (await raw.ask(b"x" * 70 + b"\r\n" + b"y" * 150_000 + b"\r\n.")).startswith("552 5.3.4")
    assert (await raw.ask("RCPT TO:<a@b.example>")).startswith("503")
    assert site.submission.submitted == []
    raw.close()


@pytest.mark.parametrize("line", [b"z" * 10_000, b"z\r\n" * 3000])
async def test_whoever_never_stops_is_cut_off(make_site, line):
    site = await make_site(max_message_bytes=100_000)
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    await raw.ask("DATA")
    with pytest.raises(ConnectionError):
        for _ in range(2000):
            await raw.send(line)
            await asyncio.sleep(0)
    assert site.open_sessions[-1] == -1
    raw.close()


async def test_a_command_line_that_is_too_long(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    assert (await raw.ask("MAIL FROM:<" + "a" * 2000 + "@b.example>")).startswith("500")
    assert (await raw.ask("NOOP " + "a" * 300_000)).startswith("500")
    assert (await raw.ask("NOOP")).startswith("250")
    raw.close()


async def test_a_few_unknown_commands_end_the_connection(site):
    raw = await site.raw(tls=True)
    for _ in range(4):
        assert (await raw.ask("GET / HTTP/1.1")).startswith("500")
    assert (await raw.ask("Host: x")).startswith("502")
    assert await raw.closed()


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Guarded("sending", "en", {"name": "Taro"}), "550 5.7.1 Taro is sending an answer"),
        (RelayRefused(550, "no such user", "a@b.example"), "550 5.1.1 The mail provider refused a"),
        (RelayRefused(554, "5.7.1 spam\r\n250 ok"), "554 5.7.1 The mail provider refused the mail"),
        (RelayRefused(451, "greylisted"), "451 4.7.1 The mail provider refused the mail"),
        (RelayUnavailable("no route", uncertain=False), "451 4.4.1"),
        (PerhapsSent("cut", "en", {}), "554 5.4.2"),
        (StoreUnavailable("disk full"), "451 4.3.0"),
        (Busy("sending"), "451 4.3.2"),
        (CannotDo("malformed", what="from"), "554 5.6.0 The mail is not well-formed: it needs"),
        (ZeroDivisionError("secret 4711"), "451 4.3.0 Something went wrong here"),
    ],
)
async def test_what_the_service_raises_becomes_one_line(site, trouble, expected):
    site.submission.trouble = trouble
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    await raw.ask("DATA")
    answer = await raw.ask(MAIL + b".")
    assert answer.startswith(expected)
    assert "4711" not in answer
    assert not answer.endswith(".")
    assert (await raw.ask("NOOP")).startswith("250")
    site.submission.trouble = None
    await raw.begin_mail()
    await raw.ask("DATA")
    assert (await raw.ask(MAIL + b".")).startswith("250")
    raw.close()


async def test_a_foreign_sender_is_recorded_before_it_is_refused(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    assert (await raw.ask("MAIL FROM:<boss@example.test>")).startswith("553 5.7.1")
    assert site.submission.refused == [("hanako", "boss@example.test", "smtp")]
    site.submission.trouble = StoreUnavailable("disk full")
    assert (await raw.ask("MAIL FROM:<boss@example.test>")).startswith("451 4.3.0")
    raw.close()


async def test_before_anybody_has_signed_in_it_speaks_the_installation_s_language(make_site):
    site = await make_site(language="ja")
    raw = await site.raw(tls=True)
    assert await raw.ask("MAIL FROM:<a@example.test>") == ("503 5.5.1 Send EHLO first"), (
        "what programs alone see is English"
    )
    await raw.ask("EHLO x")
    assert await raw.ask("MAIL FROM:<a@example.test>") == "530 5.7.0 先にログインしてください。"
    raw.close()


async def test_sentences_in_japanese(site):
    site.submission.lang = "ja"
    raw = await site.raw(tls=True)
    await raw.sign_in()
    answer = await raw.ask("MAIL FROM:<boss@example.test>")
    assert answer.startswith("553 5.7.1 差出人に boss@example.test は使えません。")
    assert "support@example.test" in answer
    raw.close()


async def test_a_client_that_leaves_in_the_middle_disturbs_nobody(site):
    site.submission.hold = asyncio.Event()
    leaver, stayer = await site.raw(tls=True), await site.raw()
    for raw in (leaver, stayer):
        await raw.sign_in()
        await raw.begin_mail()
        await raw.ask("DATA")
    await leaver.send(MAIL + b".\r\n")
    while not site.submission.submitted:
        await asyncio.sleep(0.01)
    leaver.writer.transport.abort()
    await stayer.send(MAIL)
    stayer.writer.transport.abort()
    while site.sign_in.sessions:
        await asyncio.sleep(0.01)
    site.submission.hold.set()
    another = await site.raw(tls=True)
    await another.sign_in()
    another.close()


async def test_metrics_name_commands_and_outcomes(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.ask("MAIL FROM:<nobody@example.test>")
    assert ("AUTH", "ok") in site.counted
    assert ("MAIL", "refused") in site.counted
    assert site.open_sessions == [1]
    raw.close()
