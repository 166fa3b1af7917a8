"""RFC 9051 §6.4.4 and §9: search-key; the keys of RFC 3501 that it took out; of extensions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.framer import CommandFramer
from proxyd.imapwire.numset import NumSet
from proxyd.imapwire.search_key import (
    KAll,
    KAnd,
    KBefore,
    KEmailId,
    KFlag,
    KLarger,
    KModSeq,
    KNot,
    KOn,
    KOr,
    KRecent,
    KSaved,
    KSaveDateSupported,
    KSavedBefore,
    KSavedOn,
    KSavedSince,
    KSeq,
    KSince,
    KSmaller,
    KText,
    KThreadId,
    KUid,
    KWithin,
    SearchKey,
)
from proxyd.imapwire.search_program import MAX_DEPTH, MAX_KEYS, read_program
from proxyd.imapwire.tokens import Cursor

MakeCursor = Callable[..., Cursor]
DAY = date(1994, 2, 1)


def read(text: bytes, charset: str | None = None) -> SearchKey:
    framer = CommandFramer()
    framer.authenticated = True
    framer.feed(text + b"\r\n")
    frame = framer.next()
    assert isinstance(frame, Frame)
    cursor = Cursor(frame)
    key = read_program(cursor, charset)
    cursor.eol()
    return key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b"ALL", KAll()),
        (b"old", KNot(KRecent())),
        (b"NEW", KAnd((KRecent(), KFlag("\\Seen", present=False)))),
        (b"RECENT", KRecent()),
        (b"ANSWERED", KFlag("\\Answered", present=True)),
        (b"DELETED", KFlag("\\Deleted", present=True)),
        (b"DRAFT", KFlag("\\Draft", present=True)),
        (b"FLAGGED", KFlag("\\Flagged", present=True)),
        (b"seen", KFlag("\\Seen", present=True)),
        (b"UNANSWERED", KFlag("\\Answered", present=False)),
        (b"UNDELETED", KFlag("\\Deleted", present=False)),
        (b"UNDRAFT", KFlag("\\Draft", present=False)),
        (b"UNFLAGGED", KFlag("\\Flagged", present=False)),
        (b"Unseen", KFlag("\\Seen", present=False)),
        (b"KEYWORD $status-open", KFlag("$status-open", present=True)),
        (b"UNKEYWORD x=20y", KFlag("x=20y", present=False)),
        (b"LARGER 1000", KLarger(1000)),
        (b"SMALLER 0", KSmaller(0)),
        (b"BEFORE 1-Feb-1994", KBefore(DAY)),
        (b'ON "1-Feb-1994"', KOn(DAY)),
        (b"since 01-feb-1994", KSince(DAY)),
        (b"SENTBEFORE 01-feb-1994", KText("SENTBEFORE", b"1-Feb-1994")),
        (b"SENTON 1-Feb-1994", KText("SENTON", b"1-Feb-1994")),
        (b"SENTSINCE 1-Feb-1994", KText("SENTSINCE", b"1-Feb-1994")),
        (b"1:*", KSeq(NumSet(((1, 0),)))),
        (b"*", KSeq(NumSet(((0, 0),)))),
        (b"UID 5,7", KUid(NumSet(((5, 5), (7, 7))))),
        (b"FROM anna", KText("FROM", b"anna")),
        (b'HEADER X-Id ""', KText("HEADER", b"", b"X-Id")),
        (b"OLDER 172800", KWithin(172800, older=True)),  # RFC 5032
        (b"younger 1", KWithin(1, older=False)),
        (b"MODSEQ 620162338", KModSeq(620162338)),  # RFC 7162 §3.1.5
        (b"modseq 0", KModSeq(0)),
        (b'MODSEQ "/flags/\\\\draft" all 620162338', KModSeq(620162338)),
        (b'MODSEQ "/flags/$x" PRIV 9223372036854775807', KModSeq(2**63 - 1)),
        (b"EMAILID M6d99ac3275bb4e", KEmailId("M6d99ac3275bb4e")),  # RFC 8474 §6
        (b"threadid T64b478a75b7_-", KThreadId("T64b478a75b7_-")),
        (b"SAVEDBEFORE 01-Feb-1994", KSavedBefore(DAY)),  # RFC 8514 §4.3
        (b"SAVEDON 1-feb-1994", KSavedOn(DAY)),
        (b'savedsince "1-Feb-1994"', KSavedSince(DAY)),
        (b"SAVEDATESUPPORTED", KSaveDateSupported()),
        (b"$", KSaved()),  # RFC 5182 §2.1
        (b"UID $", KSaved()),
        (b"OR $ 1", KOr(KSaved(), KSeq(NumSet(((1, 1),))))),
        (b"NOT SEEN", KNot(KFlag("\\Seen", present=True))),
        (b"OR ALL ANSWERED", KOr(KAll(), KFlag("\\Answered", present=True))),
        (b"(ALL)", KAll()),
        (b"((ALL) UID 5)", KAnd((KAll(), KUid(NumSet(((5, 5),)))))),
        (b"ALL SEEN", KAnd((KAll(), KFlag("\\Seen", present=True)))),
    ],
)
def test_keys(text: bytes, key: SearchKey) -> None:
    assert read(text) == key


def test_rfc9051_6_4_4_example() -> None:
    key = read(b'FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"')
    assert key == KAnd(
        (KFlag("\\Flagged", present=True), KSince(DAY), KNot(KText("FROM", b"Smith")))
    )


def test_thunderbird_search_with_literals() -> None:
    key = read(b'UNDELETED OR SUBJECT {6+}\r\n\xe6\x97\xa5\xe6\x9c\xac BODY "x"', "UTF-8")
    assert isinstance(key, KAnd)
    assert key.keys[1] == KOr(KText("SUBJECT", "日本".encode()), KText("BODY", b"x"))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b" ALL",
        b"ALLX",
        b"FOO",
        b"FOO x",
        b"SEEN\r",
        b"KEYWORD",
        b"KEYWORD \\Seen",
        b'KEYWORD "x"',
        b"FROM",
        b"FROM (",
        b"HEADER x",
        b"HEADER x ",
        b"LARGER x",
        b"LARGER -1",
        b"LARGER 4294967296",
        b"SINCE 31-Feb-1994",
        b"SINCE yesterday",
        b"SENTON 1994-02-01",
        b"NOT",
        b"NOT ",
        b"OR ALL",
        b"OR ALL ",
        b"OR",
        b"UID x",
        b"UID",
        b"0",
        b"$,1",
        b"1:$",
        b"$x",
        b"OLDER 0",
        b"OLDER",
        b"OLDER x",
        b"YOUNGER 4294967296",
        b"MODSEQ",
        b"MODSEQ -1",
        b"MODSEQ 9223372036854775808",
        b'MODSEQ "/flags/x" 5',
        b'MODSEQ "/flags/x" every 5',
        b'MODSEQ "/other/x" all 5',
        b"MODSEQ /flags/x all 5",
        b"EMAILID",
        b'EMAILID ""',
        b"EMAILID a.b",
        b"EMAILID " + b"x" * 256,
        b'THREADID "a b"',
        b"SAVEDON",
        b"SAVEDON 31-Feb-1994",
        b"FUZZY ALL",
        b"()",
        b"(ALL",
        b"ALL)",
    ],
)
def test_no_key(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(text)


@pytest.mark.parametrize("charset", [None, "UTF-8", "US-ASCII"])
def test_text_that_is_not_utf8(charset: str | None) -> None:
    with pytest.raises(BadSyntax):
        read(b"SUBJECT {1+}\r\n\xff", charset)
    assert read(b"SUBJECT {1+}\r\n\xff", "ISO-8859-1") == KText("SUBJECT", "ÿ".encode())


@pytest.mark.parametrize("prefix", [b"NOT ", b"OR ALL ", b"("])
def test_depth_is_bounded(prefix: bytes) -> None:
    def nested(depth: int) -> bytes:
        close = b")" if prefix == b"(" else b""
        return prefix * (depth - 1) + b"ALL" + close * (depth - 1)

    read(nested(MAX_DEPTH))
    with pytest.raises(BadSyntax):
        read(nested(MAX_DEPTH + 1))
    with pytest.raises(BadSyntax):
        read(nested(10_000 if prefix != b"OR ALL " else 8_000))


def test_the_number_of_keys_is_bounded() -> None:
    key = read(b" ".join([b"ALL"] * MAX_KEYS))
    assert isinstance(key, KAnd)
    assert len(key.keys) == MAX_KEYS
    with pytest.raises(BadSyntax):
        read(b" ".join([b"ALL"] * (MAX_KEYS + 1)))
