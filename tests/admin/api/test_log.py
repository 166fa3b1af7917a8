"""The access log by the API (admin/api/log.py): auditors alone, each question on record first."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime

import pytest

import admin.api.log as log_module
from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.types import LogRecord, Origin
from tests.admin.api.conftest import BY

M1 = "m1@customer.example"


@pytest.fixture
async def opened(company):
    """Anna opened a mail three times, Ben once."""
    for who, address in (("anna", "192.0.2.7"),) * 3 + (("ben", "2001:db8::1"),):
        record = LogRecord(
            "open", "ok", who, "support", "INBOX", M1, "digest", 7, Origin("imap", address, "Tb")
        )
        company.clock.advance(seconds=60)
        await company.database.write(lambda tx, one=record: tx.log.append([one]))
    return company


def at(us):
    return datetime.fromtimestamp(us / 1e6, UTC).isoformat()


async def test_by_each_criterion(opened, otto):
    now = opened.clock.now
    for query, count in (
        ({"person": "Anna", "action": "open"}, 3),
        ({"message": f"<{M1}>"}, 4),
        ({"mailbox": "support", "action": "open"}, 4),
        ({"address": "192.0.2.0/24", "action": "open"}, 3),
        ({"address": "2001:db8::1"}, 1),
        ({"conversation": 7}, 4),
        ({"outcome": "ok", "action": "open"}, 4),
        ({"since": at(now), "action": "open"}, 1),
        ({"until": at(now), "action": "open"}, 3),
    ):
        found = (await otto.get("/log", **query)).json()
        assert len(found["items"]) == count, query
        assert found["next"] is None


async def test_a_record_whole(opened, otto):
    (one,) = (await otto.get("/log", person="ben", action="open")).json()["items"]
    assert len(one.pop("chain")) == 64 and one.pop("number") > 0
    assert datetime.fromisoformat(one.pop("at")).timestamp() * 1e6 == opened.clock.now
    local = datetime.fromisoformat(one.pop("at_local"))
    assert local.timestamp() == opened.clock.now // 1_000_000
    assert one == {
        "action": "open",
        "outcome": "ok",
        "actor": "ben",
        "mailbox": "support",
        "view": "INBOX",
        "message_id": M1,
        "subject_digest": "digest",
        "conversation": 7,
        "door": "imap",
        "address": "2001:db8::1",
        "client": "Tb",
        "session": "",
        "detail": {},
    }


async def test_page_by_page_all_and_each_once(opened, otto):
    numbers, after = [], 0
    while True:
        page = (await otto.get("/log", message=M1, limit=3, after=after)).json()
        numbers += [one["number"] for one in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert len(numbers) == 4 and numbers == sorted(set(numbers))


async def test_each_question_is_a_record_before_it_is_answered(opened, otto):
    await otto.get("/log", person="anna", limit=5)
    *_, record = await opened.records(action="audit")
    assert record.actor == "otto" and record.origin.door == "api"
    assert record.detail["did"] == "search" and record.detail["actor"] == "anna"


async def test_what_can_t_be_recorded_is_not_answered(opened, otto, monkeypatch):
    await otto.get("/me")  # its coming in is on record

    async def write(_work):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(opened.database, "write", write)
    answer = await otto.get("/log", message=M1)
    assert answer.status_code == 503 and M1 not in answer.text
    assert answer.headers["retry-after"] == "60"


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"person": "anan"}, "anna"),
        ({"mailbox": "suport"}, "support"),
        ({"message": "m2@customer.example"}, "Message-ID"),
        ({"conversation": 99}, "99"),
        ({"address": "somewhere"}, "192.0.2.7"),
        ({"action": "opened"}, "open"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "until"),
        ({"after": -1}, "after"),
        ({"after": 2**63}, "after"),
    ],
)
async def test_a_slip_is_no_empty_answer(opened, otto, query, word):
    for path in ("/log", "/log/export"):
        answer = await otto.get(path, **query)
        assert answer.status_code == 422 and word in answer.text, answer.text


async def test_exported_as_json_lines(opened, otto):
    answer = await otto.get("/log/export", message=M1)
    assert answer.headers["content-type"] == "application/jsonl; charset=utf-8"
    assert 'attachment; filename="access-log.jsonl"' in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == (await otto.get("/log", message=M1)).json()["items"]
    more = await otto.get("/log/export", message=M1, after=lines[1]["number"], limit=1)
    assert json.loads(more.text) == lines[2]
    *_, record = [r for r in await opened.records(action="audit") if r.detail["did"] == "export"]
    assert record.actor == "otto" and record.detail["message_id"] == M1


async def test_exported_as_csv(opened, otto):
    answer = await otto.get("/log/export", message=M1, format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(answer.text.removeprefix("\ufeff").splitlines())
    assert head[0] == "number" and len(rows) == 4


async def test_an_export_ends_with_its_token_and_is_no_whole_answer(opened, otto, monkeypatch):
    """httpx takes what an application leaves unfinished for its fault."""
    api = otto.console._api
    sent: list[str] = []

    async def lines(*_asked):
        yield sent.append("first") or "first"
        opened.seconds[0] += 1
        yield sent.append("second") or "second"
        await (await opened.people()).disable("otto", by=BY)
        yield sent.append("third") or "third"
        opened.seconds[0] += 1
        yield sent.append("fourth") or "fourth"
        yield sent.append("fifth") or "fifth"

    monkeypatch.setattr(log_module, "lines_of", lines)
    with pytest.raises(AssertionError):
        await otto.get("/log/export")
    assert sent == ["first", "second", "third", "fourth"], "the fourth was not told any more"
    assert not api._exports


async def test_two_exports_of_a_person_at_a_time_and_no_more(opened, otto, monkeypatch):
    api = otto.console._api
    (number,) = [one.account.id for one in await opened.tokens.of("otto")]
    api._exports[number] = 2
    assert (await otto.get("/log/export")).status_code == 429
    api._exports[number] = 1
    assert (await otto.get("/log/export")).status_code == 200
    assert api._exports[number] == 1, "given back"
