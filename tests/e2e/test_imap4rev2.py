"""A client that speaks IMAP4rev2 only (RFC 9051), in a real folder and in a virtual one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.raw_line import RawLine, signed_in

COUNT = 12
FOLDERS = (b"INBOX", b"Status/Open")
# Appendix E: what of RFC 3501 a rev2 client need not understand any more.
OF_REV1 = re.compile(rb"^\* (?:\d+ RECENT|SEARCH|LSUB)|\[UNSEEN|\\Recent", re.MULTILINE)


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=COUNT)


@pytest.fixture
def line(company: Company) -> Iterator[RawLine]:
    with signed_in(company.proxy) as line:
        assert line.ask(b"en ENABLE IMAP4rev2")[0] == b"* ENABLED IMAP4rev2\r\n"
        yield line


def ok(line: RawLine, command: bytes) -> bytes:
    said = line.ask(b"t " + command)
    assert said[-1].startswith(b"t OK"), (command, said)
    told = b"".join(said)
    assert not OF_REV1.search(told)
    return told


@pytest.mark.parametrize("folder", FOLDERS)
def test_open_search_and_read(line: RawLine, folder: bytes) -> None:
    told = ok(line, b"SELECT " + folder)
    assert b'* LIST (\\HasNoChildren) "/" ' + folder in told
    count = int(re.findall(rb"\* (\d+) EXISTS", told)[0])
    assert ok(line, b"SEARCH ALL").startswith(b'* ESEARCH (TAG "t") ALL 1:%d\r\n' % count)
    assert ok(line, b"UID SEARCH NOT ALL").startswith(b'* ESEARCH (TAG "t") UID\r\n')
    ok(line, b"SEARCH RETURN (SAVE) 1:2")
    told = ok(line, b"FETCH $ (UID FLAGS BINARY.SIZE[1] BINARY.PEEK[1]<0.5> BODY.PEEK[1])")
    sizes = re.findall(rb"\* \d+ FETCH \(UID \d+ FLAGS \(.*?\) BINARY.SIZE\[1\] (\d+) ", told)
    assert len(sizes) == 2, told
    assert told.count(b"BINARY[1]<0> ") == 2
    told = ok(line, b"STATUS %b (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE)" % folder)
    assert b"MESSAGES %d " % count in told


def test_flags_that_reading_sets_come_with_the_uid(line: RawLine) -> None:
    """Appendix E (21)."""
    ok(line, b"SELECT INBOX")
    told = ok(line, b"FETCH 1 BODY[HEADER.FIELDS (SUBJECT)]")
    (row,) = re.findall(rb"(?s)\* 1 FETCH \(.*\)\r\n(?=t )", told)
    assert b"\\Seen" in row and b"UID " in row


def test_names_are_utf8(line: RawLine) -> None:
    name = '"顧客 ACME"'.encode()
    ok(line, b"CREATE " + name)
    assert b'"/" ' + name in ok(line, b'LIST "" *')
    assert b"* STATUS " + name in ok(line, b'LIST "" * RETURN (STATUS (MESSAGES))')
    assert b"COPYUID" not in ok(line, b"SELECT " + name)
    told = ok(line, b"APPEND " + name + b" {18+}\r\nSubject: x\r\n\r\nabcd")
    assert b"[APPENDUID " in told
    ok(line, b"SELECT INBOX")
    assert b"[COPYUID " in ok(line, b"MOVE 1 " + name)
    told = ok(line, b"STATUS " + name + b" (MESSAGES)")
    assert told.startswith(b"* STATUS " + name + b" (MESSAGES 2)")
    said = line.ask(b't COPY 1 "' + "ない".encode() + b'"')
    assert said[-1].startswith(b"t NO [TRYCREATE]")


def test_octets_that_are_no_text(line: RawLine) -> None:
    """RFC 3516 §4.2: a part with zeros comes as a literal8, whatever its encoding was."""
    mail = (
        b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nAAECAwA=\r\n"
    )
    told = ok(line, b"APPEND INBOX {%d+}\r\n%b" % (len(mail), mail))
    (uid,) = re.findall(rb"APPENDUID \d+ (\d+)", told)
    ok(line, b"SELECT INBOX")
    told = ok(line, b"UID FETCH %b (BINARY.SIZE[1] BINARY[1])" % uid)
    assert b"BINARY.SIZE[1] 5 BINARY[1] ~{5}\r\n\0\1\2\3\0" in told
    assert b"\\Seen" in told
