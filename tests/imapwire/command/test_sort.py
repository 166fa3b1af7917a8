"""RFC 5256 §3 (SORT), RFC 5957, RFC 5267 §3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from proxyd.imapwire.command import Sort, SortKey, Tagged
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.search_key import KAll, KAnd, KFlag, KSaved, KSince, KText


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            b"SORT (SUBJECT) UTF-8 SINCE 1-Feb-1994",  # RFC 5256 §3
            Sort(False, (SortKey("SUBJECT"),), "UTF-8", KSince(date(1994, 2, 1))),
        ),
        (
            b"UID SORT (SUBJECT REVERSE DATE) us-ascii ALL",
            Sort(True, (SortKey("SUBJECT"), SortKey("DATE", True)), "US-ASCII", KAll()),
        ),
        (
            b'sort (reverse arrival Cc from size to displayfrom REVERSE displayto) "UTF-8" $',
            Sort(
                False,
                (
                    SortKey("ARRIVAL", True),
                    SortKey("CC"),
                    SortKey("FROM"),
                    SortKey("SIZE"),
                    SortKey("TO"),
                    SortKey("DISPLAYFROM"),
                    SortKey("DISPLAYTO", True),
                ),
                "UTF-8",
                KSaved(),
            ),
        ),
        (
            b"SORT (DATE FROM REVERSE DATE DATE) UTF-8 UNSEEN TEXT {3+}\r\n\xe6\x97\xa5",
            Sort(
                False,
                (SortKey("DATE"), SortKey("FROM")),  # a second DATE decides nothing
                "UTF-8",
                KAnd((KFlag("\\Seen", present=False), KText("TEXT", "日".encode()))),
            ),
        ),
        (
            b"UID SORT RETURN () (REVERSE DATE) UTF-8 UNDELETED UNKEYWORD $Junk",  # RFC 5267 §3.3
            Sort(
                True,
                (SortKey("DATE", True),),
                "UTF-8",
                KAnd((KFlag("\\Deleted", present=False), KFlag("$Junk", present=False))),
                frozenset({"ALL"}),
            ),
        ),
        (
            b"SORT RETURN (COUNT save) (DATE) UTF-8 ALL",
            Sort(False, (SortKey("DATE"),), "UTF-8", KAll(), frozenset({"COUNT", "SAVE"})),
        ),
    ],
)
def test_sort(line: bytes, command: object, parse: Callable[[bytes], Tagged]) -> None:
    assert parse(b"a1 " + line).command == command


@pytest.mark.parametrize(
    "line",
    [
        b"SORT",
        b"SORT (DATE)",
        b"SORT (DATE) ALL",  # the charset is not optional
        b"SORT (DATE) UTF-8",
        b"SORT (DATE) UTF-8 ",
        b"SORT () UTF-8 ALL",
        b"SORT DATE UTF-8 ALL",
        b"SORT (REVERSE) UTF-8 ALL",
        b"SORT (REVERSE REVERSE DATE) UTF-8 ALL",
        b"SORT (DATE REVERSE) UTF-8 ALL",
        b"SORT (MODSEQ) UTF-8 ALL",
        b"SORT (DATE) CHARSET UTF-8 ALL",
        b"SORT (DATE) UTF-8 FOO",
        b"SORT (DATE) UTF-8 TEXT {1+}\r\n\xff",
        b"SORT (DATE) RETURN (ALL) UTF-8 ALL",
        b"SORT RETURN (PARTIAL 1:5) (DATE) UTF-8 ALL",
        b"SORT RETURN (UPDATE) (DATE) UTF-8 ALL",
        b"SORT RETURN ALL (DATE) UTF-8 ALL",
    ],
)
def test_refused(line: bytes, refused: Callable[[bytes], BadSyntax]) -> None:
    refused(line)
