"""RFC 9051 §6.4.4, RETURN of RFC 4731 and RFC 5182; the keys: see test_search_key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.imapwire.command import Search, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.search_key import KAll, KAnd, KFlag, KSaved, KText

UNDELETED = KFlag("\\Deleted", present=False)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"SEARCH ALL", Search(False, KAll(), None, None)),
        (
            b"UID SEARCH UNDELETED KEYWORD qa-open",  # Thunderbird
            Search(True, KAnd((UNDELETED, KFlag("qa-open", present=True))), None, None),
        ),
        (
            b"UID SEARCH CHARSET UTF-8 UNDELETED SUBJECT {6+}\r\n\xe6\x97\xa5\xe6\x9c\xac",
            Search(True, KAnd((UNDELETED, KText("SUBJECT", "日本".encode()))), "UTF-8", None),
        ),
        (
            b'search charset "iso-2022-jp" TEXT {8+}\r\n\x1b$BF|\x1b(B',
            Search(False, KText("TEXT", "日".encode()), "ISO-2022-JP", None),
        ),
        (
            b"search charset x-none TEXT {1+}\r\n\xff",  # refused behind, by its name
            Search(False, KText("TEXT", b"\xff"), "X-NONE", None),
        ),
        (
            b"SEARCH RETURN (MIN count) ALL",
            Search(False, KAll(), None, frozenset({"MIN", "COUNT"})),
        ),
        (
            b"search return () charset us-ascii ALL",
            Search(False, KAll(), "US-ASCII", frozenset({"ALL"})),
        ),
        (
            b"UID SEARCH RETURN (SAVE MAX ALL) $",  # RFC 5182 §2.1
            Search(True, KSaved(), None, frozenset({"SAVE", "MAX", "ALL"})),
        ),
    ],
)
def test_search(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"A282 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"SEARCH",
        b"SEARCH ",
        b"SEARCH CHARSET UTF-8",
        b"SEARCH CHARSET UTF-8 ",
        b"SEARCH CHARSET",
        b"SEARCH RETURN (MIN)",
        b"SEARCH RETURN ALL",
        b"SEARCH RETURN (PARTIAL 1:5) ALL",
        b"SEARCH RETURN (CONTEXT) ALL",
        b"SEARCH RETURN (MIN, MAX) ALL",
        b"SEARCH CHARSET UTF-8 RETURN (MIN) ALL",
        b"SEARCH FUZZY SUBJECT x",
        b"SEARCH ALL CHARSET UTF-8",
        b"SEARCH SUBJECT {1+}\r\n\xff",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
