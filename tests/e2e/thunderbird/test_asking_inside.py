"""Anna asks Ben at the mail itself, he answers, and no customer ever sees it: two Thunderbirds
(job 5).
"""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.test_notes import at_the_provider, shown
from tests.e2e.thunderbird.conftest import TITLE
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.test_two_colleagues import CUSTOMER, ON_DEMAND, is_refused
from tests.patience import until

NOTE = "note@support.example.test.invalid"
QUESTION = "値引きしてもいいですか @ben 前回と同じ条件で"
ANSWER = "今回だけなら大丈夫です @anna"


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    company = found_company(count=0)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Hanako <{CUSTOMER}>", ADDRESS, "an offer"
    mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0900"
    mail["Message-ID"] = "<offer@customer.example.org>"
    mail.set_content("Could it be a little less?\n")
    company.dovecot.deliver(mail.as_bytes())
    company.proxy.wait_synced(1)
    return company


@pytest.fixture(scope="module")
def seats(company: Company, seat: Callable[..., Thunderbird]) -> dict[str, Thunderbird]:
    return {login: seat(company, ON_DEMAND, login) for login in ("anna", "ben")}


def begins(person: Thunderbird, subject: str, button: str, text: str) -> None:
    person.do("tidyUp")
    person.open(TITLE, "Inbox")
    person.read(subject)
    person.do(button)
    person.see("a draft", lambda: person.look("draft"))
    person.do("type", text)


def writes_note(person: Thunderbird) -> None:
    person.do("send")
    person.see("the window closed", lambda: person.look("draft") is None)
    assert person.look("dialogs") == []


def drafts_of(company: Company, login: str) -> bytes:
    """Thunderbird 140 marks what it has sent, and removes it later."""
    with company.proxy.imap(login) as client:
        client.select("Drafts", readonly=True)
        found: bytes = client.search(None, "UNDELETED")[1][0]
        return found


def nothing_has_left(company: Company) -> bool:
    sent = "".join(one.message.decode("utf-8", "replace") for one in company.sink.received)
    every = at_the_provider(company) + sent
    return not any(word in every for word in ("値引き", "今回だけ", "X-Proxyd-Note"))


def test_a_question_and_its_answer(company: Company, seats: dict[str, Thunderbird]) -> None:
    anna, ben = seats["anna"], seats["ben"]
    begins(anna, "an offer", "reply", QUESTION)
    anna.do("addressOnly", NOTE)
    assert anna.look("draft")["to"] == [NOTE]
    anna.do("save")  # as the program does by itself in time
    until(lambda: len(shown(company, "anna", "Drafts")) == 1)
    anna.see("the draft again", lambda: not anna.look("draft")["sending"])
    writes_note(anna)
    until(lambda: drafts_of(company, "anna") == b"")
    note = "[Note] Re: an offer"
    ben.see("the note", lambda: ben.row(note))
    begins(ben, note, "reply", ANSWER)
    assert ben.look("draft")["to"] == [NOTE], "who answers a note writes a note"
    assert QUESTION in ben.look("draft")["text"]
    writes_note(ben)
    anna.see("the answer", lambda: anna.look("rows") == 3)
    assert nothing_has_left(company)


@pytest.mark.parametrize("button", ["reply", "replyAll", "forward"])
def test_ben_can_t_send_it_to_the_customer(
    company: Company, seats: dict[str, Thunderbird], button: str
) -> None:
    ben = seats["ben"]
    begins(ben, "[Note] Re: an offer", button, "for you")
    if button == "replyAll":
        ben.do("address", CUSTOMER)
    else:
        ben.do("addressOnly", CUSTOMER)
    said = is_refused(ben, company)
    assert "colleagues" in said or "note" in said
    assert "for you" in ben.look("draft")["text"]
    assert nothing_has_left(company)


def test_nor_its_words(company: Company, seats: dict[str, Thunderbird]) -> None:
    ben = seats["ben"]
    begins(ben, "an offer", "reply", "値引きしてもいいですか、前回と同じ条件で、と聞きました")
    said = is_refused(ben, company)
    assert "値引きしてもいいですか前回と" in said
    assert nothing_has_left(company)


def test_ben_finds_what_he_was_asked_in_mentions(seats: dict[str, Thunderbird]) -> None:
    ben = seats["ben"]
    ben.do("tidyUp")
    ben.open(TITLE, "Status", "Mentions")
    ben.read("[Note] Re: an offer")
    assert QUESTION in ben.look("mail")["text"]
