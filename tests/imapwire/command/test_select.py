"""RFC 9051 §6.3.2 and §6.3.3, RFC 4466 §2.1."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Select, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"SELECT INBOX", Select("INBOX", False, ())),
        (b'select "inbox"', Select("INBOX", False, ())),  # Thunderbird
        (b"EXAMINE blurdybloop", Select("blurdybloop", True, ())),  # RFC 9051 §6.3.3
        (b"SELECT INBOX (CONDSTORE)", Select("INBOX", False, ("CONDSTORE",))),
        (b"examine INBOX (condstore x)", Select("INBOX", True, ("CONDSTORE", "X"))),
        (b'SELECT "&ZeVnLIqe-/a b"', Select("日本語/a b", False, ())),
        (b"SELECT {9+}\r\n\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", Select("日本語", False, ())),
        (b'SELECT ""', Select("", False, ())),
    ],
)
def test_select(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    tagged = parse(b"25 " + line)
    assert tagged.command == command
    assert tagged.name in ("SELECT", "EXAMINE")


@pytest.mark.parametrize(
    "line",
    [
        b"SELECT",
        b"SELECT ",
        b"SELECT a b",
        b"SELECT a ()",
        b"SELECT a (",
        b"SELECT a CONDSTORE",
        b"SELECT a (QRESYNC (1 2))",
        b"SELECT *",
        b"SELECT a&b",
        b"SELECT {1+}\r\n\xff",
        b"SELECT {3+}\r\na\r\n",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
