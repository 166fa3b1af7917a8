"""RFC 9051 §6.2.2, RFC 4959."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Authenticate, Tagged, decode_base64
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"authenticate PLAIN", Authenticate("PLAIN", None)),
        (b"AUTHENTICATE plain AGEAYg==", Authenticate("PLAIN", b"\0a\0b")),
        (b"AUTHENTICATE EXTERNAL =", Authenticate("EXTERNAL", b"")),
        (b"AUTHENTICATE SCRAM-SHA-256", Authenticate("SCRAM-SHA-256", None)),
    ],
)
def test_authenticate(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"21 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"AUTHENTICATE",
        b"AUTHENTICATE ",
        b'AUTHENTICATE "PLAIN"',
        b"AUTHENTICATE PLAIN ==",
        b"AUTHENTICATE PLAIN A",
        b"AUTHENTICATE PLAIN AG=EAYg",
        b"AUTHENTICATE PLAIN AGEAYg=",
        b"AUTHENTICATE PLAIN AGEAYg==AA==",
        b"AUTHENTICATE PLAIN AGEAYg== x",
        b"AUTHENTICATE PLAIN *",
        b"AUTHENTICATE PLAIN {8+}\r\nAGEAYg==",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)


def test_response_lines() -> None:
    assert decode_base64(b"") == b""
    assert decode_base64(b"AGEAYg==") == b"\0a\0b"
    for raw in (b"*", b"A", b"AGEA Yg==", b"AGEAYg==\n", b"=", b"\xff"):
        with pytest.raises(BadSyntax):
            decode_base64(raw)


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(Authenticate("PLAIN", b"\0a\0secret"))
