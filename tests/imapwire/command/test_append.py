"""RFC 9051 §6.3.12."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Append, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import Literal

HI = Literal(b"Hi\r\n", 4)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            b"APPEND saved-messages (\\Seen) {4+}\r\nHi\r\n",  # RFC 9051 §6.3.12
            Append("saved-messages", ("\\Seen",), None, HI),
        ),
        (b'append "Sent" (\\Seen) {4+}\r\nHi\r\n', Append("Sent", ("\\Seen",), None, HI)),
        (b"APPEND x {4+}\r\nHi\r\n", Append("x", (), None, HI)),
        (b"APPEND x {4}\r\nHi\r\n", Append("x", (), None, HI)),
        (b"APPEND x () {4+}\r\nHi\r\n", Append("x", (), None, HI)),
        (
            b'APPEND {5+}\r\ninbox " 1-Jul-1996 02:44:25 -0700" {4+}\r\nHi\r\n',
            Append("INBOX", (), "01-Jul-1996 02:44:25 -0700", HI),
        ),
        (
            b'APPEND x ($k \\seen $K) "17-Jul-1996 02:44:25 -0700" {2+}\r\n\0\0',
            Append("x", ("$k", "\\Seen"), "17-Jul-1996 02:44:25 -0700", Literal(b"\0\0", 2)),
        ),
        (b"APPEND x {0+}\r\n", Append("x", (), None, Literal(b"", 0))),
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
        b"APPEND x ~{2+}\r\nHi",  # literal8 belongs to BINARY
        b"APPEND x (\\Recent) {4+}\r\nHi\r\n",
        b"APPEND x (\\Odd) {4+}\r\nHi\r\n",
        b"APPEND x (\\Seen {4+}\r\nHi\r\n",
        b'APPEND x "31-Feb-1996 02:44:25 -0700" {4+}\r\nHi\r\n',
        b'APPEND x "17-Jul-1996 02:44:25 -0700" (\\Seen) {4+}\r\nHi\r\n',
        b"APPEND x {4+}\r\nHi\r\n {4+}\r\nHi\r\n",
        b"APPEND x {4+}\r\nHi\r\n x",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
