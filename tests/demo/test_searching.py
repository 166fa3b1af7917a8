"""Each search key on real octets: what a person would expect to find."""

from __future__ import annotations

import pytest

from proxyd.demo.mailbox import DemoMessage
from proxyd.demo.searching import Candidate, SearchContext, predicate
from proxyd.imapwire.command import Search, parse_command
from proxyd.imapwire.frame import Frame, Literal
from proxyd.imapwire.mime import MimeMail

JAPANESE = (
    b"From: =?ISO-2022-JP?B?GyRCOjRGIxsoQg==?= <sato@example.jp>\r\n"
    b"To: support@example.test\r\nCc: Boss <boss@example.com>\r\n"
    b"Subject: =?ISO-2022-JP?B?GyRCQEE1YR?=\r\n"
    b"Date: Fri, 5 Jun 2026 23:30:00 -0800\r\nX-Kind: Special\r\n"
    b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
) + "請求書をお送りください。ABC\r\n".encode("iso-2022-jp")

MIXED = (
    b"From: Emma <emma@example.org>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_?=\r\n"
    b" =?utf-8?Q?aus_K=C3=B6ln?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"PHA+VGhlIDxiPnBhcmNlbDwvYj4gYXJyaXZlZDwvcD4=\r\n--b\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nsch=F6n, wrapped\r\nline\r\n--b\r\n"
    b"Content-Type: application/pdf\r\n\r\nhidden words\r\n--b--\r\n"
)


def found(key: str | bytes, raw: bytes, *, argument: bytes | None = None) -> bool:
    text = b"t SEARCH " + (key.encode() if isinstance(key, str) else key)
    parts: tuple[bytes | Literal, ...] = (text,)
    if argument is not None:
        parts = (text + b" ", Literal(argument, len(argument)), b"")
    command = parse_command(Frame(parts)).command
    assert isinstance(command, Search)
    message = DemoMessage(7, 1, len(raw), ("\\Seen", "$Work"), "06-Jun-2026 12:00:00 +0900")
    context = SearchContext(command.charset or "utf-8", 9, 9, lambda _: MimeMail(raw))
    return predicate(command.key, context)(Candidate(3, message))


@pytest.mark.parametrize(
    "key",
    [
        *["ALL", "3", "1:*", "UID 7", "UID 5:8", "SEEN", "UNFLAGGED", "KEYWORD $work", "OLD"],
        *["UNKEYWORD $home", "LARGER 10", "SMALLER 10000", "ON 6-Jun-2026", "SINCE 6-Jun-2026"],
        *["BEFORE 7-Jun-2026", "SENTON 5-Jun-2026", "SENTBEFORE 6-Jun-2026"],
        *["SENTSINCE 5-Jun-2026", "FROM sato", "TO SUPPORT@", "CC boss", 'HEADER X-Kind ""'],
        *["HEADER x-kind special", "NOT DELETED", "OR DELETED SEEN", "(SEEN (NOT DRAFT)) 3"],
        *["BODY abc", "TEXT special"],
    ],
)
def test_found(key: str) -> None:
    assert found(key, JAPANESE)


@pytest.mark.parametrize(
    "key",
    [
        *["NOT ALL", "4:*", "UID 8:*", "UNSEEN", "FLAGGED", "KEYWORD $home", "NEW", "RECENT"],
        *["UNKEYWORD $WORK", "SMALLER 10", "BEFORE 6-Jun-2026", "SINCE 7-Jun-2026"],
        *["ON 5-Jun-2026", "SENTON 6-Jun-2026", "FROM boss", "BCC x", 'HEADER X-None ""'],
        *["BODY special", "OR DELETED DRAFT", "SEEN DELETED"],
    ],
)
def test_not_found(key: str) -> None:
    assert not found(key, JAPANESE)


def test_japanese_in_any_charset() -> None:
    assert found("CHARSET UTF-8 BODY", JAPANESE, argument="請求書".encode())
    assert found("CHARSET ISO-2022-JP BODY", JAPANESE, argument="請求書".encode("iso-2022-jp"))
    assert found("CHARSET SHIFT_JIS FROM", JAPANESE, argument="佐藤".encode("shift_jis"))
    assert found("CHARSET UTF-8 BODY", JAPANESE, argument=b"abc")
    assert not found("CHARSET UTF-8 BODY", JAPANESE, argument="領収書".encode())


@pytest.mark.parametrize("key", ["BODY parcel", 'BODY "wrapped line"', "TEXT emma"])
def test_text_of_every_part(key: str) -> None:
    assert found(key, MIXED)


def test_octets_that_are_no_text_are_not_searched() -> None:
    assert not found("TEXT hidden", MIXED)


def test_adjacent_encoded_words_are_one_text() -> None:
    assert found("SUBJECT", MIXED, argument="grüße aus köln".encode())
    assert found("BODY", MIXED, argument="SCHÖN".encode())


@pytest.mark.parametrize("date", ["nonsense", "", "Fri, 99 Jun 2026 00:00:00", "5 Jun"])
def test_mail_without_a_readable_date_was_never_sent(date: str) -> None:
    raw = f"Date: {date}\r\n\r\nx\r\n".encode()
    assert not found("SENTSINCE 1-Jan-1970", raw)
    assert not found("SENTBEFORE 1-Jan-2100", raw)
