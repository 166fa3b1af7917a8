"""The pages of conversations: the list, one with its history, handing it on."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin.web.conversations.asked import asked_of, path_of
from admin.web.conversations.history_told import told, who
from admin.web.words import LANGUAGES, WORDS
from proxyd.domain.events import Action
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.domain.types import LogRecord, Right
from proxyd.domain.workflow import Event
from proxyd.service.overview.worklist import PAGE
from tests.admin.web.conftest import BY
from tests.service.conftest import World, mail
from tests.service.reports.work import put_work

NAME = "<b>x</b>\"' אבג"


def numbers(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'href="/conversations/(\d+)" data-row', page)]


def records_of(company):
    return company.records(action="audit")


# ------------------------------------------------------------------ the list


async def test_what_is_not_done_the_last_change_first(anna, company):
    for status, changed in (("open", 1), ("done", 2), ("hold", 3), ("checking", 4)):
        await put_work(company.database, status, changed_us=changed)
    page = (await anna.get("/conversations")).text
    assert numbers(page) == [4, 3, 1]
    assert "◐ Checking" in page and "▮ On hold" in page and "○ Open" in page
    page = (await anna.get("/conversations?status=any")).text
    assert numbers(page) == [4, 3, 2, 1] and "✓ Done" in page
    (first, _) = [one.detail for one in await records_of(company)]
    assert first == {"did": "conversations"}


async def test_each_filter_and_what_was_asked_stays_chosen(anna, company):
    ben = await company.account("ben")
    now = company.clock.now
    await put_work(company.database, "open", assignee_id=ben.id, changed_us=now, overdue=True)
    await put_work(company.database, "open", changed_us=now - 4 * 86_400_000_000)
    for query, found in (
        ("assignee=ben", [1]),
        ("assignee=-", [2]),
        ("older=3", [2]),
        ("older=7", []),
        ("overdue=on", [1]),
        ("status=checking", []),
        ("mailbox=support", [1, 2]),
    ):
        page = await anna.get(f"/conversations?{query}")
        assert (page.status_code, numbers(page.text)) == (200, found), query
        name, _, value = query.partition("=")
        chosen = "checked" if name == "overdue" else "selected"
        assert f'value="{value}" {chosen}>' in page.text, query
    assert "There is no such conversation" in (await anna.get("/conversations?older=7")).text


async def test_empty_is_good_news(anna):
    assert "Nothing is open." in (await anna.get("/conversations")).text


async def test_from_page_to_page_and_back(anna, company):
    for number in range(PAGE + 3):
        await put_work(company.database, "open", changed_us=number)
    first = (await anna.get("/conversations?mailbox=support")).text
    (older,) = re.findall(r'href="([^"]+)" data-key="\]"', first)
    assert len(numbers(first)) == PAGE and 'data-key="["' not in first
    second = (await anna.get(older.replace("&amp;", "&"))).text
    (newer,) = re.findall(r'href="([^"]+)" data-key="\["', second)
    assert len(numbers(second)) == 3 and 'data-key="]"' not in second
    assert numbers((await anna.get(newer.replace("&amp;", "&"))).text) == numbers(first)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("status=nonsense", "There is no such status"),
        ("assignee=nobody", "There is no such person here"),
        ("at=nonsense", "The list can't go on from there"),
    ],
)
async def test_what_can_t_be_asked_is_said_and_not_shown_as_nothing(anna, query, sentence):
    page = await anna.get(f"/conversations?{query}")
    assert page.status_code == 422 and sentence in html.unescape(page.text)
    assert "<title>Error:" in page.text


async def test_another_mailbox_is_answered_as_one_that_does_not_exist(anna, company):
    await company.services.people.add("cho", "Cho", by=BY, grants={}, password="seven kettles")
    for name in ("sales", "nonsense"):
        assert (await anna.get(f"/conversations?mailbox={name}")).status_code == 404
    cho = company.browser()
    await cho.sign_in("cho", "seven kettles")
    assert (await cho.get("/conversations?mailbox=support")).status_code == 404
    assert numbers((await cho.get("/conversations")).text) == []


async def test_a_full_page_is_no_more_than_thirty_kilobytes(anna, company):
    ben = await company.account("ben")
    facts = {"assignee_id": ben.id, "overdue": True, "waits_us": 1, "until_us": 2}
    for number in range(PAGE):
        await put_work(company.database, "open", changed_us=number, **facts)
    page = await anna.get("/conversations")
    assert len(numbers(page.text)) == PAGE and len(page.content) <= 30 * 1024


@given(
    st.dictionaries(
        st.sampled_from(["mailbox", "status", "assignee", "older", "overdue", "at"]),
        st.text(max_size=20) | st.sampled_from(["older-1-2", "newer-9-9", "3", "on", "-"]),
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_asked_is_read_or_told(query):
    asked, problems = asked_of(query)
    readable = re.fullmatch(r"(newer|older)-[0-9]{1,18}-[0-9]{1,18}", query.get("at", ""))
    assert bool(problems) == bool(query.get("at") and not readable)
    assert (asked.beyond is None) == (readable is None)


def test_the_address_of_the_next_page_says_the_same():
    row = ConversationRow(7, "support", "open", "", 99, None, overdue=False, until_us=None)
    query = {"mailbox": "a&b", "assignee": "-", "at": "older-1-1", "nonsense": "x"}
    path = path_of(query, row, newer=True)
    assert path == "/conversations?mailbox=a%26b&assignee=-&at=newer-99-7"


# ------------------------------------------------------------------ one, and handing it on


@pytest.fixture
async def served(company, rooms):
    """The mailbox is served, with people as they are."""
    accounts = await company.database.read(lambda tx: tx.accounts.all())
    mailbox = await company.database.read(lambda tx: tx.mailboxes.find("support"))
    world = World(company.database, company.clock, mailbox)
    world.team.members = list(accounts)
    await world.start()
    rooms[mailbox.id] = world.counter
    world.upstream.deliver(mail("a@x", subject="A secret order"))
    await world.synced()
    yield world
    await world.stop()


def number_in(world) -> int:
    return world.room.state.threads["a@x"].id


async def test_one_conversation_in_words(anna, company, served):
    number = number_in(served)
    page = (await anna.get(f"/conversations/{number}")).text
    assert "The mail came in" in page and "proxyd" in page
    assert "Hand over" not in page, "who answers does not hand over"
    assert not [word for word in ("A secret order", "c@example.com", "a@x") if word in page]
    assert (await records_of(company))[-1].detail == {"did": "history", "asked": str(number)}


@pytest.mark.parametrize("login", ["ada", "anna"])
async def test_handing_over(company, served, login):
    if login == "anna":
        await company.services.people.grant("anna", "support", Right.MANAGE, by=BY)
    served.team.members = list(await company.database.read(lambda tx: tx.accounts.all()))
    browser, number = company.browser(), number_in(served)
    await browser.sign_in(login)
    await browser.get(f"/conversations/{number}")
    page = await browser.post(f"/conversations/{number}/hand-over", to="ben")
    assert "Handed over. It stands in the log." in page.text
    assert 'value="ben" selected' in page.text and "Gave it to \u2068ben" in page.text
    (record,) = await company.records(action="assign")
    assert (record.actor, record.origin.door, record.detail["to"]) == (login, "web", "ben")
    page = await browser.post(f"/conversations/{number}/hand-over", to="otto")
    assert page.status_code == 422
    assert browser.problems() == ["This person may not answer here. Choose another one"]
    page = await browser.post(f"/conversations/{number}/hand-over")
    assert page.status_code == 422, "nobody is to be chosen too"
    assert served.room.state.conversations[number].assignee is not None
    await browser.post(f"/conversations/{number}/hand-over", to="")
    assert served.room.state.conversations[number].assignee is None
    bare = await browser.client.get(
        f"/conversations/{number}?done=handed", headers={"sec-fetch-site": "none"}
    )
    assert "Handed over" not in bare.text, "a link can't say so"


async def test_no_right_is_answered_as_no_conversation(anna, company, served):
    number = number_in(served)
    await anna.get("/conversations")
    token = {"form_token": anna.token(), "to": "ben"}
    refused = await anna.send(f"/conversations/{number}/hand-over", token)
    unknown = await anna.send("/conversations/4711/hand-over", token)
    assert refused.status_code == unknown.status_code == 404
    assert refused.content == unknown.content
    for path in ("4711", "nonsense", "1" * 19, "-1", "%D9%A1"):
        assert (await anna.get(f"/conversations/{path}")).status_code == 404, path
    await company.services.people.revoke("anna", "support", by=BY)
    assert (await anna.get(f"/conversations/{number}")).status_code == 404
    assert served.room.state.conversations[number].assignee is None


async def test_where_nobody_serves_it_nothing_is_changed(company, served, rooms):
    rooms.clear()
    browser, number = company.browser(), number_in(served)
    await browser.sign_in("ada")
    await browser.get(f"/conversations/{number}")
    page = await browser.post(f"/conversations/{number}/hand-over", to="ben")
    assert page.status_code == 503 and "Nothing was changed" in page.text


async def test_hostile_names_stay_text(company, served):
    await company.services.people.rename("ben", NAME, by=BY)
    browser, number = company.browser(), number_in(served)
    await browser.sign_in("ada")
    pages = [await browser.get(path) for path in ("/conversations", f"/conversations/{number}")]
    for page in pages:
        assert "<b>x" not in page.text and "&lt;b&gt;x" in page.text
        assert "\u2068&lt;b&gt;" in page.text, "apart from what stands around it"


# ------------------------------------------------------------------ the history in words


def record(action: str, outcome: str = "ok", actor: str = "anna", **detail: object) -> LogRecord:
    return LogRecord(action=action, actor=actor, outcome=outcome, detail=detail)


OPEN_DONE = {"from": "open", "to": "done"}


def in_words(one: LogRecord, language: str = "en") -> str:
    words = {"open": "Open", "done": "Done"}
    return re.sub("[\u2068\u2069]", "", told(language, one, lambda key: words.get(key, key)))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (record("arrive"), "The mail came in"),
        (record("status", by="answer", **OPEN_DONE), "Answered it. Status: Done"),
        (record("status", by="forward", to="x", **{"from": "x"}), "Forwarded it"),
        (record("status", **OPEN_DONE), "Set the status: Done"),
        (record("status", until="2026-12-24 09:00", to="hold"), "On hold until 2026-12-24 09:00"),
        (record("status", until="", to="hold"), "On hold, without a day"),
        (record("assign", to="ben"), "Gave it to ben"),
        (record("assign", to="anna"), "Took it"),
        (record("claim", to="anna"), "Took it"),
        (record("seen", seen=True), "Marked it as read"),
        (record("seen", seen=False), "Marked it as unread"),
        (record("send", repeated=True), "A second answer was stopped; nothing was sent"),
        (record("send", uncertain=True), "Perhaps: Sent a mail"),
        (record("send", outcome="refused"), "Was refused: Sent a mail"),
        (record("move", outcome="unsure"), "Perhaps: Moved it"),
        (record("move", outcome="failed"), "Failed: Moved it"),
        (record("arrive", by="rule", rules=["a", "b"]), "A rule on arrival fits: a, b"),
        (record("status", by="handed-over", **{"from": "x", "to": "x"}), "x has left"),
        (record("teleport"), "teleport"),
        (record("status", by="a word of later"), "Set the status: ?"),
        (record("assign"), "Gave it to ?"),
    ],
)  # fmt: skip
def test_each_kind_of_record_in_words(one, words):
    assert in_words(one) == words


def test_each_action_and_event_has_words_in_both_languages():
    for event in set(Event) - {Event.WISHED}:
        assert f"history.by.{event}" in WORDS, event
    not_of_mail = {
        Action.LOGIN, Action.FACTOR, Action.LOGOUT, Action.SESSION, Action.SELECT, Action.ADMIN,
        Action.AUDIT, Action.RESTORE,
    }  # fmt: skip
    for action in set(Action) - not_of_mail:
        for language in LANGUAGES:
            assert in_words(record(action, to="ben"), language), action
        assert f"history.{action}" in WORDS, action


@pytest.mark.parametrize(
    ("one", "person"),
    [
        (record("arrive", actor=""), "proxyd"),
        (record("status", actor="", by="outside"), "someone outside"),
        (record("status", actor="", by="hold-over"), "proxyd"),
        (record("status", actor=""), "someone outside"),
        (record("open"), "anna"),
    ],
)
def test_who_it_was(one, person):
    assert who("en", one) == person


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.none()))
def test_whatever_a_record_holds_it_is_told(detail):
    for action in Action:
        one = LogRecord(action=action, actor="anna", outcome="ok", detail=detail)
        assert told("en", one, str)
        assert told("ja", one, str)
