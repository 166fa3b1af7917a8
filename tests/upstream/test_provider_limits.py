"""A provider that gives few connections or little work: all are served, the rest is told.

With a real Dovecot that counts connections, and with scripts for what only big providers say.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator

import pytest

from proxyd.domain.errors import UpstreamLimited, UpstreamRefused
from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.upstream.mailbox import ImapUpstream
from tests.servers.dovecot import Dovecot
from tests.upstream.conftest import QUICK, OpenMailbox, eventually, server_of
from tests.upstream.scripted import GREETING, Scripted, Wire, silence

TIMINGS = dataclasses.replace(QUICK, slow=0.05, slow_most=0.2, crowded=0.5, crowded_most=1.0)
MAILS = 20


@pytest.fixture(scope="module", params=[1, 2, 3])
def stingy(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    with Dovecot(max_connections=request.param) as dovecot:
        for number in range(MAILS):
            dovecot.deliver(b"Subject: %d\n\nhello\n" % number)
        yield dovecot


def the_mailbox(open_mailbox: OpenMailbox, dovecot: Dovecot, **options: object) -> ImapUpstream:
    options = {"timings": TIMINGS, "password": lambda: dovecot.password, **options}
    return open_mailbox(server_of(dovecot, "plain"), **options)


async def test_works_on_with_what_it_gets_and_hears_the_news(
    stingy: Dovecot, open_mailbox: OpenMailbox
) -> None:
    limit = stingy._max_connections
    said: list[str] = []
    events: list[str] = []
    news: list[int] = []
    lines: list[tuple[bool, str]] = []
    mailbox = the_mailbox(open_mailbox, stingy, on_limit=said.append, on_event=events.append)
    await mailbox.list_folders()
    mailbox.watch("INBOX", lambda: news.append(1), lambda up, why: lines.append((up, why)))
    status = (await mailbox.status(["INBOX"]))["INBOX"]

    async def read(uid: int) -> list[ContentRow]:
        return await mailbox.fetch("INBOX", status.uidvalidity, [uid], [b"BODY.PEEK[]"])

    for _ in range(5):
        found = await asyncio.gather(*(read(uid) for uid in range(1, MAILS + 1)))
        assert all(len(rows) == 1 for rows in found)
        await asyncio.sleep(0.1)
        assert stingy.connections() <= limit
    assert not any(up is False for up, _ in lines)
    heard = len(news)
    stingy.deliver(b"Subject: news\n\nx\n")
    await eventually(lambda: len(news) > heard)
    assert bool(said) is (limit < 3)
    if limit < 3:
        assert said[0].startswith("the provider gives us ")
        assert "Maximum number of connections" in said[0]
        assert "limited" in events
        assert "failed" not in events


async def test_all_connections_again_when_the_others_have_gone(open_mailbox: OpenMailbox) -> None:
    with Dovecot(max_connections=3) as dovecot:
        dovecot.deliver(b"Subject: x\n\nhello\n")
        others = the_mailbox(open_mailbox, dovecot)
        others.watch("INBOX", lambda: None, lambda up, why: None)
        await eventually(lambda: dovecot.connections() == 1)
        await others.list_folders()
        said: list[str] = []
        mailbox = the_mailbox(open_mailbox, dovecot, on_limit=said.append)
        await mailbox.list_folders()
        lines: list[bool] = []
        mailbox.watch("INBOX", lambda: None, lambda up, why: lines.append(up))
        await eventually(lambda: said)
        await others.close()
        await eventually(lambda: lines == [True])
        assert (await mailbox.status(["INBOX"]))["INBOX"].messages == 1


# ---------------------------------------------------------------- what only big ones say


async def test_throttled_reading_waits_and_is_done(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        for _ in range(2):
            await wire.expect(rb"UID FETCH 1 .*")
            await wire.ok(text=b"NO [THROTTLED] too fast\r\n")
        await wire.expect(rb"UID FETCH 1 .*")
        await wire.ok(b'* 1 FETCH (UID 1 BODY[] "hi")\r\n')
        await silence(wire)

    events: list[str] = []
    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=TIMINGS, on_event=events.append)
        assert len(await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])) == 1
        assert fake.connections == 1
    assert events.count("slowed") == 2


@pytest.mark.parametrize("code", [b"THROTTLED", b"LIMIT", b"INUSE", b"OVERQUOTA"])
async def test_what_stays_refused_is_told_with_its_code(
    open_mailbox: OpenMailbox, code: bytes
) -> None:
    tries = 0

    async def script(wire: Wire) -> None:
        nonlocal tries
        await wire.sign_in()
        await wire.select()
        while True:
            await wire.expect(rb"UID FETCH 1 .*|")
            if not wire.tag:
                return
            tries += 1
            await wire.ok(text=b"NO [%b] too fast\r\n" % code)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(
            fake.server, timings=dataclasses.replace(TIMINGS, slow=0.5, slow_most=1.0)
        )
        with pytest.raises(UpstreamRefused, match="too fast") as caught:
            await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])
        assert caught.value.code == code.decode()
    assert tries >= 2, "it is tried again, for a while"


async def test_change_that_is_put_off_is_not_sent_again(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID STORE 1 .*")
        await wire.ok(text=b"NO [THROTTLED] too fast\r\n")
        assert not await wire.reader.read(1000)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=TIMINGS)
        with pytest.raises(UpstreamRefused):
            await mailbox.store_flags("INBOX", 7, [1], "+", ["\\Seen"])
        await asyncio.sleep(0.2)
        await mailbox.close()


async def test_goodbye_over_a_limit_costs_one_connection_and_no_job(
    open_mailbox: OpenMailbox,
) -> None:
    async def throws_out(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID FETCH 1 .*")
        await wire.say(b"* BYE [THROTTLED] Session throttled\r\n")

    async def serves(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID FETCH 1 .*")
        await wire.ok(b'* 1 FETCH (UID 1 BODY[] "hi")\r\n')
        await silence(wire)

    said: list[str] = []
    async with Scripted(throws_out, serves) as fake:
        mailbox = open_mailbox(fake.server, timings=TIMINGS, on_limit=said.append)
        assert len(await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])) == 1
    assert len(said) == 1
    assert "gives us 1 of 3" in said[0]


@pytest.mark.parametrize(
    "greeting", [b"* BYE [LIMIT] too many connections\r\n", b"* BYE [INUSE] later\r\n"]
)
async def test_nobody_of_us_is_in_and_nobody_gets_in(
    open_mailbox: OpenMailbox, greeting: bytes
) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(greeting)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=TIMINGS)
        with pytest.raises(UpstreamLimited, match="does not let us in"):
            await mailbox.capabilities()
        knocked = fake.connections
        with pytest.raises(UpstreamLimited):
            await mailbox.capabilities()
        assert fake.connections <= knocked + 4


async def test_unasked_warning_slows_bulk_work_down(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.say(GREETING)
        await wire.expect(rb"AUTHENTICATE PLAIN .*")
        await wire.ok(text=b"OK [CAPABILITY IMAP4rev1 UIDPLUS] welcome\r\n")
        await wire.select()
        await wire.expect(rb"UID FETCH 1 .*")
        await wire.ok(b'* 1 FETCH (UID 1 BODY[] "hi")\r\n', text=b"OK [THROTTLED] Success\r\n")
        await silence(wire)

    events: list[str] = []
    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=TIMINGS, on_event=events.append)
        assert len(await mailbox.fetch("INBOX", 7, [1], [b"BODY.PEEK[]"])) == 1
    assert "slowed" in events
