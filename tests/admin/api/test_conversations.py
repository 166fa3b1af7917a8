"""Who may see which conversation and report, and what of it (admin/api/conversations.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.types import LogRecord, Right, SeenMode, SharedMailbox
from tests.admin.api.conftest import BY, SERVER
from tests.service.reports.work import put_work

SALES = SharedMailbox(0, "sales", "sales@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER)


@pytest.fixture
async def work(company):
    """Three conversations in support, one in sales, which nobody has."""
    await company.database.write(lambda tx: tx.mailboxes.add(SALES, b"sealed"))
    (anna,) = [a for a in await company.accounts() if a.login == "anna"]
    await put_work(company.database, "open", waits_us=30, overdue=True)
    await put_work(company.database, "open", assignee_id=anna.id)
    await put_work(company.database, "hold", until_us=99)
    await put_work(company.database, "open", mailbox_id=2)
    for number, mailbox in ((1, "support"), (4, "sales")):
        told = LogRecord("open", "ok", "ben", mailbox, "INBOX", "m@x", "d", number)
        await company.database.write(lambda tx, told=told: tx.log.append([told]))
    return company


async def numbers(client, **query):
    page = (await client.get("/conversations", **query)).json()
    return [one["number"] for one in page["items"]]


async def test_staff_see_their_mailboxes_and_admins_all(work, anna, ada):
    assert await numbers(anna) == [1, 2, 3]
    assert await numbers(ada) == [1, 2, 3, 4]
    for path in ("/conversations/4", "/conversations/4/history", "/conversations/99"):
        assert (await anna.get(path)).status_code == 404
    for hidden in ("sales", "nowhere"):
        answer = await anna.get("/conversations", mailbox=hidden)
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no mailbox {hidden!r}."


async def test_by_status_assignee_and_page(work, anna):
    assert await numbers(anna, status="open") == [1, 2]
    assert await numbers(anna, assignee="anna") == [2]
    assert await numbers(anna, assignee="") == [1, 3]
    page = (await anna.get("/conversations", limit=2)).json()
    assert page["next"] == "2" and await numbers(anna, after=page["next"], limit=2) == [3]


async def test_numbers_status_people_times_and_no_more(work, ada):
    assert (await ada.get("/conversations/1")).json() == {
        "number": 1,
        "mailbox": "support",
        "status": "open",
        "assignee": "",
        "changed": "1970-01-01T00:00:00.000001Z",
        "waits_since": "1970-01-01T00:00:00.000030Z",
        "overdue": True,
        "hold_until": None,
    }


async def test_the_history_is_for_who_has_the_mailbox_whatever_the_role(work, anna, ada):
    assert (await ada.get("/conversations/1/history")).status_code == 404
    told = (await anna.get("/conversations/1/history")).json()
    assert [(one["action"], one["actor"]) for one in told["events"]] == [("open", "ben")]
    assert told["complete"] and told["numbers"][0] == 1
    await (await work.people()).grant("ada", "support", Right.READ, by=BY)
    assert (await ada.get("/conversations/1/history")).status_code == 200


async def test_asking_is_recorded_first(work, anna):
    await numbers(anna, status="open")
    await anna.get("/conversations/1/history")
    listed, history = (await work.records(action="audit"))[-2:]
    assert listed.detail == {"did": "conversations", "status": "open"}
    assert history.detail == {"did": "history", "asked": "1"} and history.actor == "anna"


@pytest.mark.parametrize("number", ["x", "-1", "0", "9" * 40])
async def test_numbers_that_are_none(work, anna, number):
    for path in ("", "/history"):
        assert (await anna.get(f"/conversations/{number}{path}")).status_code == 404
    put = await anna.put(f"/conversations/{number}/status", {"status": "done"})
    assert put.status_code == 404


async def test_reports_for_admins_and_who_manages_the_mailbox(work, anna, ada):
    for path in ("/reports/load", "/reports/response-times"):
        assert (await ada.get(path)).status_code == 200
        assert (await ada.get(path, mailbox="nowhere")).status_code == 404
        assert (await anna.get(path)).status_code == 404
        assert (await anna.get(path, mailbox="support")).status_code == 404, "respond is not manage"
    await (await work.people()).grant("anna", "support", Right.MANAGE, by=BY)
    for path in ("/reports/load", "/reports/response-times"):
        assert (await anna.get(path, mailbox="support")).status_code == 200
        for hidden in ("sales", "nowhere"):
            assert (await anna.get(path, mailbox=hidden)).status_code == 404
        assert (await anna.get(path)).status_code == 404


async def test_the_load(work, ada):
    told = (await ada.get("/reports/load", mailbox="support")).json()
    people = {one["person"]: one["conversations"] for one in told["people"]}
    assert people == {"anna": 1, "ben": 0, "": 2}
    assert told["total"]["overdue"] == 1 and told["total"]["by_status"] == {"open": 2, "hold": 1}


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"since": "2026-10-31", "until": "2026-10-01"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"until": "yesterday"}, "until"),
        ({"by": "colour"}, "by"),
    ],
)
async def test_periods_that_are_none(work, ada, query, word):
    answer = await ada.get("/reports/response-times", **query)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == word


async def test_the_times(work, ada):
    query = {"by": "week", "since": "2026-10-01", "until": "2026-10-31"}
    told = (await ada.get("/reports/response-times", **query)).json()
    assert (told["since"], told["until"], told["groups"]) == ("2026-10-01", "2026-10-31", [])
    assert told["total"]["answered"] == 0 and told["total"]["median_s"] is None
    assert told["waiting"] == 1 and told["overdue"] == 1
