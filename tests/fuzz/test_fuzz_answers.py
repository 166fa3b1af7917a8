"""A provider that answers almost like a real one: recorded answers of Dovecot, Cyrus and Courier,
damaged, taken by everything that reads answers.

BadResponse at worst, which ends the connection; in bounded time, and in memory of a few times what
was sent. ``answers/`` holds what the three said to COMMANDS about malformed mail.
"""

from __future__ import annotations

import contextlib
import random
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import budget
import pytest

from proxyd.domain.errors import UpstreamError
from proxyd.imapwire.response import BadResponse, ListItem, Response, StatusItem
from proxyd.imapwire.response_framer import ResponseLimits
from proxyd.upstream import command, quota, rows
from proxyd.upstream.command import simple
from proxyd.upstream.folders import FolderNames, folders
from proxyd.upstream.imap_client import ImapClient
from proxyd.upstream.namespace import namespaces
from proxyd.upstream.spool import Spool
from tests.effort import require_below

RECORDED = {
    path.stem: path.read_bytes() for path in (Path(__file__).parent / "answers").glob("*.bin")
}
ANSWERED = 24  # commands, whose tags are p2 to p25
INPUTS = 500  # per server and run
MEASURED = 60  # of these with the allocations watched, which is slow
SECONDS = 2.0  # of the processor for one input of 15 KB, which takes 3 ms: this machine is shared
# Values point into what was sent or are pieces of it; the rest is Python's objects around them.
OCTETS_PER_OCTET, OCTETS_AT_LEAST = 40, 512 * 1024

GREETING = b"* OK [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS IDLE] hello\r\np1 OK welcome\r\n"
TOKENS = (
    *(b"(", b")", b'"', b"\\", b"{", b"}", b"{5}\r\n", b"{300000}\r\n", b"{99999999999}\r\n"),
    *(b"NIL", b"[", b"]", b"<0>", b"\r\n", b"\n", b"\r", b"\0", b"\xff", b" ", b"* ", b"+ "),
    *(b"p9 ", b"* 1 FETCH (", b"UID 4294967296", b"UID 0 ", b"-1", b"1:4294967295", b"*:1"),
    *(b"[COPYUID ", b"OK [CAPABILITY X]", b"* BYE x\r\n", b"* VANISHED 1:9\r\n", b"~{3}\r\n"),
    *(b"BODY[1.2.HEADER]", b"FLAGS 5 ", b"ENVELOPE ", b"&AOk", b"[UIDVALIDITY 0] "),
)


def damaged(recorded: bytes, dice: random.Random) -> bytes:
    """One to eight accidents."""
    text = bytearray(recorded)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(text) + 1)
        end = min(at + dice.randint(1, 200), len(text))
        match dice.randrange(6):
            case 0 if at < len(text):
                text[at] = dice.randrange(256)
            case 1:
                del text[at:end]
            case 2:
                text[at:at] = text[at:end] * dice.randint(1, 20)
            case 3:
                text[at:at] = dice.choice(TOKENS)
            case 4:
                other = dice.choice(list(RECORDED.values()))
                start = dice.randrange(len(other))
                text[at:end] = other[start : start + dice.randint(1, 500)]
            case _:
                del text[max(at, len(text) // 2) :]
    return bytes(text)


def taken(answers: bytes, dice: random.Random) -> int:
    """Feed it in pieces, and let every reader read; how many responses were understood."""
    heard: list[Response] = []
    client = ImapClient(lambda size: Spool(), heard.append, ResponseLimits())
    client.feed(GREETING.splitlines(keepends=True)[0])
    client.begin(command.login("u", "p"))
    client.outgoing()
    client.feed(GREETING.splitlines(keepends=True)[1])
    begun = [client.begin(command.open_folder("INBOX", b"INBOX", read_only=False))]
    begun += [client.begin(simple("NOOP")) for _ in range(ANSWERED - 1)]
    client.outgoing()
    position = 0
    with contextlib.suppress(BadResponse):
        while position < len(answers):
            size = dice.choice((1, 7, 100, 4000, len(answers)))
            client.feed(answers[position : position + size])
            position += size
            client.outgoing()
    for one in begun:
        assert one.status is None or one.status.tag == one.tag
    _read(heard)
    return len(heard)


def _read(heard: list[Response]) -> None:
    uids = range(1, 40)
    names = FolderNames()
    names.place(namespaces(heard))
    found = folders((one for one in heard if isinstance(one, ListItem)), names)
    for folder in found:
        assert names.wire(folder.name)
    for one in heard:
        if isinstance(one, StatusItem):
            names.shown(one.raw_name)
    # The lanes turn both into "the provider is not available".
    with contextlib.suppress(BadResponse):
        rows.flag_rows(heard)
    with contextlib.suppress(BadResponse):
        assert {row.uid for row in rows.header_rows(heard, uids)} <= set(uids)
    with contextlib.suppress(BadResponse, UpstreamError):
        assert {row.uid for row in rows.content_rows(heard, uids, [b"BODY[]"])} <= set(uids)
    copied = rows.copy_map(heard, 3)
    assert copied is None or len(copied.uids) <= len(heard) * 3
    quota.quotas(heard)


@pytest.mark.parametrize("server", sorted(RECORDED))
def test_what_was_recorded_is_understood(server: str) -> None:
    assert taken(RECORDED[server], random.Random(1)) > 100


@pytest.mark.parametrize("server", sorted(RECORDED))
def test_damaged_answers_are_read_or_refused_in_time(server: str) -> None:
    dice = random.Random(f"{budget.SEED} {server}")
    for number in range(budget.examples(INPUTS)):
        answers = damaged(RECORDED[server], dice)
        start = time.process_time()
        taken(answers, dice)
        spent = time.process_time() - start
        require_below(spent, SECONDS, (budget.SEED, server, number))
        budget.tried["damaged answers of real servers"] += 1


@pytest.mark.parametrize("server", sorted(RECORDED))
def test_damaged_answers_take_no_more_memory_than_they_are_worth(server: str) -> None:
    dice = random.Random(f"memory {budget.SEED} {server}")
    for number in range(budget.examples(MEASURED)):
        answers = damaged(RECORDED[server], dice)
        most = peak(lambda answers=answers: taken(answers, dice))  # type: ignore[misc]
        allowed = OCTETS_AT_LEAST + OCTETS_PER_OCTET * len(answers)
        assert most < allowed, (budget.SEED, server, number)
        budget.tried["damaged answers, their memory measured"] += 1


def peak(work: Callable[[], object]) -> int:
    """The most that was allocated at one time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
