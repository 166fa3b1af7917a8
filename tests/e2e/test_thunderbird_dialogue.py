"""What Thunderbird 153 sends from connect to idle, in its order, case and spelling (measured).

Against the running proxy in front of a real Dovecot; over TLS, two connections as it opens them.
"""

from __future__ import annotations

import base64
import re
import socket

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD

HEADERS = (
    "From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups "
    "In-Reply-To Content-Type Reply-To Received"
)


class Line:
    """One connection, spoken by hand."""

    def __init__(self, company: Company) -> None:
        proxy = company.proxy
        raw = socket.create_connection(("localhost", proxy.ports["imap-tls"]), 30)
        self._socket = proxy.trust().wrap_socket(raw, server_hostname="localhost")
        self._file = self._socket.makefile("rb")
        self.greeting = self.line()

    def send(self, text: str) -> None:
        self._socket.sendall(text.encode() + b"\r\n")

    def line(self) -> bytes:
        line = self._file.readline()
        assert line.endswith(b"\r\n"), line
        size = re.search(rb"\{(\d+)\}\r\n$", line)
        if size:
            return line + self._file.read(int(size[1])) + self.line()
        return line

    def command(self, text: str) -> list[bytes]:
        """Untagged answers and the tagged one, which must be OK."""
        tag = text.split()[0].encode()
        self.send(text)
        lines = [self.line()]
        while not lines[-1].startswith(tag + b" "):
            lines.append(self.line())
        assert lines[-1].startswith(tag + b" OK"), lines[-1]
        return lines

    def sign_in(self, tag: int) -> bytes:
        self.send(f"{tag} authenticate PLAIN")
        assert self.line().startswith(b"+")
        self.send(base64.b64encode(b"\0anna\0" + PASSWORD.encode()).decode())
        line = self.line()
        assert line.startswith(b"%d OK" % tag), line
        return line

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.fixture(scope="module")
def company(found_company: object) -> Company:
    return found_company(count=40)  # type: ignore[operator,no-any-return]


def test_from_connect_to_idle(company: Company) -> None:
    one, two = Line(company), Line(company)
    for line in (one, two):
        assert b"CAPABILITY IMAP4rev1" in line.greeting
        assert b"AUTH=PLAIN" in line.greeting
    one.sign_in(21)
    signed_in = two.sign_in(98)
    for word in (b"IDLE", b"MOVE", b"UIDPLUS", b"NAMESPACE", b"LITERAL+", b"SPECIAL-USE"):
        assert word in signed_in
    assert b"[CAPABILITY " in signed_in

    assert one.command("22 namespace")[0] == b'* NAMESPACE (("" "/")) NIL NIL\r\n'
    one.command('24 ID ("name" "Thunderbird" "version" "153.7.0")')
    listed = two.command('99 list (subscribed) "" "*" return (special-use)')
    names = b"".join(listed)
    for name in (b"INBOX", b"Sent", b"Trash", b"Status/Open", b'"Status/On hold"', b"Status/Mine"):
        assert name in names
    assert b"\\All" not in names
    assert all(b"\\Subscribed" in line for line in listed[:-1])
    assert re.search(rb'\\Sent[^"]*"/" Sent', names)
    two.command('101 list "" "INBOX"')

    selected = b"".join(one.command('25 select "INBOX"'))
    assert b"* 40 EXISTS" in selected
    assert re.search(rb"PERMANENTFLAGS \([^)]*\\\*\)", selected)
    rows = one.command("26 UID fetch 1:* (FLAGS)")
    assert len(rows) == 41
    assert all(row.count(b"$status-") == 1 for row in rows[:-1])
    rows = one.command(
        f"27 UID fetch 1:35,38:42 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ({HEADERS})])"
    )
    assert len(rows) == 39
    bodies = one.command("28 UID fetch 1:35,38:42 (UID RFC822.SIZE BODY.PEEK[])")
    assert len(bodies) == 39
    for row in bodies[:-1]:
        facts = re.match(rb"\* \d+ FETCH \(UID \d+ RFC822\.SIZE (\d+) BODY\[\] \{(\d+)\}", row)
        assert facts, row[:100]
        assert facts[1] == facts[2]
    one.command("29 noop")
    assert one.command("30 UID fetch 47:* (FLAGS)")[0].startswith(b"* 40 FETCH")
    one.send("31 IDLE")
    assert one.line().startswith(b"+")

    # A colleague's tag comes into the IDLE, without its UID being asked for.
    with company.proxy.imap("ben") as ben:
        ben.select("INBOX")
        ben.uid("STORE", "5", "+FLAGS", "($status-checking)")
        assert b"$status-checking" in one.line()
    one.send("DONE")
    while not one.line().startswith(b"31 OK"):
        pass
    one.command("32 noop")

    # Every subscribed folder is asked for its numbers; a status folder is opened like any other.
    for number, name in enumerate(("Archive", "Status/Open", "Status/Checking"), 102):
        answer = two.command(f'{number} STATUS "{name}" (UIDNEXT MESSAGES UNSEEN RECENT)')
        assert answer[0].startswith(b"* STATUS")
    two.command('110 select "Status/Checking"')
    tagged = two.command("111 uid store 1 +Flags (\\Seen)")
    assert b"\\Seen" in tagged[0]
    moved = b"".join(two.command('112 uid move 1 "Status/Done"'))
    assert b"COPYUID" in moved
    assert b"EXPUNGE" in moved
    one.close()
    two.close()  # no LOGOUT: Thunderbird just closes


def test_a_server_side_search_and_a_reply_as_thunderbird_sends_them(company: Company) -> None:
    line = Line(company)
    line.sign_in(1)
    line.command('2 select "INBOX"')
    assert line.command("3 UID SEARCH UNDELETED KEYWORD $status-open")[0].startswith(b"* SEARCH")
    line.send("4 UID SEARCH CHARSET UTF-8 UNDELETED SUBJECT {9}")
    assert line.line().startswith(b"+")
    line.send("納期の")
    assert line.line().startswith(b"* SEARCH")
    assert line.line().startswith(b"4 OK")
    message = "Message-ID: <tb@example.test>\r\nSubject: x\r\n\r\ntext\r\n"
    line.send(f'5 append "Sent" (\\Seen) {{{len(message)}+}}\r\n{message}')
    assert b"APPENDUID" in line.line()
    assert b"\\Answered" in line.command("6 uid store 2 +Flags (\\Answered)")[0]
    line.close()
