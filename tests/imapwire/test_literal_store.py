"""Where literals go: what stays in memory, what is spooled, and what is not taken."""

from __future__ import annotations

import tracemalloc

import pytest

from proxyd.imapwire.frame import Frame, Limits, Literal
from proxyd.imapwire.framer import CommandFramer
from proxyd.imapwire.literal_store import (
    APPEND_FACTOR,
    MAX_LITERALS,
    SPOOL_FROM,
    TOO_LARGE,
    LiteralStore,
)


class Whole:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def part(self, start: int, size: int, /) -> object:
        return self.data[start : start + size]


class OneSpool:
    """Keeps what is written, and how often one was opened."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.data = b""

    def __call__(self, size: int) -> OneSpool:
        self.opened.append(size)
        return self

    def write(self, data: bytes, /) -> None:
        self.data += data

    def finish(self) -> Whole:
        return Whole(self.data)


def keep(store: LiteralStore, data: bytes, *, message: bool = True) -> Literal:
    assert store.refusal(len(data), message=message) is None
    store.begin(len(data), message=message, binary=False)
    half = len(data) // 2
    store.write(data[:half])
    store.write(data[half:])
    return store.end()


def store_with(spool: OneSpool | None, limits: Limits | None = None) -> LiteralStore:
    return LiteralStore(limits or Limits(), spool, authenticated=True)


def test_strings_and_small_messages_stay_in_memory() -> None:
    spool = OneSpool()
    store = store_with(spool)
    name = keep(store, b"Drafts", message=False)
    message = keep(store, b"m" * SPOOL_FROM)
    assert store.finish([b"a", name, b" ", message, b""]) == (
        *(b"a", Literal(b"Drafts", 6), b" ", Literal(b"m" * SPOOL_FROM, SPOOL_FROM), b""),
    )
    assert spool.opened == []


def test_one_big_message_is_the_whole_spool() -> None:
    spool = OneSpool()
    store = store_with(spool)
    big = keep(store, b"m" * (SPOOL_FROM + 1))
    (literal,) = store.finish([big])
    assert isinstance(literal, Literal)
    assert isinstance(literal.data, Whole)
    assert (literal.size, len(literal.data.data)) == (SPOOL_FROM + 1, SPOOL_FROM + 1)


def test_all_that_is_too_much_for_memory_goes_to_one_spool() -> None:
    spool = OneSpool()
    store = store_with(spool)
    sizes = [SPOOL_FROM + 1, 10, SPOOL_FROM - 10, 1, 2, 0]
    octets = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    parts = [keep(store, data) for data in octets]
    assert [isinstance(part, Literal) for part in parts] == [False, True, True, False, False, True]
    assert store.finish(parts) == tuple(
        Literal(data, size) for data, size in zip(octets, sizes, strict=True)
    )
    assert spool.opened == [SPOOL_FROM + 1]


def test_without_a_spool_all_stays_in_memory() -> None:
    store = store_with(None)
    big = keep(store, b"m" * (SPOOL_FROM + 1))
    assert store.finish([big]) == (Literal(b"m" * (SPOOL_FROM + 1), SPOOL_FROM + 1),)


@pytest.mark.parametrize("message", [True, False])
def test_sizes_that_are_refused(message: bool) -> None:
    limits = Limits(literal=20, literals_total=30, append=15)
    one, total = (15, 15 * APPEND_FACTOR) if message else (20, 30)
    store = store_with(None, limits)
    assert store.refusal(one + 1, message=message) == TOO_LARGE
    store = store_with(None, limits)
    assert store.refusal(one, message=message) is None
    assert store.refusal(total - one, message=message) is None
    assert store.refusal(0, message=message) is None
    assert store.refusal(1, message=message) == TOO_LARGE
    assert store.refusal(1, message=not message) is None


def test_before_sign_in_less_is_taken() -> None:
    limits = Limits(unauthenticated_literal=4, unauthenticated_literals_total=6)
    store = LiteralStore(limits, None, authenticated=False)
    assert store.refusal(4, message=False) is None
    assert store.refusal(2, message=False) is None
    assert store.refusal(1, message=False) == TOO_LARGE


def test_too_many() -> None:
    store = store_with(None)
    for _ in range(MAX_LITERALS):
        assert store.refusal(0, message=True) is None
    assert store.refusal(0, message=True) == "Too many literals"


class Sink:
    """A spool that keeps nothing."""

    def __init__(self, size: int) -> None:
        del size

    def write(self, data: bytes, /) -> None:
        pass

    def finish(self) -> Whole:
        return Whole(b"")


def test_memory_does_not_grow_with_the_messages() -> None:
    """Two hundred messages of 200 KiB in one APPEND: a quarter of a MiB stays, besides a read."""
    framer = CommandFramer(spool=Sink)
    framer.authenticated = True
    size, piece = 200 * 1024, b"m" * 65536
    tracemalloc.start()
    try:
        framer.feed(b"a1 APPEND x")
        for _ in range(200):
            framer.feed(b" {%d+}\r\n" % size)
            for at in range(0, size, len(piece)):
                framer.feed(piece[: size - at])
                assert framer.next() is None
        framer.feed(b"\r\n")
        frame = framer.next()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(frame, Frame)
    assert len(frame.parts) == 401
    assert peak < 4 * SPOOL_FROM
