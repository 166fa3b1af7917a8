"""Transfer encodings undone (RFC 2045 §6), however the octets are cut."""

from __future__ import annotations

import base64
import itertools
import quopri
import random
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxyd.domain.transfer_encoding import (
    HELD,
    MARK_EVERY,
    PIECE,
    Decoded,
    DecodedPiece,
    decoded_start,
    step_of,
)
from proxyd.domain.types import BytesBlob
from tests.effort import effort_below


class Pieces:
    """A Blob that comes in given pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def chunks(self) -> Iterator[bytes]:
        yield from self.pieces


def decoded(encoding: str, *pieces: bytes) -> Decoded:
    step = step_of(encoding)
    assert step is not None
    whole = Decoded(Pieces(*pieces), step)
    while whole.advance():
        pass
    return whole


def octets(encoding: str, *pieces: bytes) -> bytes:
    whole = decoded(encoding, *pieces)
    found = b"".join(whole.chunks())
    assert len(found) == whole.size
    assert whole.has_nul == (b"\0" in found)
    return found


@pytest.mark.parametrize(
    ("encoding", "encoded", "expected"),
    [
        ("base64", b"aGVs\r\nbG8=\r\n", b"hello"),
        ("BASE64", b"aGVsbG8", b"hello"),
        ("base64", b"aGVsbG8=\r\nbehind the padding", b"hello"),
        ("base64", b"aGV*sbG8=", b"hello"),
        ("base64", b"A", b""),
        ("base64", b"", b""),
        ("base64", b"AAA=", b"\0\0"),
        ("quoted-printable", b"a=3Db=C3=a9", "a=bé".encode()),
        ("quoted-printable", b"soft =\r\nbreak", b"soft break"),
        ("quoted-printable", b"soft =  \r\nbreak", b"soft break"),
        ("quoted-printable", b"trailing \t \r\nspace  ", b"trailing\r\nspace"),
        ("quoted-printable", b"no code =ZZ and =", b"no code =ZZ and "),
        ("quoted-printable", b"=00", b"\0"),
        ("7bit", b"as it is =3D\r\n", b"as it is =3D\r\n"),
        ("8bit", b"\xff\0", b"\xff\0"),
        ("binary", b"\r\n", b"\r\n"),
        ("", b"x", b"x"),
        (" Base64 ", b"eA==", b"x"),
    ],
)
def test_what_the_octets_are(encoding: str, encoded: bytes, expected: bytes) -> None:
    assert octets(encoding, encoded) == expected
    # whatever the pieces
    assert octets(encoding, *(encoded[n : n + 1] for n in range(len(encoded)))) == expected


def test_an_encoding_that_nobody_knows() -> None:
    assert step_of("x-uuencode") is None
    assert decoded_start(b"as it is", "x-uuencode") == b"as it is"


cuts = st.lists(st.integers(0, 400), max_size=5)


def cut(encoded: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(encoded)) for place in places} | {0, len(encoded)})
    return [encoded[a:b] for a, b in itertools.pairwise(ends)]


@given(st.binary(max_size=300), cuts)
def test_base64_round_trip(data: bytes, places: list[int]) -> None:
    assert octets("base64", *cut(base64.encodebytes(data), places)) == data


@given(st.binary(max_size=200), cuts)
def test_quoted_printable_round_trip(data: bytes, places: list[int]) -> None:
    encoded = quopri.encodestring(data, quotetabs=True).replace(b"\n", b"\r\n")
    plain = data.replace(b"\n", b"\r\n")
    if encoded and not data.endswith((b"\n", b" ", b"\t")):
        assert octets("quoted-printable", *cut(encoded, places)) == plain


@given(st.binary(max_size=200) | st.text("=0AF \t\r\n", max_size=200).map(str.encode), cuts)
@example(b"\0" * 10 + b"===", [12])
@example(b"a=\rb\nc", [2])
@example(b"a=\rb\nc", [3])
@example(b"====4=41", [3])
def test_any_octets_give_the_same_whatever_the_pieces(data: bytes, places: list[int]) -> None:
    for encoding in ("base64", "quoted-printable"):
        assert octets(encoding, *cut(data, places)) == octets(encoding, data)


@given(st.integers(0, 600), st.integers(1, 600))
def test_a_piece_of_it(first: int, most: int) -> None:
    data = bytes(range(256)) * 2
    whole = decoded("base64", *cut(base64.encodebytes(data), [7, 100, 333, 500]))
    piece = DecodedPiece(whole, first, most)
    assert b"".join(piece.chunks()) == data[first : first + most]
    assert piece.size == len(data[first : first + most])


def test_a_big_part_is_read_from_near_where_it_is_wanted() -> None:
    data = random.Random(1).randbytes(3 * MARK_EVERY * PIECE)
    blob = BytesBlob(base64.encodebytes(data))
    step = step_of("base64")
    assert step is not None
    whole = Decoded(blob, step)
    while whole.advance():
        pass
    with effort_below(3):
        for first in range(0, len(data), 100_001):
            piece = b"".join(DecodedPiece(whole, first, 1000).chunks())
            assert piece == data[first : first + 1000]
    assert all(len(chunk) <= PIECE for chunk in whole.chunks())


@pytest.mark.parametrize(
    "data", [b" " * 3_000_000, b"=" * 3_000_000, b"=\r" * 1_000_000, b"a" * 3_000_000,
             b" \t" * 1_000_000 + b"\r\n", b"= " * 1_000_000],
)  # fmt: skip
def test_linear_time_and_little_held_back(data: bytes) -> None:
    with effort_below(3):
        for encoding in ("base64", "quoted-printable"):
            step = step_of(encoding)
            assert step is not None
            held = b""
            for start in range(0, len(data), PIECE):
                _, held = step(held, data[start : start + PIECE], False)
                assert len(held) <= HELD
