"""Commands without arguments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import (
    Capability,
    Check,
    Close,
    Idle,
    Logout,
    Namespace,
    Noop,
    StartTls,
    Tagged,
    Unselect,
)
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"CAPABILITY", Capability()),
        (b"NOOP", Noop()),
        (b"LOGOUT", Logout()),
        (b"starttls", StartTls()),
        (b"namespace", Namespace()),
        (b"IDLE", Idle()),
        (b"CHECK", Check()),
        (b"CLOSE", Close()),
        (b"Unselect", Unselect()),
    ],
)
def test_rfc9051_6_bare(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    tagged = parse(b"22 " + line)
    assert tagged.command == command
    assert tagged.name == line.decode().upper()


@pytest.mark.parametrize("line", [b"NOOP x", b"CLOSE ()", b"IDLE\t", b"LOGOUT {1+}\r\nx"])
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
