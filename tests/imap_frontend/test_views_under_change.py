"""A folder that changes while its mails are on their way to the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import imap_fakes
import pytest

BODY = b"m" * 200_000


class Meddling:
    """A body; after its first piece something happens."""

    size = len(BODY)

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, self.size, 50_000):
            yield BODY[start : start + 50_000]
            if start == 0:
                self._happens()


def row(number: int, name: bytes = b"BODY[]") -> bytes:
    return b"* %d FETCH (%b {200000}\r\n%b)\r\n" % (number, name, BODY)


@pytest.mark.parametrize("folder", [b"INBOX", b"Status/Open"])
async def test_in_the_middle_of_a_literal(connect, world, folder):
    """The octets promised are sent; the EXPUNGE waits for a command that may bring it."""
    client = connect()
    await client.login()
    await client.select(folder)
    view = world.folders[folder.decode()]
    uids = list(view.rows)
    client.said()
    world.blob = Meddling(lambda: view.remove(uids[:2]))
    said = await client.send(b"a FETCH 1 BODY.PEEK[]\r\nb FETCH 2:3 UID\r\nc NOOP\r\n")
    assert said == (
        row(1)
        + b"a OK done\r\n"
        + b"* 3 FETCH (UID %d)\r\n" % uids[2]
        + b"b NO [EXPUNGEISSUED] some of these mails are gone\r\n"
        + b"* 2 EXPUNGE\r\n* 1 EXPUNGE\r\nc OK done\r\n"
    )


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"SEARCH ALL", b"SEARCH 2 3 4 5"),
        (b"SORT (ARRIVAL) UTF-8 ALL", b"SORT 2 3 4 5"),
        (b"THREAD REFERENCES UTF-8 ALL", b"THREAD (2)(3 4)(5)"),
    ],
)
async def test_what_others_have_removed_is_not_found_and_that_is_said(
    connect, world, command, answer
):
    client = connect()
    await client.login()
    await client.select()
    inbox = world.folders["INBOX"]
    uids = list(inbox.rows)
    client.said()
    inbox.remove(uids[:1])
    said = await client.send(b"a " + command + b"\r\n")
    assert said == b"* " + answer + b"\r\na OK [EXPUNGEISSUED] done\r\n"
    # By UID the EXPUNGE itself comes.
    said = await client.send(b"b UID " + command + b"\r\n")
    assert said.endswith(b"* 1 EXPUNGE\r\nb OK done\r\n")
    assert b"EXPUNGEISSUED" not in said + await client.send(b"c " + command + b"\r\n")


async def test_by_uid_the_rest_is_sent_and_the_expunge_follows(connect, world):
    client = connect()
    await client.login()
    await client.select()
    inbox = world.folders["INBOX"]
    client.said()
    client.context.enable("QRESYNC")
    client.wire.flush()
    client.said()
    world.blob = Meddling(lambda: inbox.remove([12, 20]))
    said = await client.send(b"a UID FETCH 11:12,20 BODY.PEEK[]\r\n")
    body = b"BODY[] {200000}\r\n" + BODY
    assert said == (
        b"* 1 FETCH (UID 11 " + body + b")\r\n"
        b"* VANISHED 12,20\r\n"
        b"a OK [HIGHESTMODSEQ %d] done\r\n" % inbox.highest
    )


async def test_flags_that_change_on_the_way_are_told_afterwards(connect, world):
    client = connect()
    await client.login()
    await client.select()
    client.said()
    world.blob = Meddling(lambda: world.change("INBOX", 11, "+", ["\\Flagged"]))
    said = await client.send(b"a FETCH 1 (FLAGS BODY.PEEK[])\r\n")
    assert said == (
        b"* 1 FETCH (FLAGS (\\Seen $status-done) BODY[] {200000}\r\n" + BODY + b")\r\n"
        b"* 1 FETCH (UID 11 FLAGS (\\Seen $status-done \\Flagged))\r\n"
        b"a OK done\r\n"
    )


async def test_the_folder_is_emptied_between_batches(connect, world):
    client = connect()
    await client.login()
    await client.select()
    client.said()
    inbox, batches = world.folders["INBOX"], iter(range(9))

    def empty() -> None:
        if next(batches) == 1:
            inbox.remove(list(inbox.rows))

    world.before_batch = empty
    said = await client.send(b"a FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])\r\n")
    assert said.count(b" FETCH ") == 2
    assert said.endswith(b"a NO [EXPUNGEISSUED] some of these mails are gone\r\n")
    said = await client.send(b"b NOOP\r\n")
    assert said == b"".join(b"* %d EXPUNGE\r\n" % n for n in (5, 4, 3, 2, 1)) + b"b OK done\r\n"


async def test_a_search_that_takes_long_names_only_what_is_there(connect, world, monkeypatch):
    """Arrived meanwhile: no number yet. Gone meanwhile: by number it can't be told yet."""
    search, go_on = imap_fakes.FakeView.search, asyncio.Event()

    async def slow(self, term):
        await go_on.wait()
        return await search(self, term)

    monkeypatch.setattr(imap_fakes.FakeView, "search", slow)
    client = connect()
    await client.login()
    await client.select()
    client.said()
    client.wire.received(b"a UID SEARCH RETURN (ALL COUNT SAVE) ALL\r\nb UID FETCH $ UID\r\n")
    await client.settle()
    inbox = world.folders["INBOX"]
    inbox.add(imap_fakes.Message(b"x", []))
    inbox.remove([15])
    go_on.set()
    await client.settle()
    assert client.said() == (
        b'* ESEARCH (TAG "a") UID ALL 11:12,16,20 COUNT 4\r\n'
        b"* 3 EXPUNGE\r\n* 5 EXISTS\r\n* 1 RECENT\r\na OK done\r\n"
        b"* 1 FETCH (UID 11)\r\n* 2 FETCH (UID 12)\r\n* 3 FETCH (UID 16)\r\n* 4 FETCH (UID 20)\r\n"
        b"b OK done\r\n"
    )
