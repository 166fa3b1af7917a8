"""RFC 9051 §5.1 and §9: mailbox, list-mailbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.errors import BadName, BadSyntax, NotEncoded
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.mailbox_name import NO_NAME, from_wire, read_label, read_name, read_pattern
from proxyd.imapwire.tokens import Cursor

MakeCursor = Callable[..., Cursor]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"INBOX", "INBOX"),
        (b"inBox", "INBOX"),
        (b"inbox/Sub", "INBOX/Sub"),
        (b"inbox/", "INBOX/"),
        (b"inboxes", "inboxes"),
        (b"Other/inbox", "Other/inbox"),
        (b"", ""),
        (b"&W,5f3G4IMH8-", "対応済み"),
        ("対応済み".encode(), "対応済み"),
        ("a&b é".encode(), "a&b é"),
    ],
)
def test_names(raw: bytes, name: str) -> None:
    assert from_wire(raw) == name


@pytest.mark.parametrize(
    "raw",
    [
        b"a&b",
        b"&AOk",
        b"\xff\xfe",
        b"\xe6\x97",
        b"a\tb",
        b"a\x7f",
        b"&AA0ACg-",
        b"&AIU-",
        b"&ICg-",
        "日\n".encode(),
        "日\x85".encode(),
        "\u2028".encode(),
        b"\xed\xa0\x80",
    ],
)
def test_broken_names(raw: bytes) -> None:
    with pytest.raises(BadName):
        from_wire(raw)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"Sent", "Sent"),
        (b'"Sent Items"', "Sent Items"),
        ("日本".encode(), "日本"),
        ('"日本"'.encode(), "日本"),
        (b"a]", "a]"),
    ],
)
def test_read_name(text: bytes, name: str, cursor: MakeCursor) -> None:
    over = cursor(text)
    assert read_name(over) == name
    over.eol()


def test_read_name_from_a_literal(cursor: MakeCursor) -> None:
    assert read_name(cursor(b"", "受信".encode(), b"")) == "受信"


@pytest.mark.parametrize("text", [b"", b"*", b"%", b"(", b" x"])
def test_no_name(text: bytes, cursor: MakeCursor) -> None:
    with pytest.raises(BadSyntax):
        read_name(cursor(text))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        *((b"*", "*"), (b"%", "%"), (b'""', ""), (b"inbox/%", "INBOX/%"), (b"&ZeU-*", "日*")),
        *((b"a&'b*", NO_NAME), (b"&AOk*", NO_NAME)),
    ],
)
def test_read_pattern(text: bytes, pattern: str, cursor: MakeCursor) -> None:
    assert read_pattern(cursor(text)) == pattern


def test_every_octet_bare(cursor: MakeCursor) -> None:
    """list-char adds the two wildcards to what a name may have; 8-bit must be whole UTF-8."""
    for octet in range(256):
        bare = 32 < octet < 128 and octet not in b'(){"\\\x7f'
        for read, wild in ((read_name, False), (read_pattern, True)):
            over = cursor(b"x" + bytes([octet]) + b"-")
            try:
                read(over)
                over.eol()
                accepted = True
            except BadSyntax:
                accepted = False
            expected = bare and (wild or octet not in b"%*")
            assert accepted is expected, (octet, wild)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"inbox/a", "INBOX/a"),
        (b"a&b", "a&b"),
        (b"&AOk-", "&AOk-"),
        ("対応済み".encode(), "対応済み"),
        (b"", ""),
    ],
)
def test_names_in_utf8(raw: bytes, name: str) -> None:
    """RFC 6855 §3, RFC 9051 §5.1."""
    assert from_wire(raw, utf8=True) == name


@pytest.mark.parametrize("raw", [b"\xff", b"a\tb", b"a\x7f", "\x85".encode(), b"\xed\xa0\x80"])
def test_broken_names_in_utf8(raw: bytes) -> None:
    with pytest.raises(BadName):
        from_wire(raw, utf8=True)


def test_labels(cursor: MakeCursor) -> None:
    """They are no mailboxes: no modified UTF-7, and INBOX means nothing."""
    assert read_label(cursor(b"inbox")) == "inbox"
    assert read_label(cursor(b"a&b")) == "a&b"
    assert read_label(cursor(b"", "人".encode(), b"")) == "人"
    assert read_label(cursor(b'""')) == ""
    for broken in (b"\xff", b"a\r"):
        with pytest.raises(BadName):
            read_label(cursor(b"", broken, b""))


@pytest.mark.parametrize("name", [b"a" * 1000, b"/".join([b"a"] * 100)])
def test_the_longest_names(name: bytes) -> None:
    assert read_name(Cursor(Frame((name,)))) == name.decode()
    for longer in (name + b"/a", b"a/" + name):
        with pytest.raises(NotEncoded):
            read_name(Cursor(Frame((longer,))))
