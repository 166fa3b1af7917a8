"""``proxyd webhook`` as it is typed, while no proxy runs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.servers.notice_receiver import NoticeReceiver
from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture

URL = "https://chat.example.com/hooks/x"


@pytest.fixture
def office(proxyd: Command) -> Command:  # noqa: F811
    assert added(proxyd).code == 0
    return proxyd


@pytest.fixture
def chat() -> Iterator[NoticeReceiver]:
    with NoticeReceiver().in_thread() as receiver:
        yield receiver


def test_added_shown_and_removed(office: Command) -> None:
    assert office("webhook", "list").out == "There are no webhooks.\n"
    said = office("webhook", "add", "support", URL, "--on", "alarm", "--on", "overdue")
    told, secret = said.out.splitlines()
    assert told == "Webhook 1 is told from now on: overdue, alarm."
    assert secret.startswith("Secret (shown this once): whsec_")
    assert "proxyd webhook test 1" in said.err
    listed = office("webhook", "list").out
    assert URL in listed and "never" in listed and "whsec" not in listed
    (one,) = json.loads(office("webhook", "list", "--json").out)
    assert (one["number"], one["mailbox"], one["kinds"]) == (1, "support", ["overdue", "alarm"])
    assert office("webhook", "remove", "1").out == f"{URL} is told nothing any more.\n"
    assert json.loads(office("webhook", "list", "--json").out) == []
    records = [json.loads(line) for line in office("audit", "export").out.splitlines()]
    did = [one["detail"].get("did") for one in records if one["action"] == "admin"]
    assert did[-2:] == ["webhook add", "webhook remove"]
    assert secret.split()[-1] not in json.dumps(records)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "nowhere", URL), "there is no mailbox 'nowhere'"),
        (("add", "support", "http://chat.example.com/"), "in clear"),
        (("add", "support", URL, "--on", "opened"), "opened"),
        (("test", "7"), "there is no webhook '7'"),
        (("remove", "x"), "x"),
        (("resume", "7"), "there is no webhook '7'"),
        (("secret", "7"), "there is no webhook '7'"),
    ],
)
def test_slips(office: Command, words: tuple[str, ...], said: str) -> None:
    told = office("webhook", *words)
    assert told.code == 2 and said in told.err and told.out == ""


def test_what_it_can_be_told(office: Command) -> None:
    told = office("webhook", "kinds").out
    assert all(kind in told for kind in ("new-mail", "assigned", "overdue", "answered", "alarm"))


def test_tried(office: Command, chat: NoticeReceiver) -> None:
    chat.secret = json.loads(office("webhook", "add", "support", chat.url, "--json").out)["secret"]
    assert office("webhook", "test", "1").out == f"{chat.url} has taken it.\n"
    chat.status = 500
    failed = office("webhook", "test", "1")
    assert (failed.code, failed.out) == (1, "")
    assert "It was not taken: it answered 500 Internal Server Error" in failed.err


def test_its_secret_goes_along_to_another_master_key(office: Command, chat: NoticeReceiver) -> None:
    chat.secret = json.loads(office("webhook", "add", "support", chat.url, "--json").out)["secret"]
    said = office("secrets", "rotate", "--yes")
    assert said.code == 0, said.err
    assert office("webhook", "test", "1").code == 0 and chat.kinds() == ["test"]
