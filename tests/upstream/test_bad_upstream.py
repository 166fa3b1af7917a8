"""Servers that stall, lie, break off or talk nonsense: UpstreamUnavailable with a reason, soon."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from proxyd.domain.errors import UpstreamSignInRefused, UpstreamUnavailable
from proxyd.domain.types import BytesBlob
from proxyd.imapwire.response_framer import MIB
from proxyd.upstream import imap_driver
from proxyd.upstream.timings import Timings
from tests.upstream.conftest import QUICK, OpenMailbox, eventually
from tests.upstream.scripted import SIGNED_IN, Script, Scripted, Wire, silence

# With a server that says nothing; one that says something is waited for as long as it takes.
HASTY = dataclasses.replace(QUICK, connect=1.0, greeting=0.5, stall=0.3)


def patience(reason: str) -> Timings:
    return HASTY if reason.startswith("no ") else QUICK


async def greets_with(wire: Wire, greeting: bytes) -> None:
    await wire.say(greeting)
    await silence(wire)


def greeting(octets: bytes) -> Script:
    return lambda wire: greets_with(wire, octets)


async def closes(wire: Wire) -> None:
    wire.close()


async def stalls_at_sign_in(wire: Wire) -> None:
    await wire.say(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n")
    await silence(wire)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (silence, "no greeting"),
        (closes, "connection lost|closed the connection"),
        (greeting(b"* BYE go away\r\n"), "go away"),
        (greeting(b"220 mail.example.test ESMTP\r\n"), "not understood"),
        (greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not understood"),
        (greeting(b"\x15\x03\x01\x00\x02\x02\x46\r\n"), "not understood"),
        (greeting(b"* PREAUTH welcome\r\n"), "PREAUTH"),
        (greeting(b"* OK " + b"x" * (17 * MIB)), "too long"),
        (stalls_at_sign_in, "no answer to AUTHENTICATE"),
    ],
)
async def test_server_that_never_lets_us_in(
    open_mailbox: OpenMailbox, script: Script, reason: str
) -> None:
    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=patience(reason))
        with pytest.raises(UpstreamUnavailable, match=reason) as caught:
            await mailbox.capabilities()
        assert not isinstance(caught.value, UpstreamSignInRefused)


async def test_nobody_listens(open_mailbox: OpenMailbox) -> None:
    async with Scripted(silence) as fake:
        server = fake.server
    with pytest.raises(UpstreamUnavailable, match="refused"):
        await open_mailbox(server).capabilities()


async def test_unknown_host(open_mailbox: OpenMailbox) -> None:
    async with Scripted(silence) as fake:
        server = dataclasses.replace(fake.server, host="nowhere.invalid", security="tls")
    with pytest.raises(UpstreamUnavailable, match=r"nowhere\.invalid"):
        await open_mailbox(server, timings=HASTY).capabilities()


async def test_no_password_leaves_without_tls(open_mailbox: OpenMailbox) -> None:
    async with Scripted(silence) as fake:
        server = dataclasses.replace(fake.server, host="192.0.2.1")
    with pytest.raises(UpstreamUnavailable, match="without TLS"):
        await open_mailbox(server).capabilities()


# ---------------------------------------------------------------- in the middle of a command


def answering_fetch(answer: bytes, *, close: bool = False) -> Script:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID FETCH .*")
        await wire.say(answer.replace(b"TAG", wire.tag))
        if not close:
            await silence(wire)

    return script


@pytest.mark.parametrize(
    ("answer", "close", "reason"),
    [
        (b"", False, "no answer to UID FETCH"),
        (b"", True, "connection lost|closed the connection"),
        (b"* BYE shutting down\r\n", True, "shutting down"),
        (b"* 1 FETCH (UID 1 BODY[] {500}\r\nhalf of", True, "connection lost|closed"),
        (b"* 1 FETCH (UID 1 BODY[] {500000}\r\nhalf of", True, "connection lost|closed"),
        (b"* 1 FETCH (UID 1 BODY[] {500}\r\nhalf of", False, "no answer to UID FETCH"),
        (b"* 1 FETCH (UID 1 BODY[] {99999999999999}\r\n", False, "literal is too long"),
        (b"* 1 FETCH (UID 1 BODY[] {-5}\r\n", False, "no answer to UID FETCH"),
        (b"* 1 FETCH (UID 1 BODY[] (((((((((((\r\n", False, "no answer to UID FETCH"),
        (b"* 1 FETCH nonsense\r\n", False, "no answer to UID FETCH"),
        (b"\x00\xff\x00\xff\r\n", False, "no answer to UID FETCH"),
        (b"x99 OK done\r\n", False, "not sent"),
        (b"* 1 FETCH (UID 1 X " + b"y" * (17 * MIB), False, "too long"),
        (b"* LIST () NIL {17000000}\r\n", False, "too long"),
    ],
)
async def test_broken_off_in_the_middle_is_tried_once_more_and_then_told(
    open_mailbox: OpenMailbox, answer: bytes, close: bool, reason: str
) -> None:
    async with Scripted(answering_fetch(answer, close=close)) as fake:
        mailbox = open_mailbox(fake.server, timings=patience(reason))
        with pytest.raises(UpstreamUnavailable, match=reason):
            await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])
        # Each of them twice: the question, and whether it is this mail that it can't answer about.
        assert fake.connections <= 4


async def test_second_try_of_a_read_may_succeed(open_mailbox: OpenMailbox) -> None:
    good = answering_fetch(b'* 1 FETCH (UID 1 BODY[] "hi")\r\nTAG OK done\r\n')
    async with Scripted(answering_fetch(b"* 1 FETCH (", close=True), good) as fake:
        mailbox = open_mailbox(fake.server)
        (row,) = await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])
        assert row.values == {b"BODY[]": b'"hi"'}


async def test_change_is_never_sent_twice(open_mailbox: OpenMailbox) -> None:
    appended: list[bytes] = []

    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.expect(rb"APPEND INBOX \{4\+\}")
        appended.append(await wire.reader.readexactly(6))
        wire.close()

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server)
        with pytest.raises(UpstreamUnavailable):
            await mailbox.append("INBOX", [], None, BytesBlob(b"mail"))
        await asyncio.sleep(0.1)
        assert appended == [b"mail\r\n"]
        assert fake.connections == 1


async def test_change_that_was_not_written_yet_is_tried_again(open_mailbox: OpenMailbox) -> None:
    async def breaks_at_select(wire: Wire) -> None:
        await wire.sign_in()
        await wire.expect(rb"SELECT INBOX")

    async def serves(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID STORE 1 \+FLAGS \(\\Seen\)")
        await wire.ok(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n")
        await silence(wire)

    async with Scripted(breaks_at_select, serves) as fake:
        mailbox = open_mailbox(fake.server)
        (row,) = await mailbox.store_flags("INBOX", 7, [1], "+", ["\\Seen"])
        assert row.flags == ("\\Seen",)


@pytest.mark.parametrize("again", [b"(\\Flagged)", b"()"], ids=["taken", "left out again"])
async def test_what_is_left_out_is_asked_for_once_more(
    open_mailbox: OpenMailbox, again: bytes
) -> None:
    """Another client has undone it in the same instant, or the provider does not keep it."""

    async def serves(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID STORE 1:2 \+FLAGS \(\\Flagged\)")
        await wire.ok(
            b"* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n* 2 FETCH (UID 2 FLAGS (\\Flagged))\r\n"
            b"* 2 FETCH (UID 2 FLAGS ())\r\n"
        )
        await wire.expect(rb"UID STORE 2 \+FLAGS \(\\Flagged\)")
        await wire.ok(b"* 2 FETCH (UID 2 FLAGS %b)\r\n" % again)
        await silence(wire)

    async with Scripted(serves) as fake:
        rows = await open_mailbox(fake.server).store_flags("INBOX", 7, [1, 2], "+", ["\\Flagged"])
        flags = ("\\Flagged",) if again != b"()" else ()
        assert [row.flags for row in rows] == [("\\Flagged",), flags]


async def test_more_than_was_asked_for_is_not_kept(
    open_mailbox: OpenMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_driver, "BATCH_OCTETS", 1 * MIB)

    async def endless(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID (?:FETCH|SEARCH) .*")
        while True:
            await wire.say(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n" * 1000)

    async with Scripted(endless) as fake:
        mailbox = open_mailbox(fake.server)
        with pytest.raises(UpstreamUnavailable, match="more answers"):
            await mailbox.scan_flags("INBOX", 7)


async def test_big_literals_without_end_are_not_spooled(
    open_mailbox: OpenMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_driver, "BATCH_SPOOLED", 1 * MIB)
    row = b"* 1 FETCH (UID 1 BODY[] {600000}\r\n" + b"x" * 600_000 + b")\r\n"
    async with Scripted(answering_fetch(row * 2)) as fake:
        mailbox = open_mailbox(fake.server)
        with pytest.raises(UpstreamUnavailable, match="more mail"):
            await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])


# ---------------------------------------------------------------- odd, and all right


async def test_unsolicited_rows_are_left_out(open_mailbox: OpenMailbox) -> None:
    answer = (
        b"* 3 FETCH (FLAGS (\\Seen))\r\n"
        b"* 2 FETCH (UID 2 FLAGS (\\Draft))\r\n"
        b"* 9 EXISTS\r\n"
        b'* 1 FETCH (UID 1 BODY[] "hi")\r\n'
        b"* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n"
        b"TAG OK done\r\n"
    )
    async with Scripted(answering_fetch(answer)) as fake:
        mailbox = open_mailbox(fake.server)
        (row,) = await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])
        assert (row.uid, row.values) == (1, {b"BODY[]": b'"hi"'})


async def test_row_told_in_pieces_is_one(open_mailbox: OpenMailbox) -> None:
    answer = (
        b'* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] "Subject: x\\\\")\r\n'
        b'* 1 FETCH (UID 1 INTERNALDATE "1-Jul-2026 00:00:00 +0000")\r\n'
        b"* 1 FETCH (RFC822.SIZE 12 UID 1 FLAGS (\\seen))\r\nTAG OK done\r\n"
    )
    async with Scripted(answering_fetch(answer)) as fake:
        mailbox = open_mailbox(fake.server)
        (row,) = await mailbox.scan_headers("INBOX", 7, [1], ["Subject"])
        assert (row.header, row.size, row.flags) == (b"Subject: x\\", 12, ("\\Seen",))


async def test_expunged_meanwhile_is_no_refusal(open_mailbox: OpenMailbox) -> None:
    answer = b'* 1 FETCH (UID 1 BODY[] "hi")\r\nTAG NO [EXPUNGEISSUED] some are gone\r\n'
    async with Scripted(answering_fetch(answer)) as fake:
        mailbox = open_mailbox(fake.server)
        assert len(await mailbox.fetch("INBOX", 7, [1, 2], [b"BODY.PEEK[]"])) == 1


async def test_a_mail_that_goes_meanwhile_is_not_nil(open_mailbox: OpenMailbox) -> None:
    """An OK with that would say that there is an empty mail."""

    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID FETCH 1:2 .*")
        await wire.ok(
            b'* 1 FETCH (UID 1 BODY[] "hi")\r\n* 2 FETCH (UID 2 BODY[] NIL)\r\n',
            text=b"NO [EXPUNGEISSUED] some are gone\r\n",
        )
        while True:
            await wire.expect(rb"UID FETCH 2 .*")
            await wire.ok()

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server)
        told = await mailbox.fetch("INBOX", 7, [1, 2], [b"BODY.PEEK[]"])
        assert [row.uid for row in told] == [1]


async def test_refusal_keeps_the_connection(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID FETCH .*")
        await wire.ok(text=b"NO [SERVERBUG] internal error\r\n")
        await wire.expect(rb"UID FETCH 1 \(UID FLAGS\)")
        await wire.ok(b"* 1 FETCH (UID 1 FLAGS ())\r\n")
        await wire.expect(rb"UID FETCH .*")
        await wire.ok(b'* 1 FETCH (UID 1 BODY[] "hi")\r\n')
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server)
        assert await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"]) == []
        assert len(await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])) == 1
        assert fake.connections == 1


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (b"NO [AUTHENTICATIONFAILED] bad password hunter2\r\n", True),
        (b"NO AHN1cHBvcnRAZXhhbXBsZS50ZXN0AGh1bnRlcjI= is wrong\r\n", True),
        (b"BAD aHVudGVyMg== unknown\r\n", True),
        (b"NO [UNAVAILABLE] database down, hunter2\r\n", False),
        (b"NO Too many simultaneous connections. (Failure)\r\n", False),
        (b"NO [LIMIT] slow down\r\n", False),
    ],
)
async def test_refusals_of_a_password_and_of_the_moment(
    open_mailbox: OpenMailbox, answer: bytes, refused: bool
) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello\r\n")
        await wire.expect(rb"AUTHENTICATE PLAIN .*")
        await wire.ok(text=answer)
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, password=lambda: "hunter2")
        with pytest.raises(UpstreamUnavailable) as caught:
            await mailbox.capabilities()
        assert isinstance(caught.value, UpstreamSignInRefused) is refused
        told = repr(caught.value) + str(caught.value.__cause__) + str(caught.value.__context__)
        assert "hunter2" not in told
        assert "aHVudGVyMg" not in told
        assert "AGh1bnRlcjI" not in told


async def test_old_server_without_sasl(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(b"* OK Courier ready\r\n")
        await wire.expect(rb"CAPABILITY")
        await wire.ok(b"* CAPABILITY IMAP4rev1\r\n")
        await wire.expect(rb'LOGIN "support@example.test" \{9\}')
        await wire.say(b"+ go\r\n")
        assert await wire.line() == 'パス"xx'.encode()
        await wire.ok(text=b"OK welcome\r\n")
        await wire.expect(rb"CAPABILITY")
        await wire.ok(b"* CAPABILITY IMAP4rev1 IDLE\r\n")
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, password=lambda: 'パス"xx')
        assert await mailbox.capabilities() == {"IMAP4REV1", "IDLE"}


async def test_server_that_offers_no_way_in(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI] hello\r\n")
        assert not await wire.line()

    async with Scripted(script) as fake:
        with pytest.raises(UpstreamUnavailable, match="no way to sign in"):
            await open_mailbox(fake.server).capabilities()


async def test_starttls_with_something_behind_it(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")
        await wire.expect(rb"STARTTLS")
        await wire.say(wire.tag + b" OK begin\r\n* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n")
        assert not await wire.line()  # no password came

    async with Scripted(script) as fake:
        server = dataclasses.replace(fake.server, security="starttls")
        with pytest.raises(UpstreamUnavailable, match="in clear"):
            await open_mailbox(server).capabilities()


async def test_starttls_refused(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n")
        await wire.expect(rb"STARTTLS")
        await wire.ok(text=b"BAD not here\r\n")
        assert not await wire.line()  # no password came

    async with Scripted(script) as fake:
        server = dataclasses.replace(fake.server, security="starttls")
        with pytest.raises(UpstreamUnavailable, match="refuses STARTTLS"):
            await open_mailbox(server).capabilities()


# ---------------------------------------------------------------- callers who go away


async def test_caller_that_goes_away_leaves_the_connection_whole(
    open_mailbox: OpenMailbox,
) -> None:
    asked = asyncio.Event()
    go_on = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID FETCH 1 .*")
        asked.set()
        await go_on.wait()
        await wire.ok(b'* 1 FETCH (UID 1 BODY[] "one")\r\n')
        await wire.expect(rb"UID FETCH 2 .*")
        await wire.ok(b'* 2 FETCH (UID 2 BODY[] "two")\r\n')
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, connections=2)
        first = asyncio.ensure_future(mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"]))
        await asked.wait()
        first.cancel()
        second = asyncio.ensure_future(mailbox.fetch("INBOX", 7, [2], [b"BODY.PEEK[]"]))
        await asyncio.sleep(0.02)
        go_on.set()
        (row,) = await second
        assert row.values == {b"BODY[]": b'"two"'}
        assert first.cancelled()
        assert fake.connections == 1


async def test_closing_ends_what_waits(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, connections=2)
        jobs = [asyncio.ensure_future(mailbox.scan_flags("INBOX", 7)) for _ in range(3)]
        await eventually(lambda: fake.connections)
        await asyncio.sleep(0.05)
        await mailbox.close()
        for job in jobs:
            with pytest.raises(UpstreamUnavailable):
                await job
        with pytest.raises(UpstreamUnavailable):
            await mailbox.capabilities()


async def test_peer_that_stops_reading_a_big_append(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.expect(rb"APPEND .*")
        await wire.say(b"+ go\r\n")
        await asyncio.sleep(3)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=HASTY)
        with pytest.raises(UpstreamUnavailable, match="no answer to APPEND"):
            await mailbox.append("INBOX", [], None, BytesBlob(b"x" * 50_000_000))


async def test_welcome_without_capabilities_is_asked_for_them(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(b"* OK hello\r\n")
        await wire.expect(rb"CAPABILITY")
        await wire.ok(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
        await wire.expect(rb"AUTHENTICATE PLAIN")
        await wire.say(b"+ \r\n")
        assert await wire.line()
        await wire.ok(text=SIGNED_IN)
        await silence(wire)

    async with Scripted(script) as fake:
        assert "MOVE" in await open_mailbox(fake.server).capabilities()


@pytest.mark.parametrize("row", [b"* 1 FETCH (UID 1 FLAGS 5)", b"* 1 FETCH (UID 1 FLAGS NIL)"])
async def test_flags_that_are_no_list_are_none(open_mailbox: OpenMailbox, row: bytes) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID FETCH 1:\* .*")
        await wire.ok(row + b"\r\n\r\n* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n")
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server)
        rows = await mailbox.scan_flags("INBOX", 7)
        assert [(one.uid, one.flags) for one in rows] == [(1, ()), (2, ("\\Seen",))]
        assert fake.connections == 1
