"""FETCH rows of servers, as they come and as they should not come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.fetch_row import (
    MOST_FLAGS,
    Flags,
    literal_octets,
    parse_fetch,
    parse_flags,
)
from proxyd.imapwire.flags import is_flag
from proxyd.imapwire.response import BadResponse, ResponseFrame

ENVELOPE = (
    b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "a \\"quoted\\" (word" (("Terry Gray" NIL "gray" '
    b'"cac.washington.edu")) NIL NIL ((NIL NIL "imap" "x")) NIL NIL NIL "<B27397-0100000@x>")'
)
STRUCTURE = b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92)'


def deep(levels: int) -> bytes:
    return b"(" * levels + b"NIL" + b")" * levels


ROWS = {
    b"* 12 FETCH (UID 7 FLAGS (\\Seen $x))": {b"UID": b"7", b"FLAGS": b"(\\Seen $x)"},
    b"* 1 FETCH (FLAGS () UID 7)": {b"FLAGS": b"()", b"UID": b"7"},
    b"* 1 fetch (uid 7 modseq (12))": {b"UID": b"7", b"MODSEQ": b"(12)"},
    b"* 1 FETCH ()": {},
    b"* 1 FETCH (ENVELOPE %b BODYSTRUCTURE %b)" % (ENVELOPE, STRUCTURE): {
        b"ENVELOPE": ENVELOPE,
        b"BODYSTRUCTURE": STRUCTURE,
    },
    b'* 1 FETCH (BODY[HEADER.FIELDS (FROM "x]y")]<0> {5}\r\na)b\r\n RFC822.SIZE 44)': {
        b'BODY[HEADER.FIELDS (FROM "X]Y")]<0>': b"{5}\r\na)b\r\n",
        b"RFC822.SIZE": b"44",
    },
    b'* 1 FETCH (BODY[1.MIME] "" BODY[2] NIL BINARY[3] ~{1}\r\n\x00)': {
        b"BODY[1.MIME]": b'""',
        b"BODY[2]": b"NIL",
        b"BINARY[3]": b"~{1}\r\n\x00",
    },
    b"* 1 FETCH (BODYSTRUCTURE %b UID 2)" % deep(40): {b"BODYSTRUCTURE": deep(40), b"UID": b"2"},
    b'* 1 FETCH (ENVELOPE (NIL {4}\r\n)(")) UID 2)': {
        b"ENVELOPE": b'(NIL {4}\r\n)("))',
        b"UID": b"2",
    },
    b'* 1 FETCH (X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox "a b"))': {
        b"X-GM-MSGID": b"1278455344230334865",
        b"X-GM-LABELS": b'(\\Inbox "a b")',
    },
}


@pytest.mark.parametrize("row", ROWS)
def test_rows_are_split_and_left_as_they_are(row: bytes) -> None:
    assert parse_fetch(row).values == ROWS[row]


def test_number_and_uid() -> None:
    row = parse_fetch(b"* 12 FETCH (UID 7)")
    assert (row.number, row.uid) == (12, 7)
    assert parse_fetch(b"* 12 FETCH (FLAGS ())").uid is None


UID7 = {b"UID": b"7"}


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (b"* 1 FETCH (UID 7", UID7),
        (b"* 1 FETCH (UID 7))", UID7),
        (b"* 1 FETCH (UID)", {}),
        (b"* 1 FETCH (UID 7) x", UID7),
        (b'* 1 FETCH (UID 7 X "abc)', UID7),
        (b"* 1 FETCH (UID 7 X (abc)", {**UID7, b"X": b"(abc)"}),
        (b"* 1 FETCH (UID 7 X {-1})", UID7),
        (b"* 1 FETCH (UID 7 BODY[ 8)", UID7),
        (b"* 1 FETCH (UID 7 ENVELOPE %b" % (b"(" * 100_000), UID7),
        (b"* 1 FETCH (UID 7 X {5}\r\nab)", UID7),
        (b'* 1 FETCH (UID 7 BODYSTRUCTURE ("text" "plain" ("name" "a', UID7),
    ],
)
def test_a_row_keeps_what_stands_before_it_breaks_off(row: bytes, kept: dict[bytes, bytes]) -> None:
    fetch = parse_fetch(row)
    assert fetch.broken
    assert fetch.values == kept


@pytest.mark.parametrize("row", [b"* 1 FETCH UID 7", b"* 99999999999 FETCH (UID 7)"])
def test_what_is_no_row_is_refused(row: bytes) -> None:
    with pytest.raises(BadResponse):
        parse_fetch(row)


@pytest.mark.parametrize(
    "row",
    [
        b"*  12  FETCH  (UID  7  FLAGS  (\\Seen)  )",
        b"* 12 fetch (uid 7 flags (\\Seen) )  ",
        b"* 12 FETCH( UID 7 FLAGS (\\Seen))",
    ],
)
def test_more_spaces_than_there_should_be(row: bytes) -> None:
    fetch = parse_fetch(row)
    assert (fetch.number, fetch.uid, fetch.broken) == (12, 7, "")
    assert fetch.values[b"FLAGS"] == b"(\\Seen)"


@pytest.mark.parametrize(
    ("value", "uid"),
    [
        (b"0", None),
        (b"1", 1),
        (b"4294967295", 4294967295),
        (b"4294967296", None),
        (b"99999999999999999999", None),
        (b"-1", None),
        (b"NIL", None),
        (b'"7"', 7),
        (b"{1}\r\n7", 7),
        (b"x", None),
    ],
)
def test_a_uid_is_a_number_of_32_bits_however_it_is_written(value: bytes, uid: int | None) -> None:
    assert parse_fetch(b"* 1 FETCH (UID %b)" % value).uid == uid


def test_nesting_without_end_costs_no_stack() -> None:
    assert parse_fetch(b"* 1 FETCH (X %b)" % deep(200_000)).values[b"X"] == deep(200_000)


def test_spooled_literals_take_their_places() -> None:
    class Octets:
        size = 3

    first, second = Octets(), Octets()
    text = b"* 1 FETCH (BODY[1] {3}\r\n BODY[2] {3}\r\n UID 9)"
    at = text.index(b"\r\n") + 2
    frame = ResponseFrame(text, {at: first, text.index(b"\r\n", at) + 2: second})  # type: ignore[dict-item]
    assert parse_fetch(frame).values == {b"BODY[1]": first, b"BODY[2]": second, b"UID": b"9"}


def test_flags_are_canonical_each_once_and_without_recent() -> None:
    read = parse_flags(b"(\\SEEN $Work \\Recent \\flagged $WORK)")
    assert read == Flags(("\\Seen", "$Work", "\\Flagged"))
    assert parse_flags(b"()") == Flags(())
    assert parse_flags(b"( a  b )") == Flags(("a", "b"))


@pytest.mark.parametrize("raw", [b"\\Seen", b"NIL", b"5", b'"a"', b"(", b""])
def test_what_is_no_list_has_no_flags(raw: bytes) -> None:
    assert parse_flags(raw) == Flags(())


@pytest.mark.parametrize(
    "word",
    [
        b'a"b',
        b"{x",
        b"a{b",
        b"\\",
        b"a\\b",
        b"a\tb",
        b"a\rb",
        b"a\x0bb",
        b"a\x00b",
        b"a\x1cb",
        b"a\x7fb",
        b"a%b",
        b"a*b",
        b"\\*",
        b"a]b",
        "注文".encode(),
        "Важно".encode("koi8-r"),
        b"caf\xe9",
        b"a\xc2\xa0b",
        b"x" * 501,
    ],
)
def test_what_can_not_be_a_flag_is_left_out_and_counted(word: bytes) -> None:
    row = parse_fetch(b"* 1 FETCH (UID 7 FLAGS (\\Seen %b good) RFC822.SIZE 5)" % word)
    assert (row.uid, row.broken, row.values[b"RFC822.SIZE"]) == (7, "", b"5")
    flags = row.values[b"FLAGS"]
    assert isinstance(flags, bytes)
    assert parse_flags(flags) == Flags(("\\Seen", "good"), left_out=1)


def test_flags_in_strings_and_literals() -> None:
    row = parse_fetch(b'* 1 FETCH (FLAGS ({5}\r\n\\Seen "a" "\\\\Flagged" b) UID 7)')
    assert (row.uid, row.broken) == (7, "")
    flags = row.values[b"FLAGS"]
    assert isinstance(flags, bytes)
    assert parse_flags(flags) == Flags(("\\Seen", "a", "\\Flagged", "b"))


def test_a_hundred_thousand_keywords_cost_no_system_flag() -> None:
    words = b" ".join(b"k%d" % n for n in range(100_000))
    read = parse_flags(b"(%b \\Seen)" % words)
    assert len(read.flags) == MOST_FLAGS + 1
    assert "\\Seen" in read.flags
    assert read.left_out == 100_000 - MOST_FLAGS


@given(st.binary())
def test_whatever_flags_come_what_goes_out_is_within_the_grammar(raw: bytes) -> None:
    for flag in parse_flags(b"(" + raw + b")").flags:
        assert is_flag(flag.encode("ascii"))


@given(st.binary())
def test_octets_of_every_string_form(octets: bytes) -> None:
    assert literal_octets(b"{%d}\r\n%b" % (len(octets), octets)) == octets
    assert literal_octets(b"~{%d}\r\n%b" % (len(octets), octets)) == octets
    if not {0, 10, 13} & set(octets):
        quoted = octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        assert literal_octets(b'"%b"' % quoted) == octets


def test_nil_is_none_and_anything_else_is_refused() -> None:
    assert literal_octets(b"nil") is None
    with pytest.raises(BadResponse):
        literal_octets(b"123")
