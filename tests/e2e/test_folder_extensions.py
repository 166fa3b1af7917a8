"""ACL, QUOTA, METADATA, NOTIFY, COMPRESS, UTF8=ACCEPT, STATUS and CREATE through the whole proxy,
in a real folder and in a virtual one.
"""

from __future__ import annotations

import imaplib
import re
import zlib
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import Installation
from tests.e2e.raw_line import RawLine, signed_in
from tests.patience import until

COUNT = 30
FOLDERS = (b"INBOX", b"Status/Open")
QUOTA = {
    (2, 3): """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=10M:messages=1000
}
""",
    (2, 4): """
mail_plugins {
  quota = yes
}
protocol imap {
  mail_plugins {
    imap_quota = yes
  }
}
quota "User quota" {
  quota_driver = count
  quota_storage_size = 10M
  quota_message_count = 1000
}
""",
}
NEW = b"From: c@example.test\r\nSubject: New\r\nMessage-ID: <%s@new>\r\n\r\nHello\r\n"


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    company = found_company(count=COUNT, extra=QUOTA)
    company.proxy.add_person("mara", "Mara Ito", "support:manage")
    company.proxy.add_person("rita", "Rita Abe", "support:read")
    return company


@pytest.fixture
def line(company: Company) -> Iterator[RawLine]:
    with signed_in(company.proxy) as line:
        yield line


def said(answer: list[bytes], word: bytes) -> list[bytes]:
    assert b" OK " in answer[-1], answer
    return [text for text in answer[:-1] if text.startswith(b"* " + word)]


# ---------------------------------------------------------------- what is announced


def test_all_of_them_are_announced_after_sign_in(line: RawLine) -> None:
    (text,) = said(line.ask(b"a1 CAPABILITY"), b"CAPABILITY")
    assert {
        b"ACL",
        b"RIGHTS=kxte",
        b"LIST-MYRIGHTS",
        b"QUOTA",
        b"QUOTA=RES-STORAGE",
        b"METADATA",
        b"NOTIFY",
        b"COMPRESS=DEFLATE",
        b"UTF8=ACCEPT",
        b"STATUS=SIZE",
        b"CREATE-SPECIAL-USE",
    } <= set(text.split())


# ---------------------------------------------------------------- STATUS, LIST, CREATE


@pytest.mark.parametrize("folder", FOLDERS)
def test_status_agrees_with_select(line: RawLine, folder: bytes) -> None:
    items = b"MESSAGES SIZE DELETED DELETED-STORAGE HIGHESTMODSEQ MAILBOXID APPENDLIMIT"
    (status,) = said(line.ask(b"a1 STATUS %b (%b)" % (folder, items)), b"STATUS")
    opened = b"".join(line.ask(b"a2 SELECT " + folder))
    told = dict(re.findall(rb"([A-Z-]+) (\([^ )]+\)|[0-9]+)", status))
    assert b"* %b EXISTS" % told[b"MESSAGES"] in opened
    assert b"[MAILBOXID %b]" % told[b"MAILBOXID"] in opened
    assert b"[HIGHESTMODSEQ %b]" % told[b"HIGHESTMODSEQ"] in opened
    assert int(told[b"HIGHESTMODSEQ"]) > 0
    sizes = [
        int(n) for n in re.findall(rb"SIZE (\d+)", b"".join(line.ask(b"a3 FETCH 1:* RFC822.SIZE")))
    ]
    assert sum(sizes) == int(told[b"SIZE"])


def test_list_tells_counts_and_rights(line: RawLine) -> None:
    answer = line.ask(b'a1 LIST "" (INBOX Status/Open) RETURN (MYRIGHTS STATUS (SIZE MAILBOXID))')
    assert [text.split(b" ")[1] for text in answer[:-1]] == [b"LIST", b"MYRIGHTS", b"STATUS"] * 2
    assert b"* MYRIGHTS INBOX lrswiktecd\r\n" in answer
    assert b"* MYRIGHTS Status/Open lrswited\r\n" in answer


def test_create_tells_the_id_and_a_use_dovecot_can_not_keep(line: RawLine) -> None:
    made = line.ask(b"a1 CREATE Orders")[-1]
    mailbox_id = re.findall(rb"\[MAILBOXID (\(F[^)]+\))\]", made)[0]
    (status,) = said(line.ask(b"a2 STATUS Orders (MAILBOXID)"), b"STATUS")
    assert mailbox_id in status
    assert line.ask(b"a3 CREATE Old (USE (\\Archive))")[-1].startswith(b"a3 NO [USEATTR] ")
    assert not said(line.ask(b'a4 LIST "" Old'), b"LIST")


# ---------------------------------------------------------------- rights


def test_who_may_what(company: Company, line: RawLine) -> None:
    assert said(line.ask(b"a1 GETACL INBOX"), b"ACL") == [b"* ACL INBOX anna lrswiktecd\r\n"]
    with signed_in(company.proxy, "mara") as mara, signed_in(company.proxy, "rita") as rita:
        assert said(rita.ask(b"a2 MYRIGHTS INBOX"), b"MYRIGHTS") == [b"* MYRIGHTS INBOX lrs\r\n"]
        (acl,) = said(mara.ask(b"a3 GETACL Sent"), b"ACL")
        assert acl == (b"* ACL Sent anna lrswiktecd ben lrswiktecd mara lrswikxtecd rita lrs\r\n")
        assert mara.ask(b"a4 SETACL INBOX rita +w")[-1].startswith(b"a4 NO [NOPERM] ")
    refused = company.proxy.audit("--outcome", "refused")
    assert any(row["detail"].get("what") == "rights" for row in refused)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- quota


@pytest.mark.parametrize("folder", FOLDERS)
def test_quota_is_the_provider_s(line: RawLine, folder: bytes) -> None:
    answer = line.ask(b"a1 GETQUOTAROOT " + folder)
    (root,) = said(answer, b"QUOTAROOT")
    assert root == b'* QUOTAROOT %b "support/User quota"\r\n' % folder
    (quota,) = said(answer, b"QUOTA ")
    assert re.match(rb'\* QUOTA "support/User quota" \(STORAGE \d+ 10240 MESSAGE \d+ 1000\)', quota)
    assert said(line.ask(b'a2 GETQUOTA "support/User quota"'), b"QUOTA ")
    assert line.ask(b'a3 GETQUOTA "User quota"')[-1].startswith(b"a3 NO [NONEXISTENT] ")
    assert line.ask(b'a4 SETQUOTA "support/User quota" (STORAGE 1)')[-1].startswith(
        b"a4 NO [NOPERM]"
    )


# ---------------------------------------------------------------- annotations


@pytest.mark.parametrize("folder", FOLDERS)
def test_annotations_outlive_the_process(company: Company, folder: bytes) -> None:
    with signed_in(company.proxy) as line:
        assert b" OK " in line.ask(b'a1 SETMETADATA %b (/private/comment "hello")' % folder)[-1]
    company.proxy.kill()
    company.proxy.start()
    with signed_in(company.proxy) as line, signed_in(company.proxy, "ben") as ben:
        (text,) = said(line.ask(b"a2 GETMETADATA %b /private/comment" % folder), b"METADATA")
        assert text == b'* METADATA %b (/private/comment "hello")\r\n' % folder
        assert not said(ben.ask(b"a3 GETMETADATA %b /private/comment" % folder), b"METADATA")
        long = b"x" * 20_000
        refused = line.ask(b"a4 SETMETADATA %b (/private/long {20000+}\r\n%b)" % (folder, long))
        assert refused[-1].startswith(b"a4 NO [METADATA MAXSIZE 16384] ")


# ---------------------------------------------------------------- news


def test_news_of_folders_that_are_not_selected(company: Company, line: RawLine) -> None:
    notify = b"a1 NOTIFY SET (MAILBOXES (INBOX Status/Open) (MessageNew MessageExpunge FlagChange))"
    assert b" OK " in line.ask(notify)[-1]
    company.dovecot.deliver(NEW % b"one")
    heard = {line.line().split(b" ")[2] for _ in range(2)}
    assert heard == {b"INBOX", b"Status/Open"}
    # A colleague finishes it: it leaves the virtual folder.
    with signed_in(company.proxy, "ben") as ben:
        ben.ask(b"b1 SELECT INBOX")
        ben.ask(b"b2 STORE * +FLAGS ($status-done)")
    while not (text := line.line()).startswith(b"* STATUS Status/Open"):
        assert text.startswith(b"* STATUS INBOX")
    (now,) = said(line.ask(b"a2 STATUS Status/Open (MESSAGES)"), b"STATUS Status/Open")[-1:]
    assert re.findall(rb"MESSAGES (\d+)", text) == re.findall(rb"MESSAGES (\d+)", now)


@pytest.mark.parametrize("folder", FOLDERS)
def test_news_of_the_selected_folder_with_what_was_asked(
    company: Company, line: RawLine, folder: bytes
) -> None:
    line.ask(b"a1 SELECT " + folder)
    asked = b"MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge"
    assert b" OK " in line.ask(b"a2 NOTIFY SET (SELECTED (%b))" % asked)[-1]
    company.dovecot.deliver(NEW % folder.replace(b"/", b"-"))
    heard = b""
    while b"Subject: New" not in heard:
        heard += line.line()
    assert b" EXISTS\r\n" in heard
    assert re.search(rb"FETCH \(UID \d+ BODY\[HEADER.FIELDS \(SUBJECT\)\] ", heard)


def test_news_of_the_tree(company: Company, line: RawLine) -> None:
    assert b" OK " in line.ask(b"a1 NOTIFY SET (PERSONAL (MailboxName SubscriptionChange))")[-1]
    with signed_in(company.proxy, "mara") as mara, signed_in(company.proxy) as second:
        mara.ask(b"b1 CREATE Told")
        assert line.line() == b'* LIST (\\HasNoChildren \\Subscribed) "/" Told\r\n'
        second.ask(b"b2 UNSUBSCRIBE Told")
        assert line.line() == b'* LIST (\\HasNoChildren) "/" Told\r\n'
        mara.ask(b"b3 RENAME Told Retold")
        renamed = line.line()
        assert renamed.endswith(b'Retold ("OLDNAME" (Told))\r\n')
        mara.ask(b"b4 DELETE Retold")
        assert line.line() == b'* LIST (\\NonExistent) "/" Retold\r\n'


def test_news_of_annotations(company: Company, line: RawLine) -> None:
    """Two connections of one person, and one of another."""
    wish = b"NOTIFY SET (PERSONAL (MailboxMetadataChange ServerMetadataChange))"
    proxy = company.proxy
    rita, mara = signed_in(proxy, "rita"), signed_in(proxy, "mara")
    with signed_in(proxy) as second, rita, mara:
        for one in (line, rita, mara):
            assert b" OK " in one.ask(b"a1 " + wish)[-1]
        line.ask(b"a2 SELECT INBOX")
        line.send(b"a3 IDLE\r\n")
        assert line.line().startswith(b"+ ")
        assert len(second.ask(b'b1 SETMETADATA INBOX (/private/comment "mine")')) == 1
        assert line.line() == b"* METADATA INBOX /private/comment\r\n"
        own = mara.ask(b'c1 SETMETADATA Status/Open (/shared/comment "ours" /private/comment "x")')
        assert own == [b"c1 OK done\r\n"], "who changes it knows"
        for one in (line, rita):
            assert one.line() == b"* METADATA Status/Open /shared/comment\r\n"
        second.ask(b'b2 SETMETADATA "" (/private/comment "all of it")')
        assert line.line() == b'* METADATA "" /private/comment\r\n'
        line.send(b"DONE\r\n")
        assert line.answer(b"a3")[-1].startswith(b"a3 OK ")
        (told,) = said(rita.ask(b"d1 GETMETADATA Status/Open /shared/comment"), b"METADATA")
        assert told == b'* METADATA Status/Open (/shared/comment "ours")\r\n'
        assert b" OK " in line.ask(b"a4 NOTIFY NONE")[-1]
        second.ask(b"b3 SETMETADATA INBOX (/private/comment NIL)")
        for one in (line, rita, mara):
            assert one.ask(b"e1 NOOP") == [b"e1 OK done\r\n"]


def test_flags_that_notify_left_out_wait(company: Company, line: RawLine) -> None:
    line.ask(b"a1 ENABLE QRESYNC")
    line.ask(b"a2 SELECT INBOX")
    wish = b"(SELECTED (MessageNew (UID MODSEQ) MessageExpunge))"
    assert b" OK " in line.ask(b"a3 NOTIFY SET " + wish)[-1]
    (told,) = said(line.ask(b"a4 STATUS INBOX (HIGHESTMODSEQ)"), b"STATUS")
    before = int(re.findall(rb"HIGHESTMODSEQ (\d+)", told)[0])
    with signed_in(company.proxy, "ben") as ben:
        ben.ask(b"b1 SELECT INBOX")
        ben.ask(b"b2 UID STORE 2 +FLAGS (\\Flagged)")
    assert line.ask(b"a5 NOOP") == [b"a5 OK done\r\n"]
    company.dovecot.deliver(NEW % b"while-flags-wait")
    heard = b""
    while b"[HIGHESTMODSEQ " not in heard:
        heard += line.line()
    assert b" EXISTS\r\n" in heard
    assert re.search(rb"FETCH \(UID \d+ MODSEQ \(\d+\)\)", heard)
    assert b"FLAGS" not in heard
    assert int(re.findall(rb"HIGHESTMODSEQ (\d+)", heard)[0]) <= before
    wish = b"(SELECTED (MessageNew MessageExpunge FlagChange))"
    (row,) = said(line.ask(b"a6 NOTIFY SET " + wish), b"2 FETCH")
    assert b"\\Flagged" in row


def test_nobody_hears_of_a_mailbox_without_a_grant(company: Company) -> None:
    """A stranger follows everything, and nothing of this mailbox is said."""
    proxy = company.proxy
    user = company.dovecot.user.replace("@", "%40")
    proxy.typed(
        "mailbox", "add", "sales", "--address", "sales@example.test",
        "--imap", f"imaps://{user}@127.0.0.1:{company.dovecot.tls_port}",
        "--smtp", f"smtps://{user}@127.0.0.1:{company.sink.port}",
        "--ca-file", str(proxy.certificates.ca), "--password-stdin",
        stdin=company.dovecot.password + "\n",
    )  # fmt: skip
    proxy.add_person("sam", "Sam", "sales:read")
    until(lambda: may_sign_in(proxy, "sam*sales"))  # other processes have made both
    with signed_in(proxy, "sam*sales") as sam, signed_in(proxy) as anna:
        everything = (
            b"(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange "
            b"MailboxMetadataChange ServerMetadataChange)"
        )
        assert b" OK " in sam.ask(b"a1 NOTIFY SET (PERSONAL %b)" % everything)[-1]
        anna.ask(b"b1 SELECT INBOX")
        anna.ask(b"b2 STORE 1 +FLAGS ($status-hold)")
        with signed_in(proxy, "mara") as mara:
            assert b" OK " in mara.ask(b'c1 SETMETADATA INBOX (/shared/comment "ours")')[-1]
        heard = sam.ask(b"a3 NOOP")
        assert not any(b"METADATA" in text for text in heard)
        assert not any(b"Status/Hold" in text for text in heard), "his own mailbox has its own work"
        assert sam.ask(b'a4 GETQUOTA "support/User quota"')[-1].startswith(b"a4 NO [NONEXISTENT]")
        (root,) = said(sam.ask(b"a5 GETQUOTAROOT INBOX"), b"QUOTAROOT")
        assert root == b'* QUOTAROOT INBOX "sales/User quota"\r\n'


def may_sign_in(proxy: Installation, login: str) -> bool:
    try:
        with proxy.imap(login):
            return True
    except imaplib.IMAP4.error:
        return False


# ---------------------------------------------------------------- compression


class CompressedLine:
    """What a client does behind COMPRESS."""

    def __init__(self, line: RawLine) -> None:
        self._line = line
        self._out = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._in = zlib.decompressobj(-15)
        self.received = 0

    def ask(self, command: bytes) -> bytes:
        data = self._out.compress(command + b"\r\n") + self._out.flush(zlib.Z_SYNC_FLUSH)
        self._line.send(data)
        tag, plain = command.split(b" ")[0], b""
        while not re.search(rb"(?:\A|\r\n)%b (?:OK|NO|BAD) [^\n]*\r\n\Z" % tag, plain):
            octets = self._line.receive()
            assert octets, "closed"
            self.received += len(octets)
            plain += self._in.decompress(octets)
        return plain


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_same_octets_come_out_compressed(
    company: Company, line: RawLine, folder: bytes
) -> None:
    fetch = b"a2 UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[])"
    line.ask(b"a1 EXAMINE " + folder)
    plain = b"".join(line.ask(fetch))
    with signed_in(company.proxy) as second:
        assert second.ask(b"c1 COMPRESS DEFLATE")[-1].startswith(b"c1 OK ")
        compressed = CompressedLine(second)
        compressed.ask(b"a1 EXAMINE " + folder)
        before = compressed.received
        assert compressed.ask(fetch) == plain
        assert compressed.received - before < len(plain) / 2


# ---------------------------------------------------------------- UTF-8


def test_names_and_headers_in_utf8(line: RawLine) -> None:
    assert b"* ENABLED UTF8=ACCEPT\r\n" in line.ask(b"a1 ENABLE UTF8=ACCEPT")
    name = "顧客".encode()
    assert b" OK " in line.ask(b'a2 CREATE "%b"' % name)[-1]
    assert said(line.ask(b'a3 LIST "" "%b"' % name), b"LIST")[0].endswith(b'"%b"\r\n' % name)
    raw = "Subject: 見積\r\nFrom: 佐藤 <k@example.test>\r\n\r\nx\r\n".encode()
    answer = line.ask(b'a4 APPEND "%b" UTF8 (~{%d+}\r\n%b)' % (name, len(raw), raw))
    assert b" OK [APPENDUID " in answer[-1]
    assert b"* 1 EXISTS\r\n" in line.ask(b'a5 SELECT "%b"' % name)
    (row,) = said(line.ask(b"a6 FETCH 1 BODY.PEEK[]"), b"1 FETCH")
    assert raw in row
