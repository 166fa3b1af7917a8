"""Odd commands that clients were seen to send, or that are only spaced in another way: each is
taken or refused as the real Dovecot does, and a search finds the same.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.raw_line import RawLine, signed_in

OTHER = "other@example.test"  # the same mails, asked directly
MAIL = (
    "From: =?utf-8?q?J=C3=BCrgen?= <j@customer.example>\r\nTo: support@example.test\r\n"
    "Subject: {subject}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0900\r\nMessage-ID: <{n}@c.example>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n注文の件 Müller €\r\n"
)
SUBJECTS = ("one", "=?iso-2022-jp?b?GyRCQ21KOBsoQg==?=", "M=?iso-8859-1?q?=FC?=ller")

SPACES = (
    b"NOOP ", b"NOOP  ", b" NOOP", b"SELECT INBOX ", b"SELECT  INBOX", b'EXAMINE  "INBOX"  ',
    b"SELECT INBOX  (CONDSTORE)", b"SELECT INBOX ( CONDSTORE )", b"SELECT INBOX", b"noop",
    b"select inbox", b"select {5+}\r\nINBOX ", b"FETCH  1  FLAGS", b"FETCH 1 FLAGS ",
    b"FETCH 1 (FLAGS )", b"FETCH 1 ( FLAGS)", b"FETCH 1 (FLAGS  UID)", b"FETCH 1 (FLAGS UID ) ",
    b"UID  FETCH 1 FLAGS", b"UID FETCH  1 FLAGS", b"FETCH 1 (BODY.PEEK[HEADER.FIELDS (FROM TO )])",
    b"FETCH 1 (BODY.PEEK[HEADER.FIELDS  (FROM  TO)])", b"FETCH 1 BODY.PEEK[ TEXT]",
    b"FETCH 1 (BODY.PEEK[HEADER.FIELDS ( FROM TO)] )", b"FETCH 1 BODY.PEEK [TEXT]",
    b"FETCH 1 (BODY.PEEK[HEADER.FIELDS (FROM)]<0.5> )", b"FETCH 1, 2 FLAGS", b"FETCH 1",
    b"STORE  1  +FLAGS  (\\Seen)", b"STORE 1 +FLAGS (\\Seen )", b"STORE 1 +FLAGS ( \\Seen)",
    b"STORE 1 +FLAGS (\\Seen  \\Flagged)", b"STORE 1 +FLAGS \\Seen \\Flagged", b"UID", b"FETCH",
    b"STORE 1 +FLAGS \\Seen ", b"STORE 1 +FLAGS.SILENT  ()", b"STORE 1 +FLAGS.SILENT ( )",
    b"COPY  1  Archive", b'COPY 1 "Archive" ', b"STATUS  INBOX  (MESSAGES)", b"STATUS INBOX ()",
    b"STATUS INBOX (MESSAGES  UNSEEN)", b"STATUS INBOX ( MESSAGES )", b"STATUS INBOX (MESSAGES) ",
    b"STATUS INBOX MESSAGES", b"STATUS INBOX (messages unseen)", b'LIST  ""  "*"',
    b"STATUS INBOX (MESSAGES MESSAGES)", b'LIST "" INBOX ', b'LIST "" % RETURN ( SUBSCRIBED )',
    b'LIST ( SUBSCRIBED ) "" %', b'LIST () "" INBOX', b'LIST "" (INBOX Trash )', b'LIST ""',
    b'LSUB  ""  "*" ', b"ENABLE  CONDSTORE ", b"ENABLE CONDSTORE  QRESYNC", b"ENABLE NONSENSE",
    b"CAPABILITY ", b"NAMESPACE ", b"ID  NIL", b"ID NIL ", b'ID ("a" "b" )', b'ID ( "a" "b")',
    b'ID ("a"  "b")', b"ID ()", b"ID ( )", b'ID ("a" NIL)', b"CHECK ",
    b"APPEND  Archive  (\\Seen)  {3+}\r\na\r\n", b"APPEND Archive (\\Seen ) {3+}\r\na\r\n",
    b"APPEND Archive ( ) {3+}\r\na\r\n", b"APPEND Archive {3+}\r\na\r\n ",
    b'APPEND Archive " 3-Nov-2026 10:00:00 +0900"  {3+}\r\na\r\n',
    b"APPEND Archive \\Seen {3+}\r\na\r\n", b"UID EXPUNGE  9:*", b"UID EXPUNGE 9:* ",
)  # fmt: skip
FOLDERS = (
    b"CREATE  Foo ", b"CREATE Foo/", b"DELETE  Foo ", b"DELETE Foo", b"RENAME  A  B",
    b"CREATE a/b/c", b"CREATE a/b", b"CREATE a", b"DELETE a/b/c ", b"CREATE x/", b"DELETE x",
    b"SUBSCRIBE  Nowhere ", b"UNSUBSCRIBE Nowhere", b"UNSUBSCRIBE  INBOX ", b"SUBSCRIBE INBOX",
    b"DELETE INBOX", b"SELECT Nowhere", b"STATUS Nowhere (MESSAGES)", b"SELECT INBOX",
)  # fmt: skip
SEARCHES = (
    b"SEARCH  ALL", b"SEARCH ALL ", b"SEARCH  UNSEEN  UNDELETED ", b"SEARCH (ALL )", b"SEARCH",
    b"SEARCH ( ALL)", b"SEARCH OR  SEEN  ALL", b"SEARCH NOT  SEEN", b"SEARCH ", b"SEARCH 1:* ",
    b'SEARCH FROM  "j"', b"SEARCH HEADER  Subject  one", b"SEARCH CHARSET  UTF-8  ALL",
    b'SEARCH CHARSET utf-8 SUBJECT "one"', b'SEARCH CHARSET "UTF-8" SUBJECT one',
    b"SEARCH CHARSET iso-2022-jp SUBJECT one", b"SEARCH CHARSET NONSENSE ALL",
    b"SEARCH CHARSET ANSI_X3.4-1968 ALL", b"SEARCH CHARSET HEX ALL", b"SEARCH CHARSET ALL",
    b'SEARCH CHARSET UTF-8 SUBJECT "\xe6\x97"', b'SEARCH CHARSET UTF-8 SUBJECT "\xff"',
    b'SEARCH SUBJECT "\xe6\xb3\xa8"', b"SEARCH RETURN () CHARSET UTF-8 ALL", b"SEARCH SUBJECT",
    b"SEARCH RETURN (MIN MAX )  ALL", b"SEARCH RETURN ( MIN)  ALL", b"SEARCH KEYWORD \\Seen",
    b"SEARCH SENTSINCE 01-jan-2020", b'SEARCH SINCE "1-Jan-2020"', b"SEARCH SINCE 1-1-2020",
    b"SEARCH LARGER  5", b'SEARCH SUBJECT ""', b"UID SEARCH  ALL", b"SEARCH UID 1:*",
    b"SORT (ARRIVAL)  UTF-8  ALL", b"SORT ( ARRIVAL ) UTF-8 ALL", b"SORT (ARRIVAL) us-ascii ALL ",
    b"SORT (ARRIVAL) ISO-2022-JP ALL", b"THREAD REFERENCES ISO-8859-1 ALL",
    b"THREAD REFERENCES  UTF-8 ALL", b"FETCH 9 FLAGS", b"FETCH 0 FLAGS", b"UID FETCH 99 FLAGS",
    b"FETCH *:1 FLAGS", b"FETCH 1:*:* FLAGS", b"FETCH 1,,2 FLAGS",
)  # fmt: skip
CHARSETS = {
    "ISO-2022-JP": "注文", "SHIFT_JIS": "注文", "SJIS": "注文", "CP932": "注文", "EUC-JP": "注文",
    "UTF-7": "注文", "ISO-8859-1": "Müller", "ISO-8859-15": "Müller",
    "windows-1252": "Müller", "UTF-8": "注文", "Big5": "注文", "GB18030": "注文",
}  # fmt: skip
# Where the answer is another one, and why.
OTHERWISE = {
    b"SEARCH KEYWORD \\Seen": "BAD",  # RFC 9051 §9: a keyword is an atom
}


@dataclass(frozen=True)
class Direct:
    """Dovecot's own door, for RawLine."""

    ports: dict[str, int]

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    users = {ADDRESS: "upstream secret", OTHER: "upstream secret"}
    office = found_company(count=0, users=users)
    for n, subject in enumerate(SUBJECTS):
        for user in users:
            mail = MAIL.format(subject=subject, n=n).encode()
            office.dovecot.deliver(mail, user=user)
        office.proxy.wait_synced(n + 1)
    office.proxy.typed("user", "grant", "anna", "support:manage")
    return office


def test_every_odd_command_is_answered_as_dovecot_does(office: Company) -> None:
    searches = [
        b"SEARCH CHARSET %b SUBJECT {%d+}\r\n%b" % (name.encode(), len(octets), octets)
        for name, text in CHARSETS.items()
        if (octets := text.encode(name))
    ]
    direct = RawLine(Direct({"plain": office.dovecot.plain_port}), "plain")  # type: ignore[arg-type]
    with direct, signed_in(office.proxy) as ours:
        assert direct.line().startswith(b"* OK ")
        direct.ask(b'in LOGIN %b "upstream secret"' % OTHER.encode())
        different: dict[bytes, tuple[object, object]] = {}
        for number, command in enumerate((*SPACES, *SEARCHES, *searches, *FOLDERS)):
            line = b"a%d %b" % (number, command)
            mine, theirs = _said(ours.ask(line)), _said(direct.ask(line))
            if command in OTHERWISE:
                theirs = (OTHERWISE[command], [])
            if mine != theirs:
                different[command] = mine, theirs
    assert different == {}


def _said(answer: list[bytes]) -> tuple[str, list[bytes]]:
    """The condition, and what a search has found."""
    found = [line.split() for line in answer if line.startswith((b"* SEARCH", b"* SORT"))]
    return answer[-1].split()[1].decode(), [b" ".join(words) for words in found]
