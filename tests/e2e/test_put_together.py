"""Several mails in one APPEND, mails put together, octets of any kind and parts of 50 MB.

With a real provider behind.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.raw_line import RawLine, memory_kib, signed_in
from tests.patience import until

MIB = 1024 * 1024
BIG = 50 * MIB


@pytest.fixture(scope="module")
def company(found_company: object) -> Company:
    return found_company(count=5)  # type: ignore[operator,no-any-return]


@pytest.fixture
def line(company: Company) -> Iterator[RawLine]:
    with signed_in(company.proxy) as line:
        yield line


def stored(company: Company, folder: str, message_id: str) -> int:
    return company.dovecot.count(folder, message_id)


def uids_of(tagged: bytes) -> bytes:
    found = re.search(rb"\[APPENDUID \d+ ([\d:,]+)\]", tagged)
    assert found is not None, tagged
    return found[1]


def test_three_mails_in_one_append(company: Company, line: RawLine) -> None:
    mails = [b"Message-ID: <three-%d@x>\r\n\r\nmail %d\r\n" % (n, n) for n in range(3)]
    literals = b" ".join(b"(\\Seen) {%d+}\r\n%b" % (len(one), one) for one in mails)
    line.ask(b"s SELECT Archive")
    answer = line.ask(b"a APPEND Archive " + literals)
    first, last = map(int, uids_of(answer[-1]).split(b":"))
    assert last - first == 2
    rows = line.ask(b"f UID FETCH %d:%d BODY.PEEK[TEXT]" % (first, last))
    assert [row.split(b"}\r\n")[1][:6] for row in rows[:-1]] == [b"mail 0", b"mail 1", b"mail 2"]
    assert all(stored(company, "Archive", f"three-{n}@x") == 1 for n in range(3))


def test_none_where_one_can_not_be_stored(company: Company, line: RawLine) -> None:
    good = b"Message-ID: <good@x>\r\n\r\nx\r\n"
    bad = b"Message-ID: <bad@x>\r\n\r\n\0\r\n"
    both = b"{%d+}\r\n%b {%d+}\r\n%b" % (len(good), good, len(bad), bad)
    assert line.ask(b"a APPEND Archive " + both)[-1].startswith(b"a NO [CANNOT]")
    assert stored(company, "Archive", "good@x") == 0


def test_a_mail_put_together_of_others(company: Company, line: RawLine) -> None:
    """RFC 4469 §4: the text is new, the rest is there already."""
    line.ask(b"s SELECT INBOX")
    row = line.ask(b"f UID FETCH 2 BODY.PEEK[]")[0]
    original = row.partition(b"}\r\n")[2].removesuffix(b")\r\n")
    head = (
        b"Message-ID: <together@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    tail = b"\r\n--b--\r\n"
    parts = b'TEXT {%d+}\r\n%b URL "/INBOX/;UID=2" TEXT {%d+}\r\n%b' % (
        len(head), head, len(tail), tail,
    )  # fmt: skip
    uid = uids_of(line.ask(b"a APPEND Drafts (\\Draft) CATENATE (" + parts + b")")[-1])
    line.ask(b"s SELECT Drafts")
    row = line.ask(b"f UID FETCH " + uid + b" BODY.PEEK[]")[0]
    assert row.partition(b"}\r\n")[2].removesuffix(b")\r\n") == head + original + tail
    details = [record["detail"] for record in company.proxy.audit("--action", "copy")]
    assert {"what": "BODY.PEEK[]"} in details


def test_of_a_virtual_folder_too(line: RawLine) -> None:
    line.ask(b"s SELECT Status/Open")
    (uid, *_) = line.ask(b"u UID SEARCH ALL")[0].split()[2:]
    answer = line.ask(b'a APPEND Drafts CATENATE (URL ";UID=%b")' % uid)
    assert answer[-1].startswith(b"a OK [APPENDUID ")
    bad = line.ask(b'b APPEND Drafts CATENATE (URL "/Status/Done/;UID=999")')
    assert bad[-1].startswith(b"b NO [BADURL /Status/Done/;UID=999] ")


def test_every_refusal_is_on_record(company: Company, line: RawLine) -> None:
    before = len(company.proxy.audit("--outcome", "refused"))
    for command, code in (
        (b"APPEND Archive {0+}\r\n", b"CANNOT"),
        (b"APPEND Archive {99999999999}", b"TOOBIG"),
        (b'APPEND Archive CATENATE (URL "imap://elsewhere.test/INBOX/;UID=1")', b"BADURL"),
        (b'APPEND Nowhere CATENATE (URL "/INBOX/;UID=2")', b"TRYCREATE"),
        (b'APPEND Archive CATENATE (URL "/INBOX/;UID=999/;SECTION=TEXT")', b"BADURL"),
        (b"MYRIGHTS Nowhere", b"NONEXISTENT"),
        (b"GETACL Shared/sales/INBOX", b"NONEXISTENT"),
        (b"LISTRIGHTS Nowhere anna", b"NONEXISTENT"),
    ):
        assert line.ask(b"a " + command)[-1].startswith(b"a NO [" + code), command
    told = company.proxy.audit("--outcome", "refused")[before:]
    assert [(r["action"], r["view"], r["detail"]) for r in told] == [
        ("append", "Archive", {"why": "empty-mail"}),
        ("append", "", {"why": "too-big"}),
        ("append", "Archive", {"why": "bad-url"}),
        ("append", "Nowhere", {"why": "no-such-view"}),
        ("copy", "INBOX", {"what": "URL ;UID=999 TEXT", "why": "no-such-reference"}),
        ("append", "Archive", {"why": "bad-url"}),
        ("select", "Nowhere", {"what": "rights", "why": "no-such-view"}),
        ("select", "Shared/sales/INBOX", {"what": "grants", "why": "no-such-view"}),
        ("select", "Nowhere", {"what": "grants", "why": "no-such-view"}),
    ]


def test_octets_of_any_kind(line: RawLine) -> None:
    """RFC 3516 §4.4; Dovecot has BINARY, and keeps binary parts as base64: they come back whole."""
    data = bytes(range(256)) * 4
    head = (
        b"Message-ID: <octets@x>\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: binary\r\n\r\n"
    )
    raw = head + data
    uid = uids_of(line.ask(b"a APPEND Archive ~{%d+}\r\n%b" % (len(raw), raw))[-1])
    line.ask(b"s SELECT Archive")
    line.send(b"f UID FETCH %b BINARY.PEEK[1]\r\n" % uid)
    assert b"BINARY[1] ~{%d}\r\n%b" % (len(data), data) in b"".join(line.answer(b"f"))


def test_fifty_megabytes_are_decoded_in_bounded_memory(company: Company, line: RawLine) -> None:
    data = random.Random(3).randbytes(BIG)
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    raw = (
        b"Message-ID: <big@x>\r\nSubject: big\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ) + encoded
    company.dovecot.deliver(raw, "Archive")
    line.ask(b"s SELECT Archive")
    uid = b""

    def seen() -> bool:
        """What was delivered behind the proxy's back."""
        nonlocal uid
        line.ask(b"n NOOP")
        uid = line.ask(b"u UID SEARCH HEADER Message-ID big@x")[0].split()[-1]
        return uid.isdigit()

    until(seen)
    before = memory_kib(company.proxy)
    assert b"BINARY.SIZE[1] %d" % BIG in line.ask(b"z UID FETCH %b BINARY.SIZE[1]" % uid)[0]
    line.send(b"f UID FETCH %b BINARY.PEEK[1]\r\n" % uid)
    whole = b"".join(line.answer(b"f"))
    assert whole.partition(b"}\r\n")[2].startswith(data)
    # and in pieces, as a client shows a progress bar
    for first in range(0, BIG, 10 * MIB):
        piece = line.ask(b"p UID FETCH %b BINARY.PEEK[1]<%d.1000>" % (uid, first))[0]
        assert data[first : first + 1000] in piece
    grown = memory_kib(company.proxy) - before
    assert grown < 30 * 1024, f"{grown} KiB more for a part of {BIG // MIB} MiB"


def test_more_than_the_limit_is_too_big(line: RawLine) -> None:
    words = line.ask(b"c CAPABILITY")[0].split()
    (limit,) = (int(word[12:]) for word in words if word.startswith(b"APPENDLIMIT="))
    told = line.ask(b"t STATUS INBOX (APPENDLIMIT)")[0]
    assert b"APPENDLIMIT %d" % limit in told
    answer = line.ask(b"a APPEND Archive {%d}" % (limit + 1))
    assert answer[-1].startswith(b"a NO [TOOBIG] ")
    assert line.ask(b"n NOOP")[-1].startswith(b"n OK")
