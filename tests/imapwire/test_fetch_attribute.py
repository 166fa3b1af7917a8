"""RFC 9051 §6.4.5 and §9: fetch-att, section; RFC 3501 §6.4.5: RFC822*; those of extensions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_attribute import FetchAttribute, read_attribute, read_macro
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.tokens import Cursor

MakeCursor = Callable[..., Cursor]


def read(text: bytes) -> FetchAttribute:
    cursor = Cursor(Frame((text,)))
    attribute = read_attribute(cursor)
    cursor.eol()
    return attribute


@pytest.mark.parametrize(
    "name",
    [
        *("FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE"),
        *("MODSEQ", "EMAILID", "THREADID", "SAVEDATE", "PREVIEW"),
    ],
)
def test_simple(name: str) -> None:
    attribute = read(name.lower().encode())
    assert attribute == FetchAttribute(name)
    assert attribute.ask == attribute.label == name.encode()
    assert not attribute.sets_seen


@pytest.mark.parametrize(
    ("name", "ask", "seen"),
    [
        ("RFC822", b"BODY.PEEK[]", True),
        ("RFC822.HEADER", b"BODY.PEEK[HEADER]", False),
        ("RFC822.TEXT", b"BODY.PEEK[TEXT]", True),
    ],
)
def test_rfc822_asks_for_a_body_and_keeps_its_label(name: str, ask: bytes, seen: bool) -> None:
    attribute = read(name.encode())
    assert (attribute.ask, attribute.label) == (ask, name.encode())
    assert attribute.sets_seen is seen


@pytest.mark.parametrize(
    ("text", "ask", "label"),
    [
        (b"BODY[]", b"BODY.PEEK[]", b"BODY[]"),
        (b"body.peek[]", b"BODY.PEEK[]", b"BODY[]"),
        (b"BODY[1.2]<0.100>", b"BODY.PEEK[1.2]<0.100>", b"BODY[1.2]<0>"),
        (b"BODY.PEEK[]<65536.65536>", b"BODY.PEEK[]<65536.65536>", b"BODY[]<65536>"),
        (b"BODY[header]", b"BODY.PEEK[HEADER]", b"BODY[HEADER]"),
        (b"BODY[text]", b"BODY.PEEK[TEXT]", b"BODY[TEXT]"),
        (b"BODY[3.mime]", b"BODY.PEEK[3.MIME]", b"BODY[3.MIME]"),
        (b"BODY[4.1.header]", b"BODY.PEEK[4.1.HEADER]", b"BODY[4.1.HEADER]"),
        (b"BODY[4.2.2.TEXT]", b"BODY.PEEK[4.2.2.TEXT]", b"BODY[4.2.2.TEXT]"),
        (
            b"BODY[Header.Fields (Date From)]",
            b"BODY.PEEK[HEADER.FIELDS (DATE FROM)]",
            b"BODY[HEADER.FIELDS (DATE FROM)]",
        ),
        (
            b'BODY.PEEK[1.HEADER.FIELDS.NOT ("x-a" nil ")" "a]")]<7.8>',
            b'BODY.PEEK[1.HEADER.FIELDS.NOT (X-A NIL ")" "A]")]<7.8>',
            b'BODY[1.HEADER.FIELDS.NOT (X-A NIL ")" "A]")]<7>',
        ),
    ],
)
def test_sections(text: bytes, ask: bytes, label: bytes) -> None:
    attribute = read(text)
    assert attribute.name == "BODY[]"
    assert (attribute.ask, attribute.label) == (ask, label)
    assert attribute.peek is (b"PEEK" in text.upper())
    assert attribute.sets_seen is not attribute.peek


@pytest.mark.parametrize(
    ("text", "ask", "label"),
    [
        (b"BINARY[]", b"BINARY.PEEK[]", b"BINARY[]"),
        (b"binary.peek[1]", b"BINARY.PEEK[1]", b"BINARY[1]"),
        (b"BINARY[1.2]<0.100>", b"BINARY.PEEK[1.2]<0.100>", b"BINARY[1.2]<0>"),
        (b"BINARY.SIZE[4.2]", b"BINARY.SIZE[4.2]", b"BINARY.SIZE[4.2]"),
        (b"binary.size[]", b"BINARY.SIZE[]", b"BINARY.SIZE[]"),
    ],
)
def test_binary(text: bytes, ask: bytes, label: bytes) -> None:
    """RFC 3516 §4.2 and §4.3; only BINARY without PEEK sets \\Seen."""
    attribute = read(text)
    assert attribute.name == ("BINARY.SIZE[]" if b"SIZE" in text.upper() else "BINARY[]")
    assert (attribute.ask, attribute.label) == (ask, label)
    assert attribute.sets_seen is text.startswith(b"BINARY[")
    assert read(attribute.ask).label == label


@pytest.mark.parametrize("text", [b"PREVIEW (LAZY)", b"preview (lazy LAZY)"])
def test_a_lazy_preview(text: bytes) -> None:
    """RFC 8970 §3.1: the answer has the label of every preview."""
    attribute = read(text)
    assert attribute == FetchAttribute("PREVIEW", lazy=True)
    assert attribute.label == b"PREVIEW"
    assert not attribute.sets_seen


def test_a_field_name_as_literal(cursor: MakeCursor) -> None:
    over = cursor(b"BODY[HEADER.FIELDS (To ", b"x-y", b" Cc)]")
    assert read_attribute(over).section == b"HEADER.FIELDS (TO X-Y CC)"
    over.eol()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"(",
        b"ALL",
        b"FLAG",
        b"MODSEQ (5)",
        b"PREVIEW (FUZZY)",
        b"PREVIEW (LAZY",
        b"PREVIEW(LAZY)",
        b"PREVIEW ()",
        b"BINARY",
        b"BINARY.PEEK",
        b"BINARY.SIZE",
        b"BINARY.SIZE[1]<0.5>",
        b"BINARY.SIZE.PEEK[1]",
        b"BINARYX[1]",
        b"BINARY[1",
        b"BINARY[0]",
        b"BINARY[1.]",
        b"BINARY[TEXT]",
        b"BINARY[1.MIME]",
        b"BINARY[HEADER.FIELDS (a)]",
        b"BINARY[1]<0>",
        b"BINARY[1]<0.0>",
        b"BINARY[" + b".".join([b"1"] * 101) + b"]",
        b"BODY.PEEK",
        b"BODYSTRUCTURE[1]",
        b"BODY[",
        b"BODY[1",
        b"BODY[0]",
        b"BODY[01]",
        b"BODY[1.]",
        b"BODY[.1]",
        b"BODY[1..2]",
        b"BODY[1.0]",
        b"BODY[TEXT.1]",
        b"BODY[.TEXT]",
        b"BODY[1TEXT]",
        b"BODY[MIME]",
        b"BODY[HEADERS]",
        b"BODY[HEADER.FIELDS]",
        b"BODY[HEADER.FIELDS ]",
        b"BODY[HEADER.FIELDS ()]",
        b"BODY[HEADER.FIELDS (a]",
        b"BODY[HEADER.FIELDS (a b ]",
        b'BODY[HEADER.FIELDS ("")]',
        b'BODY[HEADER.FIELDS ("a b")]',
        b'BODY[HEADER.FIELDS ("\xc3\xa9")]',
        b"BODY[HEADER.FIELDS.NOT(a)]",
        b"BODY[]<0>",
        b"BODY[]<0.0>",
        b"BODY[]<-1.5>",
        b"BODY[]<0.4294967296>",
        b"BODY[]<4294967296.1>",
        b"BODY[]<1.2",
        b"BODY[" + b".".join([b"1"] * 101) + b"]",
    ],
)
def test_no_attribute(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(text)


@pytest.mark.parametrize(
    ("macro", "names"),
    [
        (b"ALL", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"]),
        (b"fast", ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]),
        (b"Full", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"]),
        (b"UID", ["UID"]),
    ],
)
def test_macros(macro: bytes, names: list[str], cursor: MakeCursor) -> None:
    assert [attribute.name for attribute in read_macro(cursor(macro))] == names


PARTS = st.lists(st.integers(1, 2**32 - 1), max_size=5).map(
    lambda numbers: ".".join(map(str, numbers)).encode()
)
FIELD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)


def quoted(field: str) -> bytes:
    return b'"' + field.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


@st.composite
def sections(draw: st.DrawFn) -> bytes:
    part = draw(PARTS)
    texts = [b"", b"HEADER", b"TEXT", b"HEADER.FIELDS", b"HEADER.FIELDS.NOT"]
    text = draw(st.sampled_from([*texts, b"MIME"] if part else texts))
    if text.startswith(b"HEADER.FIELDS"):
        fields = draw(st.lists(FIELD, min_size=1, max_size=4))
        text += b" (" + b" ".join(map(quoted, fields)) + b")"
    return part + b"." + text if part and text else part + text


@given(
    sections(),
    st.none() | st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 2**32 - 1)),
    st.booleans(),
)
def test_what_is_asked_reads_as_itself(
    section: bytes, partial: tuple[int, int] | None, peek: bool
) -> None:
    text = (b"BODY.PEEK[" if peek else b"BODY[") + section + b"]"
    if partial:
        text += b"<%d.%d>" % partial
    attribute = read(text)
    again = read(attribute.ask)
    assert (again.section, again.partial) == (attribute.section, partial)
    assert again.ask == attribute.ask
    assert again.label == attribute.label
    if partial is None:
        assert read(attribute.label) == FetchAttribute("BODY[]", attribute.section)
