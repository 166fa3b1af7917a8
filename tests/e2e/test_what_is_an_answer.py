"""What finishes a conversation and what opens it, as two colleagues live through it: a real
provider, mails as customers, list servers, web forms and clients make them (tests/data/answers).
"""

from __future__ import annotations

import email.message
import email.policy
import imaplib
import re
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import make_msgid
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_main_job import flags_of, uid_of
from tests.e2e.test_sent_copies import provider
from tests.patience import until

MAILS = Path(__file__).parents[1] / "data" / "answers"


def octets(name: str) -> bytes:
    return (MAILS / f"{name}.eml").read_bytes()


def id_of(name: str) -> str:
    found = re.search(rb"(?m)^Message-ID: (\S+)", octets(name))
    assert found
    return found[1].decode()


@dataclass
class Play:
    """The customers, the provider, and Anna and Ben; a mail is named by its file."""

    company: Company
    anna: imaplib.IMAP4

    def arrives(self, *names: str, folder: str = "INBOX") -> None:
        for name in names:
            self.company.dovecot.deliver(octets(name), folder)
            self.until_seen(name, folder)

    def until_seen(self, name: str, folder: str) -> str:
        self.anna.select(folder)
        return uid_of(self.anna, id_of(name))

    def sends(self, who: str, name: str) -> None:
        """Returns when the copy in Sent is known to us as well."""
        message = email.message_from_bytes(octets(name), policy=email.policy.SMTP)
        with self.company.proxy.smtp(who) as smtp:
            smtp.send_message(message)
        self.until_seen(name, "Sent")

    def is_refused(self, who: str, name: str) -> bool:
        """The same text as another mail."""
        message = email.message_from_bytes(octets(name), policy=email.policy.SMTP)
        message.replace_header("Message-ID", make_msgid(domain="example.test"))
        message.set_content("another text, by somebody else")
        with self.company.proxy.smtp(who) as smtp:
            try:
                smtp.send_message(message)
            except smtplib.SMTPDataError as refusal:
                assert refusal.smtp_code == 550, refusal
                return True
        return False

    def refusal(self, who: str, name: str, subject: str = "") -> str:
        """What stops the very mail; ``subject`` stands in front of its own."""
        raw = octets(name).replace(b"Subject: ", b"Subject: " + subject.encode(), 1)
        to = email.message_from_bytes(raw)["To"].split(", ")
        with self.company.proxy.smtp(who) as smtp:
            try:
                smtp.sendmail("support@example.test", to, raw)
            except smtplib.SMTPDataError as refusal:
                return refusal.smtp_error.decode()
        return ""

    def chooses(self, *choices: str) -> None:
        self.company.proxy.typed("mailbox", "policy", "support", *choices)

    def asks_for_attachments(self) -> bool:
        """Of a mail that belongs to nothing; each is another one."""
        mail = email.message.EmailMessage()
        mail["From"], mail["To"] = "support@example.test", "probe@buyer.example.net"
        mail["Message-ID"] = make_msgid(domain="example.test")
        mail.set_content("attached")
        with self.company.proxy.smtp("anna") as smtp:
            try:
                smtp.send_message(mail)
            except smtplib.SMTPDataError:
                return True
        return False

    def flags(self, name: str, folder: str = "INBOX") -> set[str]:
        return flags_of(self.anna, self.until_seen(name, folder))

    def status(self, name: str, folder: str = "INBOX") -> str:
        [status] = [f for f in self.flags(name, folder) if f.startswith("$status-")]
        return status.removeprefix("$status-")

    def actions(self, name: str) -> list[object]:
        told = self.company.proxy.audit("--message", id_of(name).strip("<>"))
        return [record["action"] for record in told]


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    company = found_company(count=1)
    with provider(company) as direct:
        for name in ("Sent", "Orders"):
            direct.create(name)
    with company.proxy.imap("anna") as anna:
        until(lambda: anna.select("Orders")[0] == "OK", "the new folder is not there")
    return company


@pytest.fixture
def play(office: Company) -> Iterator[Play]:
    with office.proxy.imap("anna") as anna:
        yield Play(office, anna)


def test_a_forward_to_the_supplier_finishes_nothing(play: Play) -> None:
    play.arrives("forward-1")
    play.sends("anna", "forward-2-to-the-supplier")
    flags = play.flags("forward-1")
    assert {"$status-open", "$Forwarded"} <= flags
    assert "\\Answered" not in flags and "$assignee-anna" not in flags
    play.sends("ben", "forward-3-answer")  # which the forward does not stop
    assert {"$status-done", "\\Answered", "$assignee-ben"} <= play.flags("forward-1")


def test_the_answer_to_the_first_mail_leaves_the_second_open(play: Play) -> None:
    play.arrives("newer-1", "newer-2")
    play.sends("anna", "newer-3-answer-to-1")
    assert play.status("newer-2") == "open"
    assert "\\Answered" in play.flags("newer-1")
    assert "\\Answered" not in play.flags("newer-2")
    assert play.is_refused("ben", "newer-3-answer-to-1")


def test_two_who_answer_our_circular_are_two_conversations(play: Play) -> None:
    play.sends("anna", "circular-1")
    play.arrives("circular-2-ida", "circular-3-uwe")
    play.sends("anna", "circular-4-answer-to-ida")
    assert play.status("circular-2-ida") == "done"
    assert play.status("circular-3-uwe") == "open"


def test_a_phrase_instead_of_an_id_joins_no_strangers(play: Play) -> None:
    play.arrives("phrase-1-ida", "phrase-2-uwe")
    play.sends("anna", "phrase-3-answer-to-ida")
    assert play.status("phrase-1-ida") == "done"
    assert play.status("phrase-2-uwe") == "open"


def test_another_mail_with_an_id_seen_before_is_work(play: Play) -> None:
    play.arrives("same-id-1")
    play.sends("anna", "same-id-3-answer-to-1")
    assert play.status("same-id-1") == "done"
    play.company.dovecot.deliver(octets("same-id-2"))
    until(lambda: play.status("same-id-2") == "open", "the second parcel is forgotten")
    assert play.actions("same-id-2").count("arrive") == 2


def test_the_same_customer_under_the_same_id_on_another_day_is_work(play: Play) -> None:
    """Under the same subject. Delivered once more, and moved in webmail, it is no other mail."""
    play.arrives("same-date-1")
    play.sends("anna", "same-date-3-answer-to-1")
    play.company.dovecot.deliver(b"Received: from b.example\r\n" + octets("same-date-1"))
    with provider(play.company) as direct:
        direct.select("INBOX")
        (found,) = direct.uid("SEARCH", "HEADER", "Message-ID", id_of("same-date-1"))[1]
        for uid in found.decode().split():
            direct.uid("MOVE", uid, "Orders")
    until(lambda: play.status("same-date-1", "Orders") == "done")
    assert play.actions("same-date-1").count("arrive") == 1
    play.company.dovecot.deliver(octets("same-date-2-later"))
    until(lambda: play.status("same-date-2-later") == "open", "the fire is forgotten")
    assert play.actions("same-date-2-later").count("arrive") == 2


def test_the_providers_receipt_in_sent_is_no_answer(play: Play) -> None:
    play.arrives("receipt-1")
    play.arrives("receipt-2-in-sent", folder="Sent")
    assert play.status("receipt-1") == "open"
    play.sends("ben", "receipt-3-answer")
    assert play.status("receipt-1") == "done"


def test_a_list_that_is_our_own_address_brings_people(play: Play) -> None:
    play.arrives("group-1", "group-2")
    assert play.status("group-1") == "open"
    play.sends("anna", "group-3-answer-to-2")
    assert play.status("group-2") == "done"
    play.arrives("group-4")
    assert play.status("group-4") == play.status("group-2") == "open"


@pytest.mark.parametrize(("form", "folder"), [("form-1", "INBOX"), ("form-2", "Orders")])
def test_a_web_form_in_our_name_is_a_customer(play: Play, form: str, folder: str) -> None:
    play.arrives(form, folder=folder)
    assert play.status(form, folder) == "open"


def test_web_forms_that_were_there_before_us(found_company: Callable[..., Company]) -> None:
    with found_company(
        count=1, before=[(octets("form-1"), "INBOX"), (octets("form-2"), "Orders")]
    ).proxy.imap("anna") as anna:
        for form, folder in (("form-1", "INBOX"), ("form-2", "Orders")):
            anna.select(folder)
            assert "$status-open" in flags_of(anna, uid_of(anna, id_of(form)))


@pytest.mark.parametrize("date", ['" 5-Jan-2015 10:00:00 +0900"', None])
def test_an_old_mail_that_a_person_imports_is_no_news(play: Play, date: str | None) -> None:
    """With the date of then, or the client says none and the provider takes today's."""
    tag = b"now" if date else b"dateless"
    renamed = {name: octets(name).replace(b"<m-", b"<m-%b-" % tag) for name in _IMPORT}
    company = play.company
    company.dovecot.deliver(renamed["import-1"])
    message_id = f"<m-{tag.decode()}-1@b>"
    play.anna.select("INBOX")
    uid = uid_of(play.anna, message_id)
    answer = email.message_from_bytes(renamed["import-2-answer"], policy=email.policy.SMTP)
    with company.proxy.smtp("anna") as smtp:
        smtp.send_message(answer)
    assert "$status-done" in flags_of(play.anna, uid)
    old = renamed["import-3-of-long-ago"].replace(b"\n", b"\r\n")
    assert play.anna.append("INBOX", None, date, old)[0] == "OK"
    old_uid = uid_of(play.anna, f"<m-{tag.decode()}-0@b>")
    assert "$status-done" in flags_of(play.anna, old_uid)
    assert "$status-done" in flags_of(play.anna, uid)


_IMPORT = ("import-1", "import-2-answer", "import-3-of-long-ago")


def test_an_answer_that_names_no_mail_is_asked_about_and_finishes_nothing(play: Play) -> None:
    play.arrives("unnamed-1")
    assert play.refusal("ben", "unnamed-3-names-nothing") == ""
    assert play.status("unnamed-1") == "open" and "\\Answered" not in play.flags("unnamed-1")
    told = play.refusal("anna", "unnamed-2-answer")
    assert "Ben" in told and "answered this mail" in told
    assert play.refusal("anna", "unnamed-2-answer", "!send! ") == ""
    assert play.status("unnamed-1") == "done"
    play.until_seen("unnamed-3-names-nothing", "Sent")  # it names the same id as the next
    told = play.refusal("ben", "unnamed-4-names-nothing")
    assert "あんな" in told and "answered this mail" in told
    told_of = play.company.proxy.audit("--action", "send", "--message", "u1-c@example.test")
    [refused] = [each for each in told_of if each["message_id"] == "u1-c@example.test"]
    assert refused["detail"] == {**refused["detail"], "guard": "answered", "guessed": "subject"}


def test_the_writer_s_slips_where_they_are_chosen(play: Play) -> None:
    play.arrives("slip-1")
    play.chooses("guard-new-recipient=yes", "guard-attachment=yes")
    try:
        until(play.asks_for_attachments, "what is chosen does not count")
        assert '"attached"' in play.refusal("anna", "slip-3-attached-nothing")
        assert "rei@other.example.org" in play.refusal("ben", "slip-2-to-another-rei")
        assert play.status("slip-1") == "open"
        assert play.refusal("ben", "slip-2-to-another-rei", "!send! ") == ""
        assert play.status("slip-1") == "done"
    finally:
        play.chooses("guard-new-recipient=no", "guard-attachment=no")
