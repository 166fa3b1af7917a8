"""The reminder: for both colleagues in INBOX, read by each, at the provider nowhere, once across
kill -9, and gone when what it names is done. With a real Dovecot, over the real doors.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from email.policy import SMTP, default

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.test_notes import all_of, at_the_provider, mail, send, shown
from tests.patience import until

HANAKO, SUBJECT = "hanako@customer.example.org", "見積もりの件\u202e"
ASKED = "<held@customer.example.org>"
SAYS = {
    "en": (
        "1 mail has been on hold for a week",
        "On hold without a date for more than 7 days: 1",
        "a reminder is for everybody and can't be deleted or moved",
    ),
    "ja": (
        "1週間以上保留中のメールが1件あります",
        "■ 7日を超えて、期日を決めずに保留しているメール：1件",
        "リマインダーは全員に共通のため、削除や移動はできません",
    ),
}


class Office:
    def __init__(self, company: Company, language: str) -> None:
        self.company = company
        self.language = language
        self.subject, self.says, self.refusal = SAYS[language]

    def begin_again(self, *statements: str) -> None:
        """After kill -9, and what has happened to the database while nobody served it."""
        proxy = self.company.proxy
        proxy.kill()
        with sqlite3.connect(next(proxy.directory.rglob("proxyd.db"))) as database:
            for statement in statements:
                database.execute(statement)
        database.close()
        proxy.start()
        proxy.wait_synced(1)

    def reminders(self, login: str = "anna", view: str = "INBOX") -> list[bytes]:
        return [raw for raw in shown(self.company, login, view) if b"X-Proxyd-Note:" in raw]

    @property
    def reminder(self) -> Message:
        (raw,) = self.reminders()
        return message_from_bytes(raw, policy=SMTP)

    @property
    def text(self) -> str:
        parsed = message_from_bytes(bytes(self.reminder), policy=default)
        return str(parsed.get_content())  # type: ignore[attr-defined]


@pytest.fixture(scope="module", params=["en", "ja"])
def office(found_company: Callable[..., Company], request: pytest.FixtureRequest) -> Office:
    """One mail, on hold for eight days; midnight has passed."""
    company = found_company(count=0)
    coded = base64.b64encode(SUBJECT.encode()).decode()
    company.dovecot.deliver(
        f"From: Hanako <{HANAKO}>\r\nTo: support@example.test\r\nSubject: =?utf-8?B?{coded}?=\r\n"
        f"Message-ID: {ASKED}\r\n\r\nCould it be a little less?\r\n".encode()
    )
    proxy = company.proxy
    proxy.wait_synced(1)
    with proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        ok(anna.store("1", "+FLAGS", "($status-hold)"))
    proxy.command("mailbox", "set", "support", "--language", request.param)
    proxy.command("mailbox", "policy", "support", "office-hours=always", "reminder-at=opening")
    office = Office(company, request.param)
    office.begin_again(
        f"UPDATE conversations SET changed_us = changed_us - {8 * 86_400_000_000}",
        "UPDATE mailboxes SET reminded_us = 1",
    )
    until(lambda: len(office.reminders()) == 1)
    return office


def test_it_shows_to_both_and_each_reads_it(office: Office) -> None:
    proxy = office.company.proxy
    parsed = message_from_bytes(bytes(office.reminder), policy=default)
    assert parsed["Subject"] == office.subject
    assert parsed["From"].addresses[0].addr_spec == "note@support.example.test.invalid"
    assert office.says in office.text
    assert f"Hanako <{HANAKO}>" in office.text
    assert "見積もりの件" in office.text
    assert "\u202e" not in office.text
    with proxy.imap("anna") as anna, proxy.imap("ben") as ben:
        ok(anna.select("INBOX"))
        ok(anna.store("2", "+FLAGS", r"(\Seen)"))
        assert anna.search(None, "SEEN")[1] == [b"2"]
        ok(ben.select("INBOX"))
        assert ben.search(None, "SEEN")[1] == [b""]
        assert ben.search(None, "HEADER", "Auto-Submitted", "auto-generated")[1] == [b"2"]
        assert b"reminder" not in b" ".join(ok(ben.list())).lower()  # it has no folder of its own


def test_it_can_t_be_deleted_or_moved(office: Office) -> None:
    with office.company.proxy.imap("ben") as ben:
        ok(ben.select("INBOX"))
        for folder in ("Trash", "Archive"):
            word, said = ben.uid("MOVE", "2", folder)
            assert (word, office.refusal in said[0].decode()) == ("NO", True), said
            word, said = ben.copy("2", folder)
            assert (word, office.refusal in said[0].decode()) == ("NO", True), said
        ok(ben.store("2", "+FLAGS", r"(\Deleted)"))
        word, said = ben.expunge()
        assert (word, office.refusal in said[0].decode()) == ("NO", True), said
        assert ben.search(None, "DELETED")[1] == [b""]
        ok(ben.expunge())  # so that nobody asks for it again and again
        for word in ("$status-open", "$assignee-ben"):
            assert ben.store("2", "+FLAGS", f"({word})")[0] == "NO"
        assert len(all_of(ben)) == 2


def _forwarded(office: Office) -> Message:
    return mail("FYI\n" + office.text, HANAKO, answers="")


def _attached(office: Office) -> Message:
    made = mail("see below", HANAKO, answers="")
    made.add_attachment(office.reminder)
    return made


def _reply_all(office: Office) -> Message:
    to, id_ = office.reminder["To"], office.reminder["Message-ID"]
    return mail("ok", to, cc=HANAKO, answers=id_)


def _answered_past_the_address(office: Office) -> Message:
    return mail("ok", HANAKO, answers=office.reminder["Message-ID"])


def _answered(office: Office) -> Message:
    return mail("@ben ok?", office.reminder["From"], answers=office.reminder["Message-ID"])


LEAKS = (_forwarded, _attached, _reply_all, _answered_past_the_address, _answered)


@pytest.mark.parametrize("leak", LEAKS, ids=[each.__name__ for each in LEAKS])
def test_it_leaves_with_nothing(office: Office, leak: Callable[[Office], Message]) -> None:
    for _ in range(2):
        code, said = send(office.company, leak(office))
        assert code == 550, said
    assert office.company.sink.received == []
    every = at_the_provider(office.company)
    assert not any(word in every for word in ("[[note:", "X-Proxyd-Note", office.subject))


def test_it_is_one_across_kill_9_and_another_time_replaces_it(office: Office) -> None:
    (before,) = office.reminders()
    office.begin_again()
    assert office.reminders("ben") == [before]
    office.begin_again("UPDATE mailboxes SET reminded_us = 1")
    until(lambda: office.reminders("ben") != [before])
    until(lambda: len(office.reminders("ben")) == 1)
    with office.company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        assert anna.search(None, "UNSEEN")[1] == [b"1 2"]  # another message: not read yet


def test_an_answer_that_quotes_a_subject_it_names_goes_and_ends_it(office: Office) -> None:
    with office.company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        ok(anna.store("1", "+FLAGS", "($status-open)"))
    quoted = "見積もりの件につきまして、下記のとおりご回答いたします。\n" + "\n".join(
        office.text.splitlines()[2:6]
    )
    made = mail(quoted, HANAKO, answers=ASKED, subject="Re: 見積もりの件")
    assert send(office.company, made) == (250, "")
    until(lambda: len(office.company.sink.received) == 1)
    office.begin_again()
    until(lambda: office.reminders() == [])
    assert office.reminders("ben") == []
