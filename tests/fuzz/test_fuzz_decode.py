"""Whatever a server sends: BadResponse at worst, in bounded time, however it is split."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import budget
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyd.imapwire.decode import decode
from proxyd.imapwire.response import BadResponse, Fetch, ResponseFrame
from proxyd.imapwire.response_framer import ResponseFramer, ResponseLimits

LIMITS = ResponseLimits(response=4096, spool_from=16, literal=4096)
WORDS = [
    *(b"* ", b"a1 ", b"+ ", b"OK ", b"NO ", b"FETCH ", b"LIST ", b"STATUS ", b"SEARCH ", b"\r\n"),
    *(b"(", b")", b'"', b"\\", b"{3}\r\n", b"{20}\r\n", b"~{1}\r\n", b"{", b"[", b"]", b"<", b" "),
    *(b"UID ", b"FLAGS ", b"BODY[] ", b"BODY[1", b"ENVELOPE ", b"NIL", b"12", b"\\Seen", b"\x00"),
    *(b"VANISHED ", b"EXISTS", b"CAPABILITY ", b"[UIDVALIDITY 5] ", b"\xff", b"\n", b"\r"),
]
SENT = st.lists(st.sampled_from(WORDS) | st.binary(max_size=6), max_size=40).map(b"".join)


class Kept:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes, /) -> None:
        self.data += data

    def finish(self) -> Kept:
        return self

    @property
    def size(self) -> int:
        return len(self.data)

    def chunks(self) -> Iterator[bytes]:
        yield self.data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and other.data == self.data

    def __hash__(self) -> int:
        return hash(self.data)


def taken(pieces: list[bytes]) -> list[object]:
    """Every value and refusal, until the framer gives up."""
    budget.tried["streams of a server"] += 1
    framer = ResponseFramer(lambda size: Kept(), LIMITS)
    seen: list[object] = []
    for piece in pieces:
        try:
            frames = framer.feed(piece)
        except BadResponse:
            # Frames of the piece that broke are lost with the connection: not compared.
            break
        seen += [value(frame) for frame in frames]
    return seen


def value(frame: bytes | ResponseFrame) -> object:
    try:
        answer = decode(frame)
    except BadResponse as refused:
        return str(refused)
    if isinstance(answer, Fetch):
        assert answer.uid is None or answer.uid >= 0
    return answer


@settings(max_examples=budget.examples(600), deadline=None)
@given(SENT, st.lists(st.integers(0, 200), max_size=6))
def test_values_do_not_depend_on_the_split(sent: bytes, cuts: list[int]) -> None:
    at = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    split = taken([sent[start:end] for start, end in itertools.pairwise(at)])
    bytewise = taken([sent[position : position + 1] for position in range(len(sent))])
    whole = taken([sent])
    # A refusal loses the frames of its own piece, so the coarser split may know fewer of them.
    assert bytewise[: len(split)] == split
    assert split[: len(whole)] == whole


@settings(max_examples=budget.examples(300), deadline=None)
@given(st.binary(max_size=2000))
def test_noise_is_refused_or_read(noise: bytes) -> None:
    framer = ResponseFramer(lambda size: Kept(), LIMITS)
    with contextlib.suppress(BadResponse):
        for frame in framer.feed(b"* " + noise + b"\r\n"):
            value(frame)
