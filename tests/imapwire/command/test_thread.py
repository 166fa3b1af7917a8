"""RFC 5256 §3 (THREAD)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from proxyd.imapwire.command import Tagged, Thread
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.search_key import KAll, KAnd, KFlag, KSince, KText


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            b"THREAD ORDEREDSUBJECT UTF-8 SINCE 5-MAR-2000",  # RFC 5256 §3
            Thread(False, "ORDEREDSUBJECT", "UTF-8", KSince(date(2000, 3, 5))),
        ),
        (
            b"UID THREAD references us-ascii ALL",
            Thread(True, "REFERENCES", "US-ASCII", KAll()),
        ),
        (
            b'thread REFERENCES "x-unknown" UNSEEN TEXT "a"',
            Thread(
                False,
                "REFERENCES",
                "X-UNKNOWN",
                KAnd((KFlag("\\Seen", present=False), KText("TEXT", b"a"))),
            ),
        ),
    ],
)
def test_thread(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"THREAD",
        b"THREAD REFERENCES",
        b"THREAD REFERENCES UTF-8",
        b"THREAD REFERENCES ALL",
        b"THREAD REFS UTF-8 ALL",
        b"THREAD (REFERENCES) UTF-8 ALL",
        b'THREAD "REFERENCES" UTF-8 ALL',
        b"THREAD REFERENCES UTF-8 FOO",
        b"THREAD RETURN (ALL) REFERENCES UTF-8 ALL",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
