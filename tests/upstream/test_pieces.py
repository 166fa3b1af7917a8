"""What is bulk and how it is cut; who goes away gets no further piece."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.upstream.pieces import (
    BULK_MESSAGES,
    BULK_OCTETS,
    PIECE_MESSAGES,
    is_bulk,
    is_bulk_change,
    pieces,
)
from tests.upstream.conftest import QUICK, OpenMailbox, eventually
from tests.upstream.scripted import Scripted, Wire


@pytest.mark.parametrize(
    ("count", "octets", "bulk"),
    [(1, 0, False), (50, 0, False), (51, 0, True), (1, BULK_OCTETS + 1, True)],
)
def test_bulk(count: int, octets: int, bulk: bool) -> None:
    assert is_bulk(range(count), octets) is bulk


def test_bulk_changes() -> None:
    assert not is_bulk_change(range(500))
    assert is_bulk_change(range(501))


@given(st.integers(0, 2000), st.integers(0, 20 * BULK_OCTETS), st.booleans())
def test_pieces_are_all_of_it_and_not_too_big(count: int, octets: int, single: bool) -> None:
    uids = range(1, count + 1)
    cut = list(pieces(uids, octets, single=single))
    assert [uid for piece in cut for uid in piece] == list(uids)
    most = BULK_MESSAGES if single else PIECE_MESSAGES
    assert all(0 < len(piece) <= most for piece in cut)
    if single and count:
        for piece in cut:
            assert len(piece) == 1 or octets * len(piece) / count <= BULK_OCTETS


async def test_who_goes_away_gets_no_further_piece(open_mailbox: OpenMailbox) -> None:
    asked: list[bytes] = []
    go_on = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.expect(rb"EXAMINE INBOX")
        await wire.ok(b"* 9999 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10000] x\r\n")
        while True:
            line = await wire.line()
            found = re.fullmatch(rb"(\S+) UID FETCH (\S+) .*", line)
            if found is None:
                return
            asked.append(found[2])
            await go_on.wait()
            await wire.say(found[1] + b" OK done\r\n")

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=QUICK)
        many = asyncio.ensure_future(mailbox.fetch("INBOX", 7, range(1, 5001), [b"ENVELOPE"]))
        await eventually(lambda: asked)
        many.cancel()
        go_on.set()
        await mailbox.fetch("INBOX", 7, [9000], [b"ENVELOPE"])
        await asyncio.sleep(0.05)
        assert asked == [b"1:500", b"9000"]
        assert fake.connections <= 2
        await mailbox.close()
