"""RFC 9051 §6.3.12, MULTIAPPEND (RFC 3502), CATENATE (RFC 4469), UTF8 (RFC 6855 §4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Append, AppendMessage, Tagged, UrlPart
from proxyd.imapwire.command.append import MAX_PARTS
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import Literal

HI = Literal(b"Hi\r\n", 4)
HI8 = Literal(b"Hi\0\n", 4, binary=True)


def one(
    mailbox: str,
    flags: tuple[str, ...] = (),
    date: str | None = None,
    literal: Literal = HI,
    *,
    utf8: bool = False,
) -> Append:
    return Append(mailbox, (AppendMessage(flags, date, (literal,), utf8=utf8),))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            b"APPEND saved-messages (\\Seen) {4+}\r\nHi\r\n",  # RFC 9051 §6.3.12
            one("saved-messages", ("\\Seen",), None, HI),
        ),
        (b'append "Sent" (\\Seen) {4+}\r\nHi\r\n', one("Sent", ("\\Seen",), None, HI)),
        (b"APPEND x {4+}\r\nHi\r\n", one("x", (), None, HI)),
        (b"APPEND x {4}\r\nHi\r\n", one("x", (), None, HI)),
        (b"APPEND x () {4+}\r\nHi\r\n", one("x", (), None, HI)),
        (
            b'APPEND {5+}\r\ninbox " 1-Jul-1996 02:44:25 -0700" {4+}\r\nHi\r\n',
            one("INBOX", (), "01-Jul-1996 02:44:25 -0700", HI),
        ),
        (
            b'APPEND x ($k \\seen $K) "17-Jul-1996 02:44:25 -0700" {2+}\r\n\0\0',
            one("x", ("$k", "\\Seen"), "17-Jul-1996 02:44:25 -0700", Literal(b"\0\0", 2)),
        ),
        (b"APPEND x {0+}\r\n", one("x", (), None, Literal(b"", 0))),
        (b"APPEND x ~{4+}\r\nHi\0\n", one("x", literal=HI8)),  # RFC 3516 §4.4
        (
            b"append x (\\Draft) utf8 (~{4+}\r\nHi\0\n)",
            one("x", ("\\Draft",), literal=HI8, utf8=True),
        ),
    ],
)
def test_append(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"APPEND",
        b"APPEND x",
        b"APPEND x ",
        b"APPEND x y",
        b'APPEND x "y"',
        b'APPEND x "17-Jul-1996 02:44:25 -0700"',
        b"APPEND x (\\Seen)",
        b"APPEND x (\\Seen){4+}\r\nHi\r\n",
        b"APPEND x(\\Seen) {4+}\r\nHi\r\n",
        b"APPEND {1+}\r\nx",
        b"APPEND x UTF8 ({4+}\r\nHi\r\n)",  # a literal8 it must be
        b"APPEND x UTF8 ~{4+}\r\nHi\r\n",
        b"APPEND x UTF8 (~{4+}\r\nHi\r\n",
        b"APPEND x UTF8 (x)",
        b"APPEND x UTF8",
        b"APPEND x (\\Recent) {4+}\r\nHi\r\n",
        b"APPEND x (\\Odd) {4+}\r\nHi\r\n",
        b"APPEND x (\\Seen {4+}\r\nHi\r\n",
        b'APPEND x "31-Feb-1996 02:44:25 -0700" {4+}\r\nHi\r\n',
        b'APPEND x "17-Jul-1996 02:44:25 -0700" (\\Seen) {4+}\r\nHi\r\n',
        b"APPEND x {4+}\r\nHi\r\n{4+}\r\nHi\r\n",
        b"APPEND x {4+}\r\nHi\r\n (\\Seen)",
        b"APPEND x {4+}\r\nHi\r\n (\\Recent) {4+}\r\nHi\r\n",
        b"APPEND x CATENATE",
        b"APPEND x CATENATE ()",
        b"APPEND x CATENATE (",
        b"APPEND x CATENATE (TEXT {4+}\r\nHi\r\n",
        b"APPEND x CATENATE (TEXT Hi)",
        b'APPEND x CATENATE (TEXT "Hi")',
        b"APPEND x CATENATE ({4+}\r\nHi\r\n)",
        b"APPEND x CATENATE (URL)",
        b'APPEND x CATENATE (URL "")',
        b'APPEND x CATENATE (URL "a b")',
        b'APPEND x CATENATE (URL "\xe6\x97\xa5")',
        b"APPEND x CATENATE (URL ~{1+}\r\na)",
        b"APPEND x CATENATE (UTF8 ({4+}\r\nHi\r\n))",
        b"APPEND x CATENATE (FILE x)",
        b"APPEND x CATENATE (" + b" ".join([b"URL /x"] * (MAX_PARTS + 1)) + b")",
        b"APPEND x {4+}\r\nHi\r\n x",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)


def test_several_messages(parse: Callable[[bytes], Tagged]) -> None:
    """RFC 3502 §3: each with flags and a date of its own."""
    line = (
        b'A003 APPEND saved-messages (\\Seen) " 1-Feb-1994 00:00:00 +0900" {4+}\r\nHi\r\n '
        b"(\\Draft $x) {4+}\r\nHi\r\n ~{4+}\r\nHi\0\n"
    )
    assert parse(line).command == Append(
        "saved-messages",
        (
            AppendMessage(("\\Seen",), "01-Feb-1994 00:00:00 +0900", (HI,)),
            AppendMessage(("\\Draft", "$x"), None, (HI,)),
            AppendMessage((), None, (HI8,)),
        ),
    )


def test_put_together(parse: Callable[[bytes], Tagged]) -> None:
    """RFC 4469 §3: new text and parts of other messages, beside a whole message."""
    line = (
        b"A003 APPEND Drafts (\\Seen) CATENATE "
        b'(URL "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER" TEXT {4+}\r\nHi\r\n '
        b"url {6+}\r\n/INBOX text ~{4+}\r\nHi\0\n UTF8 (~{4+}\r\nHi\0\n)) {4+}\r\nHi\r\n"
    )
    header = UrlPart("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER")
    parts = (header, HI, UrlPart("/INBOX"), HI8, HI8)
    assert parse(line).command == Append(
        "Drafts",
        (AppendMessage(("\\Seen",), None, parts, catenate=True), AppendMessage((), None, (HI,))),
    )
