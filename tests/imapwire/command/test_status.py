"""RFC 9051 §6.3.11; items of RFC 7162, RFC 7889, RFC 8474 and RFC 9208."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Status, Tagged
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            b"STATUS blurdybloop (UIDNEXT MESSAGES)",  # RFC 9051 §6.3.11
            Status("blurdybloop", ("UIDNEXT", "MESSAGES")),
        ),
        (
            b'STATUS "Archive" (UIDNEXT MESSAGES UNSEEN RECENT)',  # Thunderbird
            Status("Archive", ("UIDNEXT", "MESSAGES", "UNSEEN", "RECENT")),
        ),
        (b"status inbox (size Size uidvalidity)", Status("INBOX", ("SIZE", "UIDVALIDITY"))),
        (
            b"STATUS x (DELETED deleted-storage HIGHESTMODSEQ MAILBOXID APPENDLIMIT)",
            Status(
                "x", ("DELETED", "DELETED-STORAGE", "HIGHESTMODSEQ", "MAILBOXID", "APPENDLIMIT")
            ),
        ),
    ],
)
def test_status(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"102 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"STATUS",
        b"STATUS a",
        b"STATUS a ",
        b"STATUS a ()",
        b"STATUS a MESSAGES",
        b"STATUS a (FOO)",
        b"STATUS a (MESSAGES",
        b"STATUS a (MESSAGES FOO)",
        b"STATUS (MESSAGES)",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
