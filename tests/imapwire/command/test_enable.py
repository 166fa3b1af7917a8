"""RFC 9051 §6.3.1."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Enable, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"ENABLE CONDSTORE X-GOOD-IDEA", Enable(("CONDSTORE", "X-GOOD-IDEA"))),  # RFC 5161 §3.1
        (b"enable utf8=accept UTF8=ACCEPT", Enable(("UTF8=ACCEPT",))),
    ],
)
def test_enable(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"t1 " + line).command == command


@pytest.mark.parametrize("line", [b"ENABLE", b"ENABLE ", b"ENABLE (X)", b'ENABLE "X"'])
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
