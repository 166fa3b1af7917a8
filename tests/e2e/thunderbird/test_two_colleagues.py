"""Anna and Ben, each in front of a Thunderbird: who has waited is answered once, and nobody is
forgotten because a mail was passed on, came later, or was answered from another address.
"""

from __future__ import annotations

import imaplib
import smtplib
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD
from tests.e2e.test_main_job import flags_of, uid_of
from tests.e2e.thunderbird.conftest import TITLE
from tests.e2e.thunderbird.program import Thunderbird
from tests.patience import until

# As in test_a_day.py.
ON_DEMAND: dict[str, object] = {
    "mail.server.default.use_compress_deflate": False,
    "mail.server.default.offline_download": False,
    "mail.server.default.autosync_offline_stores": False,
}
SALES = "sales@example.test"
CUSTOMER = "hanako@customer.example.org"
SUPPLIER = "parts@supplier.example.org"
LONG_S, SHORT_S = 60, 1  # pauses: no hurry outlasts the one, the other soon passes
LONG, SHORT = "1 min", "1 second"  # as people say them


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    """Support and sales; both colleagues answer in both."""
    company = found_company(count=1, users={ADDRESS: "upstream secret", SALES: "upstream secret"})
    provider, proxy = company.dovecot, company.proxy
    proxy.typed(
        "mailbox", "add", "sales", "--address", SALES,
        "--imap", f"imaps://sales%40example.test@127.0.0.1:{provider.tls_port}",
        "--smtp", f"smtps://support%40example.test@127.0.0.1:{company.sink.port}",
        "--ca-file", str(proxy.certificates.ca), "--password-stdin",
        stdin=provider.password + "\n",
    )  # fmt: skip
    for login in ("anna", "ben"):
        proxy.typed("user", "grant", login, "sales:respond")
    cleo = ("user", "add", "cleo", "--name", "Cleo", "--grant", "support:respond")
    proxy.typed(*cleo, "--password-stdin", stdin=f"{PASSWORD}\n")
    proxy.typed("mailbox", "policy", "support", f"override-pause-s={LONG_S}")
    return company


@pytest.fixture(scope="module")
def seats(company: Company, seat: Callable[..., Thunderbird]) -> dict[str, Thunderbird]:
    return {login: seat(company, ON_DEMAND, login) for login in ("anna", "ben")}


@pytest.fixture
def anna(seats: dict[str, Thunderbird]) -> Thunderbird:
    return in_the_inbox(seats["anna"])


@pytest.fixture
def ben(seats: dict[str, Thunderbird]) -> Thunderbird:
    return in_the_inbox(seats["ben"])


def in_the_inbox(person: Thunderbird) -> Thunderbird:
    person.do("tidyUp")
    person.open(TITLE, "Inbox")
    return person


@pytest.fixture
def server(company: Company) -> Iterator[imaplib.IMAP4_SSL]:
    """What a third colleague is told."""
    with company.proxy.imap("ben") as client:
        client.select("INBOX")
        yield client


def arrives(company: Company, subject: str, answers: str = "") -> str:
    """Returns the customer's Message-ID."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Hanako <{CUSTOMER}>", ADDRESS, subject
    mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0900"
    mail["Message-ID"] = make_msgid(domain="customer.example.org")
    if answers:
        mail["In-Reply-To"] = mail["References"] = answers
    mail.set_content("Where is my order?\n")
    company.dovecot.deliver(mail.as_bytes())
    return str(mail["Message-ID"])


def flags(server: imaplib.IMAP4, message_id: str) -> set[str]:
    return flags_of(server, uid_of(server, message_id))


def writes(person: Thunderbird, subject: str, text: str, button: str = "reply") -> None:
    """Open the mail, press the button, type."""
    person.read(subject)
    person.do(button)
    person.see("a draft", lambda: person.look("draft"))
    person.do("type", text)


def sends(person: Thunderbird, company: Company) -> bytes:
    """And the window closes; returns what went out."""
    before = len(company.sink.received)
    person.do("send")
    person.see("the window closed", lambda: person.look("draft") is None)
    (sent,) = company.sink.received[before:]
    return bytes(sent.message)


def is_refused(person: Thunderbird, company: Company) -> str:
    """And the text is still there; returns what the program says."""
    before = len(company.sink.received)
    person.do("send")
    (said,) = person.see("a dialog", lambda: person.look("dialogs"))
    person.do("acceptDialog")
    person.see("no dialog", lambda: person.look("dialogs") == [])
    person.see("the draft again", lambda: not person.look("draft")["sending"])
    assert len(company.sink.received) == before
    return str(said)


def test_what_is_forwarded_to_the_supplier_waits_for_its_answer(
    company: Company, anna: Thunderbird, ben: Thunderbird, server: imaplib.IMAP4
) -> None:
    message_id = arrives(company, "a claim")
    writes(anna, "a claim", "What do you say?", "forward")
    anna.do("address", SUPPLIER)
    assert SUPPLIER.encode() in sends(anna, company)
    until(lambda: "$Forwarded" in flags(server, message_id))
    assert "$status-open" in flags(server, message_id)
    assert "\\Answered" not in flags(server, message_id)
    ben.see("that it was forwarded", lambda: (ben.row("a claim") or {}).get("forwarded"))
    writes(ben, "a claim", "We are looking into it.")
    assert b"We are looking into it." in sends(ben, company)
    assert {"\\Answered", "$status-done", "$assignee-ben"} <= flags(server, message_id)


def test_who_begins_an_answer_shows_to_the_others(
    company: Company, anna: Thunderbird, ben: Thunderbird, server: imaplib.IMAP4
) -> None:
    message_id = arrives(company, "a wish")
    writes(anna, "a wish", "I am at it")
    anna.do("save")
    until(lambda: {"$replying", "$assignee-anna"} <= flags(server, message_id))
    shown = ["Open", "佐藤 あんな", "返信中"]
    ben.see("who is replying", lambda: (ben.row("a wish") or {}).get("tags") == sorted(shown))
    hers = ["Open", "佐藤 あんな"]
    anna.see("that it is hers", lambda: (anna.row("a wish") or {}).get("tags") == hers)
    assert b"I am at it" in sends(anna, company)
    until(lambda: "$replying" not in flags(server, message_id))
    assert {"\\Answered", "$status-done", "$assignee-anna"} <= flags(server, message_id)
    ben.see("the answer", lambda: (ben.row("a wish") or {}).get("answered"))


def test_who_writes_twice_and_is_answered_once_waits(
    company: Company, anna: Thunderbird, server: imaplib.IMAP4
) -> None:
    first = arrives(company, "an order")
    second = arrives(company, "Re: an order, stop it", first)
    anna.see("the second mail", lambda: anna.row("Re: an order, stop it"))
    writes(anna, "an order", "It is on its way.")
    sends(anna, company)
    assert {"\\Answered", "$status-open"} <= flags(server, first)
    assert "$status-open" in flags(server, second)
    assert "\\Answered" not in flags(server, second)


def test_an_answer_from_another_address_stops_the_second_one(
    company: Company, anna: Thunderbird, ben: Thunderbird, server: imaplib.IMAP4
) -> None:
    message_id = arrives(company, "a question")
    writes(ben, "a question", "What Ben wrote")
    writes(anna, "a question", "What Anna wrote")
    anna.do("writeAs", f"Sales <{SALES}>")
    assert SALES.encode() in sends(anna, company).partition(b"\r\n\r\n")[0]
    assert {"$status-done", "$assignee-anna"} <= flags(server, message_id)

    said = is_refused(ben, company)
    assert "佐藤 あんな answered this mail at" in said
    assert f"send it again after {LONG}" in said
    is_refused(ben, company)  # at once again
    assert "What Ben wrote" in ben.look("draft")["text"]


def test_who_knows_and_has_edited_the_text_may_send_it(company: Company, ben: Thunderbird) -> None:
    message_id = arrives(company, "a reminder")
    writes(ben, "a reminder", "What Ben wrote")
    anna_answers(company, message_id)
    is_refused(ben, company)
    company.proxy.typed("mailbox", "policy", "support", f"override-pause-s={SHORT_S}")
    until(
        lambda: f"send it again after {SHORT}" in probe(company, message_id),
        "the pause is as it was",
    )
    time.sleep(SHORT_S + 0.1)  # the pause itself: who sends within it has not thought
    ben.do("type", "As Anna says: ")
    assert b"As Anna says: What Ben wrote" in sends(ben, company)


def anna_answers(company: Company, message_id: str) -> None:
    with company.proxy.smtp("anna") as smtp:
        smtp.send_message(answer_to(message_id, "What Anna wrote"))


def probe(company: Company, message_id: str) -> str:
    """What somebody else hears who is too late."""
    with company.proxy.smtp("cleo") as smtp:
        try:
            smtp.send_message(answer_to(message_id, f"What Cleo wrote {make_msgid()}"))
        except smtplib.SMTPDataError as refusal:
            return refusal.smtp_error.decode()
    return ""


def answer_to(message_id: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ADDRESS, CUSTOMER, "Re: a reminder"
    mail["In-Reply-To"] = message_id
    mail["Message-ID"] = make_msgid(domain="example.test")
    mail.set_content(f"{text}\n")
    return mail
