"""RFC 9051 §4.3 and §9; what is written here must be what tokens.py reads."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire import encode
from proxyd.imapwire.frame import Frame, Limits
from proxyd.imapwire.framer import CommandFramer
from proxyd.imapwire.mailbox_name import from_wire
from proxyd.imapwire.tokens import Cursor


def cursor_over(wire: bytes) -> Cursor:
    """A cursor as behind the framer, literals resolved ("{n}" sent without waiting)."""
    framer = CommandFramer(Limits())
    framer.authenticated = True
    framer.feed(wire + b"\r\n")
    event = framer.next()
    while event is not None and not isinstance(event, Frame):
        event = framer.next()
    assert event is not None
    return Cursor(event)


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (b"", b'""'),
        (b"a b", b'"a b"'),
        (b'say "hi" \\', b'"say \\"hi\\" \\\\"'),
        (b"a\r\nb", b"{4}\r\na\r\nb"),
        (b"\0", b"{1}\r\n\0"),
        ("é".encode(), b"{2}\r\n\xc3\xa9"),
    ],
)
def test_string(value: bytes, wire: bytes) -> None:
    assert encode.quote_or_literal(value) == wire


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (b"INBOX", b"INBOX"),
        (b"a]b", b"a]b"),
        (b"", b'""'),
        (b"nil", b'"nil"'),
        (b"a b", b'"a b"'),
        (b"a%", b'"a%"'),
        (b"\xff", b"{1}\r\n\xff"),
    ],
)
def test_astring(value: bytes, wire: bytes) -> None:
    assert encode.astring(value) == wire


def test_every_octet_bare_quoted_or_literal() -> None:
    """RFC 9051 §9: ASTRING-CHAR, QUOTED-CHAR, and the rest."""
    for octet in range(256):
        value = bytes([octet])
        wire = encode.astring(value)
        if octet in b"\r\n\0" or octet > 127:
            assert wire == b"{1}\r\n" + value
        elif octet in b'"\\':
            assert wire == b'"\\' + value + b'"'
        elif octet < 33 or octet == 127 or octet in b"(){%*":
            assert wire == b'"' + value + b'"'
        else:
            assert wire == value


def test_non_synchronizing_literal() -> None:
    assert encode.literal(b"abc", b"+") == b"{3+}\r\nabc"


def test_nstring() -> None:
    assert encode.nstring(None) == b"NIL"
    assert encode.nstring(b"NIL") == b'"NIL"'


def test_flag_list() -> None:
    assert encode.flag_list(["\\Seen", "$x"]) == b"(\\Seen $x)"
    assert encode.flag_list([]) == b"()"


def test_mailbox() -> None:
    assert encode.mailbox("INBOX") == b"INBOX"
    assert encode.mailbox("対応済み") == b"&W,5f3G4IMH8-"
    assert encode.mailbox("a & b") == b'"a &- b"'


def test_mailbox_in_utf8() -> None:
    """RFC 6855 §3: never a literal, and "&" is no shift."""
    assert encode.mailbox("INBOX", utf8=True) == b"INBOX"
    assert encode.mailbox("対応済み", utf8=True) == '"対応済み"'.encode()
    assert encode.mailbox("a & b", utf8=True) == b'"a & b"'
    assert encode.mailbox('é"\\', utf8=True) == '"é\\"\\\\"'.encode()
    assert encode.mailbox("", utf8=True) == b'""'
    assert encode.mailbox("nil", utf8=True) == b'"nil"'


@given(st.binary(max_size=60).filter(lambda value: b"\0" not in value))
def test_strings_come_back(value: bytes) -> None:
    for write in (encode.quote_or_literal, encode.astring):
        read: Callable[[Cursor], bytes] = Cursor.astring
        cursor = cursor_over(write(value))
        assert read(cursor) == value
        cursor.eol()


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30))
def test_mailboxes_come_back(name: str) -> None:
    if name.partition("/")[0].upper() == "INBOX":
        name = "x" + name
    assert from_wire(cursor_over(encode.mailbox(name)).astring()) == name
    assert from_wire(cursor_over(encode.mailbox(name, utf8=True)).astring(), utf8=True) == name
