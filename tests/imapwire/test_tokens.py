"""RFC 9051 §9, the terminals. Character classes are asked about all 256 octets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import Frame, Literal
from proxyd.imapwire.numset import SAVED_RESULT, NumSet
from proxyd.imapwire.tokens import Cursor

MakeCursor = Callable[..., Cursor]

# The RFC's definitions once more, apart from the code's.
CTL = set(range(32)) | {127}
ATOM_SPECIALS = CTL | set(b'(){ %*"\\]')
ATOM_CHARS = set(range(128)) - ATOM_SPECIALS


def taken(read: Callable[[], object]) -> object:
    """What ``read`` returns, or BadSyntax."""
    try:
        return read()
    except BadSyntax:
        return BadSyntax


def test_atom_octets(cursor: MakeCursor) -> None:
    for octet in range(256):
        one = bytes([octet])
        expected = one if octet in ATOM_CHARS else BadSyntax
        assert taken(cursor(one).atom) == expected, octet
        end = b"a" + one if octet in ATOM_CHARS else b"a"
        assert cursor(b"a" + one).atom() == end, octet


def test_astring_octets(cursor: MakeCursor) -> None:
    for octet in range(256):
        one = bytes([octet])
        expected = one if octet in ATOM_CHARS | {0x5D} else BadSyntax
        assert taken(cursor(one).astring) == expected, octet


def test_quoted_octets(cursor: MakeCursor) -> None:
    """QUOTED-CHAR: TEXT-CHAR or 8-bit but not '"' and not the backslash, which quotes those two."""
    for octet in range(256):
        one = bytes([octet])
        expected = BadSyntax if octet in b'\0\r\n"\\' else b"x" + one
        over = cursor(b'"x' + one + b'"')

        def whole(over: Cursor = over) -> bytes:
            value = over.string()
            over.eol()
            return value

        assert taken(whole) == expected, octet
        escaped = one if octet in b'"\\' else BadSyntax
        assert taken(cursor(b'"\\' + one + b'"').string) == escaped, octet


def test_digits(cursor: MakeCursor) -> None:
    for octet in range(256):
        expected = octet - 48 if 48 <= octet < 58 else BadSyntax
        assert taken(cursor(bytes([octet])).number) == expected, octet


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'""', b""),
        (b'"a b"', b"a b"),
        (b'"\\"\\\\"', b'"\\'),
        (b'"a" "b"', b"a"),
        ('"é"'.encode(), "é".encode()),
    ],
)
def test_quoted(text: bytes, value: bytes, cursor: MakeCursor) -> None:
    assert cursor(text).string() == value


@pytest.mark.parametrize("text", [b"", b"a", b'"', b'"a', b'"a\\', b'"a\\"', b"(", b"'a'"])
def test_no_string(text: bytes, cursor: MakeCursor) -> None:
    with pytest.raises(BadSyntax):
        cursor(text).string()


def test_literals_and_text_in_turn(cursor: MakeCursor) -> None:
    over = cursor(b"", b"one", b" x ", b'tw"o', b"")
    assert over.string() == b"one"
    over.sp()
    assert over.atom() == b"x"
    over.sp()
    assert over.peek() == b""
    assert over.astring() == b'tw"o'
    over.eol()


def test_a_literal_is_no_end_and_no_atom(cursor: MakeCursor) -> None:
    over = cursor(b"a ", b"b", b"")
    assert over.atom() == b"a"
    over.sp()
    for read in (over.eol, over.atom, over.number, over.sp, over.numset, over.flags):
        with pytest.raises(BadSyntax):
            read()
    assert over.maybe_literal() == Literal(b"b", 1)
    assert over.maybe_literal() is None
    over.eol()


@pytest.mark.parametrize(
    "literal", [Literal(b"a\0b", 3), Literal(b"ab", 2, binary=True), Literal(object(), 300_000)]
)
def test_literals_that_are_no_strings(literal: Literal) -> None:
    with pytest.raises(BadSyntax):
        Cursor(Frame((b"", literal, b""))).astring()


def test_a_frame_that_no_framer_makes() -> None:
    with pytest.raises(BadSyntax):
        Cursor(Frame((Literal(b"x", 1),)))
    assert Cursor(Frame((b"", b"x"))).maybe_literal() is None


@pytest.mark.parametrize(
    ("text", "value"), [(b"NIL", None), (b"nil", None), (b'"NIL"', b"NIL"), (b'""', b"")]
)
def test_nstring(text: bytes, value: bytes | None, cursor: MakeCursor) -> None:
    assert cursor(text).nstring() == value


def test_no_nstring(cursor: MakeCursor) -> None:
    with pytest.raises(BadSyntax):
        cursor(b"nix").nstring()


@pytest.mark.parametrize(("text", "value"), [(b"0", 0), (b"007", 7), (b"4294967295", 2**32 - 1)])
def test_number(text: bytes, value: int, cursor: MakeCursor) -> None:
    assert cursor(text).number() == value


@pytest.mark.parametrize("text", [b"", b"-1", b"+1", b"4294967296", b"x", b" 1"])
def test_no_number(text: bytes, cursor: MakeCursor) -> None:
    with pytest.raises(BadSyntax):
        cursor(text).number()


def test_number64(cursor: MakeCursor) -> None:
    assert cursor(b"9223372036854775807").number64() == 2**63 - 1
    for text in (b"9223372036854775808", b"", b"x"):
        with pytest.raises(BadSyntax):
            cursor(text).number64()


def test_numset(cursor: MakeCursor) -> None:
    assert cursor(b"1:*,4 x").numset() == NumSet(((1, 0), (4, 4)))
    for text in (b"", b"0", b"x", b"4294967296"):
        with pytest.raises(BadSyntax):
            cursor(text).numset()


def test_messages(cursor: MakeCursor) -> None:
    """RFC 5182 §4: sequence-set =/ "$", and nothing of it within a set."""
    assert cursor(b"$ x").messages() is SAVED_RESULT
    assert cursor(b"1:* x").messages() == NumSet(((1, 0),))
    for text in (b"", b"0", b"x"):
        with pytest.raises(BadSyntax):
            cursor(text).messages()


def test_nz_number(cursor: MakeCursor) -> None:
    assert cursor(b"4294967295").nz_number() == 2**32 - 1
    for text in (b"", b"0", b"00", b"x", b"4294967296"):
        with pytest.raises(BadSyntax):
            cursor(text).nz_number()


def test_literal8_where_it_may_stand() -> None:
    """RFC 5464 §5: ``value = nstring / literal8``, which may have NUL."""
    eight = Frame((b"", Literal(b"a\0", 2, binary=True), b""))
    assert Cursor(eight).maybe_string(literal8=True) == b"a\0"
    assert Cursor(eight).nstring(literal8=True) == b"a\0"
    for data in (b"a\0", object()):
        with pytest.raises(BadSyntax):
            Cursor(Frame((b"", Literal(data, 2), b""))).maybe_string(literal8=True)


def test_parenthesized(cursor: MakeCursor) -> None:
    over = cursor(b"(a b) (c)()x")
    assert over.parenthesized(over.atom) == [b"a", b"b"]
    over.sp()
    assert over.parenthesized(over.atom) == [b"c"]
    assert over.parenthesized(over.atom) == []
    assert over.atom() == b"x"


@pytest.mark.parametrize("text", [b"", b"(", b"(a", b"(a ", b"( ", b"a)"])
def test_not_parenthesized(text: bytes, cursor: MakeCursor) -> None:
    over = cursor(text)
    with pytest.raises(BadSyntax):
        over.parenthesized(over.atom)


def test_flags_are_taken_as_they_are(cursor: MakeCursor) -> None:
    assert cursor(b"(\\Seen $x)").flags() == [b"\\Seen", b"$x"]
    for text in (b"(\\)", b"(\\*)", b"(a])", b"(\xe6)"):
        with pytest.raises(BadSyntax):
            cursor(text).flags()


@pytest.mark.parametrize("text", [b'""', b'"a b"', b'"\xc3\xa9"', b'"\x7f"', b"("])
def test_no_field_name(text: bytes, cursor: MakeCursor) -> None:
    with pytest.raises(BadSyntax):
        cursor(text).field_name()


def test_field_name(cursor: MakeCursor) -> None:
    assert cursor(b'"X-(a)" b').field_name() == b"X-(a)"


def test_spaces(cursor: MakeCursor) -> None:
    over = cursor(b"   a")
    over.sp()
    with pytest.raises(BadSyntax):
        over.sp()
    assert over.atom() == b"a"


@pytest.mark.parametrize("text", [b"(a b)", b"( a b)", b"(a  b )", b"(   a b  )"])
def test_spaces_in_lists(text: bytes, cursor: MakeCursor) -> None:
    over = cursor(text + b"  ")
    assert over.parenthesized(over.atom) == [b"a", b"b"]
    assert not over.more()
    over.eol()
    assert cursor(b"(  )").parenthesized(over.atom) == []


def test_more() -> None:
    literal = Cursor(Frame((b"a  ", Literal(b"x", 1), b" ")))
    assert literal.atom() == b"a"
    assert literal.more()
    assert literal.maybe_literal() is not None
    assert not literal.more()
    literal.eol()


def test_word_is_upper_case(cursor: MakeCursor) -> None:
    assert cursor(b"special-Use").word() == "SPECIAL-USE"


def test_start_within_the_first_text() -> None:
    assert Cursor(Frame((b"a1 x",)), 3).atom() == b"x"


@given(st.binary(max_size=50))
def test_reading_anything_ends_in_a_value_or_bad_syntax(text: bytes) -> None:
    for read in ("astring", "nstring", "number", "numset", "flags", "word", "eol"):
        over = Cursor(Frame((text, Literal(text, len(text)), text)))
        taken(getattr(over, read))
