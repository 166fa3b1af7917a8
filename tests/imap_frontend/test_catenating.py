"""Several blobs as one, and the bound on all together."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from imap_frontend.catenating import Joined, catenated, sent
from imap_frontend.context import Rejected
from proxyd.domain.types import BytesBlob
from proxyd.imapwire.command import AppendMessage
from proxyd.imapwire.frame import Literal
from proxyd.imapwire.framer import Limits


def test_joined_blobs_are_read_in_order_and_again() -> None:
    joined = Joined([BytesBlob(b"a" * 70_000), BytesBlob(b""), BytesBlob(b"b")])
    for _ in range(2):
        chunks = list(joined.chunks())
        assert b"".join(chunks) == b"a" * 70_000 + b"b"
        assert max(map(len, chunks)) <= 65_536
    assert joined.size == 70_001


def literal(data: bytes, *, binary: bool = False) -> Literal:
    return Literal(data, len(data), binary)


def test_more_than_is_taken_is_too_big_however_small_the_parts() -> None:
    ctx: Any = SimpleNamespace(options=SimpleNamespace(limits=Limits(append=10)))
    fits = AppendMessage((), None, (literal(b"x" * 5), literal(b"y" * 5)), catenate=True)
    assert asyncio.run(catenated(ctx, fits)).size == 10
    more = AppendMessage((), None, (*fits.parts, literal(b"z")), catenate=True)
    with pytest.raises(Rejected) as rejected:
        asyncio.run(catenated(ctx, more))
    assert rejected.value.code == "TOOBIG"


def test_zero_octets_only_in_a_literal8() -> None:
    assert sent(literal(b"\0", binary=True)).size == 1
    with pytest.raises(Rejected):
        sent(literal(b"\0"))


def test_a_disk_that_was_full() -> None:
    class Full(BytesBlob):
        error = OSError("full")

    with pytest.raises(Rejected) as rejected:
        sent(Literal(Full(b"x"), 1))
    assert rejected.value.key == "no-room"
