"""RFC 2971 §3.1."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Id, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"ID NIL", Id(None)),
        (b"ID nil", Id(None)),
        (b"ID ()", Id(())),
        (
            b'ID ("name" "Thunderbird" "version" "153.7.0")',
            Id(((b"name", b"Thunderbird"), (b"version", b"153.7.0"))),
        ),
        (b'ID ("os" NIL {4+}\r\nname {1+}\r\nx)', Id(((b"os", None), (b"name", b"x")))),
    ],
)
def test_id(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"24 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"ID",
        b"ID x",
        b'ID "NIL"',
        b'ID ("name")',
        b'ID ("name" "x" "os")',
        b'ID ("name" x)',
        b"ID (name x)",
        b'ID ("name" "x"',
        b'ID ("name" ("x"))',
        b"ID (" + b" ".join([b'"k" "v"'] * 31) + b")",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)


def test_thirty_pairs_are_taken(parse: Callable[[bytes], Tagged]) -> None:
    command = parse(b"a ID (" + b" ".join([b'"k" "v"'] * 30) + b")").command
    assert command == Id(((b"k", b"v"),) * 30)
