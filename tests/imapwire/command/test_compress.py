"""RFC 4978 §3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Compress, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"COMPRESS DEFLATE", Compress("DEFLATE")),
        (b"compress deflate", Compress("DEFLATE")),
        (b"COMPRESS LZ4", Compress("LZ4")),  # refused by who knows the algorithms
    ],
)
def test_compress(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"COMPRESS",
        b"COMPRESS ",
        b"COMPRESS DEFLATE 9",
        b'COMPRESS "DEFLATE"',
        b"COMPRESS (DEFLATE)",
        b"COMPRESS {7+}\r\nDEFLATE",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
