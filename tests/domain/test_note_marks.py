"""A note is known by its mark wherever somebody takes it, and by no other."""

from __future__ import annotations

import base64
import quopri
import textwrap

import pytest

from proxyd.domain.note_marks import Marks, looks_marked
from tests.effort import effort_of
from tests.marks import MARK, MARKS

WAYS = {
    "as it is": MARK.encode(),
    "without its brackets": MARK.strip("[]").encode(),
    "quoted and wrapped": f"> {MARK[:4]}\r\n> {MARK[4:9]}\r\n＞ {MARK[9:]}".encode(),
    "quoted-printable": b"=5B=5Bnote=3A=\r\n" + MARK.removeprefix("[[note:").encode(),
    "wrapped by quoted-printable": quopri.encodestring(b"x" * 70 + MARK.encode()),
    "UTF-16": MARK.encode("utf-16"),
    "UTF-16 in base64": base64.encodebytes(("社内メモ " + MARK + "\r\n").encode("utf-16")),
    "ISO-2022-JP": f"社内メモです {MARK}".encode("iso-2022-jp"),
    "a text in a file in a mail": base64.encodebytes(
        base64.encodebytes(
            b"Content-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(f"headline {MARK}".encode())
        )
    ),
    "in one line": base64.b64encode(b"x" * 1001 + MARK.encode() + b"y" * 90),
    "behind a photo": base64.encodebytes(bytes(3_000_000)) + b"--b\r\n\r\n" + MARK.encode(),
    "in a file behind a photo": base64.encodebytes(bytes(3_000_000))
    + b"--b\r\n\r\n"
    + base64.encodebytes(f"this is {MARK}".encode()),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_seen(way: str) -> None:
    assert MARKS.among(WAYS[way]) == {MARKS.token("12ab")}


@pytest.mark.parametrize("width", [*range(1, 30), 900, 998])
def test_it_is_seen_however_wide_the_lines_are(width: int) -> None:
    assert MARKS.among("\r\n> ".join(textwrap.wrap(MARK, width)).encode())


def test_what_nobody_can_have_made_here_is_none() -> None:
    other = Marks("another key: {}".format)
    for token in ("12ab34cd", "000000000000", "12ab00000000", other.token("12ab")):
        assert MARKS.among(f"[[note:{token}]]".encode()) == frozenset()
    assert not looks_marked("[[note:12ab34cd]]")
    assert looks_marked(f"> {MARK}")


def test_what_the_log_shows_of_a_subject_is_no_mark() -> None:
    assert MARKS.token("12ab")[4:] != "keyed: note mark 12ab"[:8]


@pytest.mark.parametrize("piece", ["n", "n ", "note:", "note:0", "A" * 24 + "\r\n", "A", ">", "="])
def test_the_time_is_linear(piece: str) -> None:
    few, many = ((piece * (size // len(piece))).encode() for size in (100_000, 800_000))
    assert effort_of(lambda: MARKS.among(many)) < 24 * effort_of(lambda: MARKS.among(few)) + 0.02
