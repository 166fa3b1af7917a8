"""FETCH rows of servers, as they come and as they should not come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.fetch_row import literal_octets, parse_fetch, parse_flags
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


@pytest.mark.parametrize(
    "row",
    [
        b"* 1 FETCH (UID 7",
        b"* 1 FETCH (UID 7))",
        b"* 1 FETCH (UID)",
        b"* 1 FETCH UID 7",
        b"* 1 FETCH (UID 7) x",
        b'* 1 FETCH (X "abc)',
        b"* 1 FETCH (X (abc)",
        b"* 1 FETCH (X {-1})",
        b"* 1 FETCH (BODY[ 7)",
        b"* 1 FETCH (ENVELOPE %b" % (b"(" * 100_000),
        b"* 99999999999 FETCH (UID 7)",
        b"* 1 FETCH (X {5}\r\nab)",
    ],
)
def test_broken_rows_are_refused(row: bytes) -> None:
    with pytest.raises(BadResponse):
        parse_fetch(row)


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


def test_flags_are_canonical_and_without_recent() -> None:
    assert parse_flags(b"(\\SEEN $Work \\Recent \\flagged)") == ("\\Seen", "$Work", "\\Flagged")
    assert parse_flags(b"()") == ()
    with pytest.raises(BadResponse):
        parse_flags(b"\\Seen")


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
