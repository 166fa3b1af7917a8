"""RFC 9051 §6.2.3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Login, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"LOGIN SMITH SESAME", Login(b"SMITH", b"SESAME")),  # RFC 9051 §6.2.3, its example
        (b'login "anna*support" "a \\"b\\\\"', Login(b"anna*support", b'a "b\\')),
        (b"LOGIN anna*support b", Login(b"anna*support", b"b")),  # imaplib does not quote
        (b'LOGIN "" ""', Login(b"", b"")),
        (b"LOGIN {5+}\r\nan na {2+}\r\n\r\n", Login(b"an na", b"\r\n")),
        (b'LOGIN a "\xe6\x97\xa5"', Login(b"a", b"\xe6\x97\xa5")),
        (b"LOGIN a@b.example NIL", Login(b"a@b.example", b"NIL")),
    ],
)
def test_login(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"21 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"LOGIN",
        b"LOGIN a",
        b"LOGIN a ",
        b"LOGIN a b c",
        b"LOGIN a%b c",
        b"LOGIN a b*c",
        b'LOGIN "a" "b',
        b'LOGIN "a"b',
        b'LOGIN a "\\x"',
        b"LOGIN a (b)",
        b"LOGIN a {1+}\r\n\0",
        b"LOGIN a ~{1+}\r\nx",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)


def test_the_password_is_not_shown() -> None:
    assert "SESAME" not in repr(Login(b"SMITH", b"SESAME"))
