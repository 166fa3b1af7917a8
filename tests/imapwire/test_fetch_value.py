"""What of a provider's FETCH answer may stand in ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.fetch_value import (
    _OF_A_KIND,
    ENVELOPE_FIELDS,
    MOST_DEPTH,
    _elements,
    can_be_told,
)
from proxyd.imapwire.mime import bodystructure, envelope
from tests.effort import effort_below
from tests.imapwire.odd_mails import BROKEN, LEGAL

ENVELOPE = b'("d" "s" ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL NIL {3}\r\n<x>)'
STRUCTURE = b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 3 1 NIL NIL NIL NIL)'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"ENVELOPE", ENVELOPE),
        (b"BODYSTRUCTURE", STRUCTURE),
        (b"BODYSTRUCTURE", b"(" + STRUCTURE + STRUCTURE + b' "mixed" NIL NIL NIL NIL)'),
        (b"BODY", b'("text" "plain" NIL NIL NIL "7bit" 3 1)'),
        (b"BODY[]", b"{3}\r\na\x00b"),
        (b"BODY[1]", b"nil"),
        (b"BODY[TEXT]", b'"a \\"b\\""'),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b'"plain"', b"{6}\r\npl\xe9in\0").lower()),
        (b"RFC822.SIZE", b"9223372036854775807"),
        (b"BINARY.SIZE[1]", b"0"),
        (b"INTERNALDATE", b'"17-Jul-1996 02:44:25 -0700"'),
        (b"X-GM-LABELS", b"()"),
    ],
)
def test_what_is_well_formed_is_told(name: bytes, value: bytes) -> None:
    assert can_be_told(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"ENVELOPE", b"NIL"),
        (b"ENVELOPE", b"()"),
        (b"ENVELOPE", b"(NIL NIL NIL)"),
        (b"ENVELOPE", ENVELOPE[:-1] + b" NIL)"),
        (b"ENVELOPE", b'("d\x00" "s" NIL NIL NIL NIL NIL NIL NIL NIL)'),
        (b"BODYSTRUCTURE", b"NIL"),
        (b"BODYSTRUCTURE", b"()"),
        (b"BODYSTRUCTURE", b'"text"'),
        (b"ENVELOPE", ENVELOPE.replace(b'"s"', b'"caf\xe9"')),
        (b"ENVELOPE", ENVELOPE.replace(b'"s"', b'"\xe6\xb3\xa8\xe6\x96\x87"')),
        (b"ENVELOPE", ENVELOPE.replace(b'"s"', b"s")),
        (b"BODYSTRUCTURE", b"(text\xe9 plain)"),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b'"plain"', b"plain")),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b'"plain"', b'"pl\xe9in"')),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b'"plain"', b'"pl\\ain"')),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b"3 1", b"-3 1")),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b"3 1", b"3 0x1")),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b"3 1", b"99999999999999999999 1")),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b'"plain"', b"NIL")),
        (b"BODYSTRUCTURE", STRUCTURE.replace(b'"text" "plain"', b"NIL NIL")),
        (b"BODY", b"(" + STRUCTURE.replace(b'"text"', b"7") + STRUCTURE + b' "mixed")'),
        (b"BODYSTRUCTURE", b"(" * (MOST_DEPTH + 1) + b'"a" "b"' + b")" * (MOST_DEPTH + 1)),
        (b"BODYSTRUCTURE", b"(" * 100_000),
        (b"BODY[]", b"5"),
        (b"BODY[]", b"("),
        (b"BODY[TEXT]", b'"caf\xe9"'),
        (b"RFC822.SIZE", b"9223372036854775808"),
        (b"RFC822.SIZE", b"-5"),
        (b"RFC822.SIZE", b"NIL"),
        (b"RFC822.SIZE", b'"5"'),
        (b"INTERNALDATE", b"NIL"),
    ],
)
def test_what_would_break_a_client_is_not(name: bytes, value: bytes) -> None:
    assert not can_be_told(name, value)


@pytest.mark.parametrize("raw", (LEGAL | BROKEN).values(), ids=LEGAL | BROKEN)
def test_what_is_made_here_is_well_formed(raw: bytes) -> None:
    assert can_be_told(b"ENVELOPE", envelope(raw))
    assert can_be_told(b"BODYSTRUCTURE", bodystructure(raw, extended=True))
    assert can_be_told(b"BODY", bodystructure(raw, extended=False))


def test_a_hundred_levels_of_parts_are_told_as_they_are_described() -> None:
    part = b'("multipart" "mixed" ("boundary" "x") NIL NIL "7bit" 5)'
    for _ in range(99):
        part = b'(%b "mixed")' % part
    assert can_be_told(b"BODYSTRUCTURE", part)


_LISTED = [b"()", b" ((7))", b' "a"', b" 7", b" x"]
_PIECES = [b"(", b")", b" ", b"NIL", b'"\\""', b'"', b"{2}\r\nab", *_LISTED]


@given(st.lists(st.sampled_from([*_PIECES, *[b" NIL"] * 9]), max_size=14))
def test_the_quick_look_finds_what_the_thorough_one_does(pieces: list[bytes]) -> None:
    value = b"(" + b"".join(pieces) + b")"
    assert can_be_told(b"ENVELOPE", value) == (_elements(value) == ENVELOPE_FIELDS)
    of_a_kind = _OF_A_KIND.match(value) is not None
    assert can_be_told(b"BODYSTRUCTURE", value) == (of_a_kind and _elements(value) > 1)


def test_a_million_addresses_are_looked_at_in_one_step() -> None:
    address = b'(NIL NIL "a" "b.example")'
    several = b"(" + address * 200_000 + b")"
    value = b'("date" "subject" %b %b %b %b NIL NIL NIL "<x@y>")' % ((several,) * 4)
    with effort_below(1.5):  # token after token is 3 s
        assert can_be_told(b"ENVELOPE", value)
