"""A chat is told what happens in the mailbox: a real proxy, a real provider, a real receiver."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_taking_back import answer, asked, found, send
from tests.patience import until
from tests.servers.notice_receiver import NoticeReceiver


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=1)


@pytest.fixture(scope="module")
def chat(office: Company) -> Iterator[NoticeReceiver]:
    with NoticeReceiver().in_thread() as receiver:
        added = office.proxy.command("webhook", "add", "support", receiver.url, "--json")
        receiver.secret = json.loads(added)["secret"]
        yield receiver


def test_a_mail_comes_is_taken_and_answered(office: Company, chat: NoticeReceiver) -> None:
    customer = asked(office, "told")
    with office.proxy.imap("anna") as anna:
        assert anna.select("INBOX")[0] == "OK"
        (uid,) = found(anna, customer)
        assert anna.uid("COPY", uid, "Status/Mine")[0] == "OK"
    assert send(office, answer(customer)) == (250, "")
    until(lambda: chat.kinds()[-1:] == ["answered"], lambda: str(chat.taken))
    assert chat.kinds() == ["new-mail", "assigned", "answered"]
    new, taken, answered = (notice["data"] for _, notice in chat.taken)
    assert len({new["conversation"], taken["conversation"], answered["conversation"]}) == 1
    assert "who" not in new
    assert (taken["who"], taken["to"]) == ("anna", "anna")
    assert answered["who"] == "anna"
    everything = json.dumps(chat.taken).lower()
    assert "hanako" not in everything and "customer.example" not in everything
    assert "could it be" not in everything
    assert chat.refused == 0


def test_what_it_missed_comes_later_in_order_and_once(
    office: Company, chat: NoticeReceiver
) -> None:
    before, chat.status = len(chat.taken), 503
    for name in ("first", "second"):
        asked(office, name)
    listed = "webhook", "list", "--json"
    until(lambda: json.loads(office.proxy.command(*listed))[0]["failing_since"])
    until(lambda: "webhook 1 fails (it answered 503" in office.proxy.http("/readyz")[1])
    office.proxy.kill()
    chat.status = 204
    office.proxy.start()
    until(lambda: len(chat.taken) >= before + 2)
    asked(office, "third")
    until(lambda: len(chat.taken) >= before + 3)
    numbers = [notice["data"]["record"] for _, notice in chat.taken[before:]]
    assert chat.kinds()[before:] == ["new-mail"] * 3 and numbers == sorted(numbers)
    assert len({id_ for id_, _ in chat.taken}) == len(chat.taken)
    assert json.loads(office.proxy.command(*listed))[0]["failing_since"] is None


def test_a_secret_that_was_exchanged_signs_nothing(office: Company, chat: NoticeReceiver) -> None:
    new = json.loads(office.proxy.command("webhook", "secret", "1", "--json"))["secret"]
    refused = office.proxy.command("webhook", "test", "1", check=False)
    assert refused == "" and chat.refused
    chat.secret = new
    assert "has taken it" in office.proxy.command("webhook", "test", "1")
    assert chat.kinds()[-1] == "test"
