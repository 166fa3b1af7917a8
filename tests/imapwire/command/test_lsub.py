"""RFC 3501 §6.3.9."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Lsub, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b'LSUB "#news." "comp.mail.*"', Lsub("#news.", "comp.mail.*")),  # RFC 3501 §6.3.9
        (b'lsub "" "*"', Lsub("", "*")),
    ],
)
def test_lsub(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a " + line).command == command


@pytest.mark.parametrize("line", [b"LSUB", b'LSUB ""', b'LSUB "" * x', b'LSUB "" (*)', b"LSUB % %"])
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
