"""The main job, as two colleagues do it with ordinary clients (issue: "What must work at the
end").
"""

from __future__ import annotations

import imaplib
import re
import smtplib
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.patience import PATIENCE_S, until


def enquiry(subject: str) -> tuple[str, bytes]:
    """A customer's mail, and its Message-ID."""
    message_id = make_msgid(domain="customer.example.org")
    text = f"""From: Hanako <hanako@customer.example.org>
To: {ADDRESS}
Subject: {subject}
Date: Mon, 23 Nov 2026 10:00:00 +0900
Message-ID: {message_id}
Content-Type: text/plain; charset=utf-8

Where is my order?
"""
    return message_id, text.encode()


def reply(message_id: str, text: str = "It is on its way.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = ADDRESS
    message["To"] = "hanako@customer.example.org"
    message["Subject"] = "Re: your order"
    message["In-Reply-To"] = message["References"] = message_id
    message["Message-ID"] = make_msgid(domain="example.test")
    message.set_content(text)
    return message


def uid_of(client: imaplib.IMAP4, message_id: str) -> str:
    """The UID in the selected view, waiting for the mail to arrive there."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        client.noop()
        _, data = client.uid("SEARCH", "HEADER", "Message-ID", f'"{message_id}"')
        if data[0]:
            return str(data[0].split()[-1].decode())
        time.sleep(0.05)
    raise AssertionError(f"{message_id} does not arrive")


def flags_of(client: imaplib.IMAP4, uid: str) -> set[str]:
    """As the server says them now: imaplib hands out what it was told before as well."""
    client.noop()
    client.response("FETCH")
    _, data = client.uid("FETCH", uid, "(FLAGS)")
    rows = [row for row in data if row and f"UID {uid} ".encode() in row]
    found = re.search(rb"FLAGS \(([^)]*)\)", rows[-1])
    assert found
    return set(found[1].decode().split())


def arrive(company: Company, client: imaplib.IMAP4, subject: str) -> tuple[str, str]:
    message_id, raw = enquiry(subject)
    company.dovecot.deliver(raw)
    return message_id, uid_of(client, message_id)


class Idler(threading.Thread):
    """A client in IDLE on one view; keeps what it is told."""

    def __init__(self, company: Company, login: str, view: str) -> None:
        super().__init__(daemon=True)
        self.lines: list[bytes] = []
        self._entered = threading.Event()
        self._context = company.proxy.imap(login)
        self._client = self._context.__enter__()
        assert self._client.select(f'"{view}"')[0] == "OK"
        self.start()
        assert self._entered.wait(PATIENCE_S)

    def run(self) -> None:
        self._client.send(b"i1 IDLE\r\n")
        assert self._client.readline().startswith(b"+")
        self._entered.set()
        while line := self._client.readline():
            self.lines.append(line)
            if line.startswith(b"i1 "):
                return

    def wait_for(self, word: str) -> None:
        """Until a line holds the word."""
        pattern = re.compile(word.encode())
        until(lambda: any(map(pattern.search, self.lines)), f"{word} was not told: {self.lines}")

    def close(self) -> None:
        self._client.send(b"DONE\r\n")
        self.join(PATIENCE_S)
        self._context.__exit__(None, None, None)


@pytest.fixture
def idler(company: Company) -> object:
    made: list[Idler] = []

    def make(login: str, view: str) -> Idler:
        made.append(Idler(company, login, view))
        return made[-1]

    yield make
    for each in made:
        each.close()


# ---------------------------------------------------------------- status and assignee


def test_a_new_mail_is_in_inbox_and_open_at_once(
    company: Company, idler: Callable[[str, str], Idler]
) -> None:
    inbox, virtual = idler("anna", "INBOX"), idler("ben", "Status/Open")
    company.dovecot.deliver(enquiry("new")[1])
    inbox.wait_for("EXISTS")
    virtual.wait_for("EXISTS")


def test_a_colleague_who_idles_sees_status_and_folders_change(
    company: Company, idler: Callable[[str, str], Idler]
) -> None:
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        _, uid = arrive(company, anna, "status")
        inbox, opened, done = (
            idler("ben", view) for view in ("INBOX", "Status/Open", "Status/Done")
        )
        _, data = anna.uid("STORE", uid, "+FLAGS", "($status-done)")
        assert b"$status-done" in data[0]
        assert b"$status-open" not in data[0]
        inbox.wait_for(r"FETCH \(UID \d+ FLAGS \(.*\$status-done")
        opened.wait_for("EXPUNGE")
        done.wait_for("EXISTS")


def test_first_wins_and_the_loser_reads_who_has_it(company: Company) -> None:
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        anna.select("INBOX")
        ben.select("INBOX")
        _, uid = arrive(company, anna, "claim")
        ben.noop()
        assert anna.uid("STORE", uid, "+FLAGS", "($assignee-anna)")[0] == "OK"
        answer, data = ben.uid("MOVE", uid, '"Status/Mine"')
        assert answer == "NO"
        text = data[0].decode()
        assert "[INUSE]" in text
        assert "佐藤 あんな" in text
        assert "$assignee-anna" in flags_of(ben, uid)
        answer, data = ben.uid("STORE", uid, "+FLAGS", "($assignee-ben)")
        assert answer == "NO"
        assert "$assignee-anna" in flags_of(ben, uid)


def test_two_hundred_races_never_have_two_owners_and_never_none(company: Company) -> None:
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        clients = {"anna": anna, "ben": ben}
        for client in clients.values():
            client.select("INBOX")
        nobodys = ("UNKEYWORD", "$assignee-anna", "UNKEYWORD", "$assignee-ben")
        _, data = anna.uid("SEARCH", *nobodys)
        uids = data[0].decode().split()
        for round_ in range(200):
            uid = uids[round_ % len(uids)]
            outcome: dict[str, str] = {}
            start = threading.Barrier(2)

            def claim(
                login: str,
                uid: str = uid,
                outcome: dict[str, str] = outcome,
                start: threading.Barrier = start,
            ) -> None:
                start.wait(PATIENCE_S)
                change = f"($assignee-{login})"
                outcome[login] = clients[login].uid("STORE", uid, "+FLAGS", change)[0]

            threads = [threading.Thread(target=claim, args=(login,)) for login in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(outcome.values()) == ["NO", "OK"]
            winner = next(login for login, answer in outcome.items() if answer == "OK")
            for client in clients.values():
                owners = {f for f in flags_of(client, uid) if f.startswith("$assignee-")}
                assert owners == {f"$assignee-{winner}"}
            # Nobody's again: other mails of the conversation have their race as well.
            assert clients[winner].uid("STORE", uid, "-FLAGS", f"($assignee-{winner})")[0] == "OK"


def test_move_into_done_keeps_the_mail_in_inbox_and_at_the_provider(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        message_id, uid = arrive(company, anna, "move")
        assert anna.uid("MOVE", uid, '"Status/Done"')[0] == "OK"
        again = uid_of(anna, message_id)
        assert int(again) > int(uid)
        assert "$status-done" in flags_of(anna, again)
        anna.select('"Status/Done"')
        uid_of(anna, message_id)
    assert company.dovecot.count("INBOX", message_id) == 1


def test_seen_is_per_person(company: Company) -> None:
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        anna.select("INBOX")
        ben.select("INBOX")
        _, uid = arrive(company, anna, "seen")
        anna.uid("FETCH", uid, "(BODY[])")
        assert "\\Seen" in flags_of(anna, uid)
        assert "\\Seen" not in flags_of(ben, uid)


# ---------------------------------------------------------------- sending


def test_the_answer_completes_the_work_and_a_second_one_is_stopped(company: Company) -> None:
    proxy = company.proxy
    with proxy.imap("anna") as anna, proxy.imap("ben") as ben:
        anna.select("INBOX")
        ben.select("INBOX")
        message_id, uid = arrive(company, anna, "answer")
        before = len(company.sink.received)
        first = reply(message_id)
        with proxy.smtp("anna") as smtp:
            assert smtp.send_message(first) == {}
        assert len(company.sink.received) == before + 1
        for client in (anna, ben):
            assert {"\\Answered", "$status-done", "$assignee-anna"} <= flags_of(client, uid)

        second = reply(message_id, "We will send it today.")
        second["Date"] = "Mon, 23 Nov 2026 10:06:00 +0900"
        with proxy.smtp("ben") as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.send_message(second)
        assert refused.value.smtp_code == 550
        sentence = refused.value.smtp_error.decode()
        assert sentence.startswith("5.7.1")
        assert "佐藤 あんな" in sentence
        assert not sentence.endswith(".")
        assert len(company.sink.received) == before + 1

        time.sleep(1.1)  # the pause of this installation
        del second["Message-ID"]
        second["Message-ID"] = make_msgid(domain="example.test")
        del second["Date"]  # a person who presses Send again makes a new one
        second["Date"] = "Mon, 23 Nov 2026 10:07:00 +0900"
        with proxy.smtp("ben") as smtp:
            smtp.send_message(second)
        assert len(company.sink.received) == before + 2

        anna.select("Sent")
        for sent in (first, second):
            copy = uid_of(anna, sent["Message-ID"])
            _, data = anna.uid("FETCH", copy, "(BODY[HEADER])")
            assert b"X-Proxyd-Sent-By: " in data[0][1]
    for accepted in company.sink.received:
        assert b"X-Proxyd" not in accepted.message
    overrides = proxy.audit("--action", "override", "--person", "ben")
    assert len(overrides) == 1


def test_the_clients_own_copy_is_folded(company: Company) -> None:
    proxy = company.proxy
    with proxy.imap("anna") as anna:
        anna.select("INBOX")
        message_id, _ = arrive(company, anna, "copy")
        message = reply(message_id)
        with proxy.smtp("anna") as smtp:
            smtp.send_message(message)
        answer, data = anna.append("Sent", "(\\Seen)", None, message.as_bytes())
        assert answer == "OK"
        uid = re.search(rb"APPENDUID \d+ (\d+)", data[0])
        assert uid
        anna.select("Sent")
        assert uid_of(anna, message["Message-ID"]) == uid[1].decode()
    assert company.dovecot.count("Sent", message["Message-ID"]) == 1


def test_from_must_be_granted(company: Company) -> None:
    message = reply("<x@y>")
    del message["From"]
    message["From"] = "boss@example.test"
    with company.proxy.smtp("anna") as smtp:
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            smtp.send_message(message, from_addr=ADDRESS)
        assert refused.value.smtp_code == 553
        assert ADDRESS in refused.value.smtp_error.decode()
        with pytest.raises(smtplib.SMTPSenderRefused):
            smtp.sendmail("boss@example.test", "a@example.org", b"From: boss@example.test\r\n\r\nx")


def test_a_refused_recipient_means_nothing_was_sent(company: Company) -> None:
    before = len(company.sink.received)
    company.sink.refuse_recipients.add("nobody@example.org")
    try:
        message = reply("<none@example.org>")
        with company.proxy.smtp("anna") as smtp:
            with pytest.raises(smtplib.SMTPResponseException) as refused:
                smtp.send_message(message, to_addrs=["a@example.org", "nobody@example.org"])
            assert 500 <= refused.value.smtp_code < 600
            assert "nobody@example.org" in refused.value.smtp_error.decode()
    finally:
        company.sink.refuse_recipients.clear()
    assert len(company.sink.received) == before


# ---------------------------------------------------------------- access log


def test_the_log_tells_who_did_what_and_verifies(company: Company) -> None:
    proxy = company.proxy
    with proxy.imap("anna") as anna:
        anna.select("INBOX")
        message_id, uid = arrive(company, anna, "log")
        anna.uid("FETCH", uid, "(BODY.PEEK[])")
        anna.uid("FETCH", uid, "(BODY[])")
        anna.uid("STORE", uid, "+FLAGS", "($status-hold)")
    records = proxy.audit("--message", message_id.strip("<>"))
    assert [record["action"] for record in records] == ["arrive", "copy", "open", "status"]
    assert {record["actor"] for record in records[1:]} == {"anna"}
    assert {record["address"] for record in records[1:]} == {"127.0.0.1"}
    proxy.command("audit", "verify")  # raises for any exit code but 0
    assert proxy.audit("--action", "audit"), "reading the log is in the log"
