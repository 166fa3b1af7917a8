"""The pages of the access log and of alarms (admin/web/log, admin/web/alarms)."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import json
import re
import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest

from proxyd.commands.anchor import anchor_of
from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.log_question import LogQuestion, written
from proxyd.domain.types import LogRecord, Origin
from proxyd.domain.web_session import STEP_UP_S
from proxyd.service.actor import Actor
from proxyd.service.audit.audit import Audit
from tests.admin.web.conftest import PASSWORD

MAIL = "m1@customer.example"
PC = Origin("imap", "192.0.2.7", "Thunderbird 140", "s1")
HOSTILE = [
    "<b>x</b>\"'",
    "\u202egnp.exe",
    "x" * 200,
    "a\nb",
    "</td><script>alert(1)</script>",
    "{{ 7 * 7 }}",
]


def record(action, actor="anna", **more):
    return LogRecord(action, more.pop("outcome", "ok"), actor, **more)


async def put(company, *records):
    await company.database.write(lambda tx: tx.log.append(records))
    company.clock.advance(seconds=1)


@pytest.fixture
async def otto(company):
    browser = company.browser()
    await browser.sign_in("otto")
    return browser


@pytest.fixture
async def ada(company):
    browser = company.browser()
    await browser.sign_in("ada")
    return browser


def text_of(answer):
    return html.unescape(re.sub(r"<[^>]+>", "", answer.text))


def table(answer):
    """Rows of the first table, as their texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", answer.text, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[html.unescape(re.sub(r"<[^>]+>", "", c)).strip() for c in row] for row in cells if row]


async def ask(browser, line):
    return await browser.get(f"/log?q={quote(line)}")


# ------------------------------------------------------------------ questions


async def test_the_auditor_begins_at_the_log_and_each_question_is_on_record(company, otto):
    assert otto.page.url.path == "/log"
    await put(company, record("open", message_id=MAIL, mailbox="support", origin=PC))
    answer = await ask(otto, "person:anna action:open")
    (row,) = table(answer)
    assert row[1:] == ["anna", f"opened {MAIL}", "support", "done", "192.0.2.7", "Thunderbird 140"]
    assert "1 found" in text_of(answer) and "Your questions are recorded too" in answer.text
    (first, second) = await company.records(action="audit")
    assert first.detail == {"did": "search", "question": ""}
    assert second.detail == {"did": "search", "question": "person:anna action:open"}
    assert (second.actor, second.origin.door) == ("otto", "web")


async def test_the_form_writes_the_line_and_the_line_fills_the_form(company, otto):
    await put(company, record("open", origin=PC))
    answer = await otto.get("/log?person=Anna&action=open,copy&client=Thunderbird+140&outcome=")
    assert answer.status_code == 303
    line = 'person:anna action:open,copy client:"Thunderbird 140"'
    answer = await otto.get(answer.headers["location"])
    assert f'name="q" type="search" value="{line}"' in html.unescape(answer.text)
    assert 'name="person" value="anna"' in answer.text
    assert 'name="client" value="Thunderbird 140"' in answer.text
    assert len(table(answer)) == 1
    asked = [one.detail["question"] for one in await company.records(action="audit")]
    assert asked == ["", line], "the redirection is no question"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("person:ana", "“ana” is not known. Did you mean “anna”?"),
        ("invoice", "“invoice” has no key before it."),
        ("persn:anna", "“persn” is not known. Did you mean “person”?"),
        ("since:2020-01-01 until:2019-01-01", "The time would end before it begins."),
        ("mailbox:nowhere", "There is no shared mailbox “nowhere”, nor was one."),
        ("address:1.2.3", "“1.2.3” is neither an IP address nor a network."),
        ("x" * 2001, "The question is too long."),
    ],
)
async def test_a_slip_is_told_at_the_field_and_in_the_title(otto, line, told):
    answer = await ask(otto, line)
    assert answer.status_code == 422
    (problem,) = otto.problems()
    assert problem.replace("\u2068", "").replace("\u2069", "").startswith(told)
    assert "<title>Error: " in answer.text and 'href="#q"' in answer.text
    assert "Nobody did this" not in answer.text


async def test_a_slip_in_the_form_keeps_what_was_typed(otto):
    answer = await otto.get("/log?person=anna&address=nowhere")
    assert answer.status_code == 422 and 'href="#field-address"' in answer.text
    assert 'name="person" value="anna"' in answer.text and "<details open>" in answer.text


async def test_nobody_did_this_and_whether_the_log_is_whole(company, otto):
    answer = await ask(otto, "person:anna action:expunge")
    assert "Nobody did this from" in answer.text and "is being verified" in answer.text
    await company.log.watch.look()
    answer = await ask(otto, "person:anna action:expunge")
    assert "The log is complete for this time ✓" in answer.text
    assert "Verified to" in answer.text


async def test_older_and_newer(company, otto):
    await put(company, *(record("open", message_id=f"{n}@x") for n in range(120)))
    answer = await ask(otto, "action:open")
    seen = [row[2] for row in table(answer)]
    while older := re.search(r'<a href="([^"]+)">Older</a>', answer.text):
        answer = await otto.get(html.unescape(older[1]))
        seen += [row[2] for row in table(answer)]
    assert seen == [f"opened {n}@x" for n in reversed(range(120))]
    newer = re.search(r'<a href="([^"]+)">Newer</a>', answer.text)
    assert len(table(await otto.get(html.unescape(newer[1])))) == 50


async def test_who_opened_this_mail(company, otto):
    await put(
        company,
        record("copy", "anna", message_id=MAIL, origin=PC),
        record("open", "ben", message_id=MAIL, origin=PC),
    )
    answer = await ask(otto, f"message:<{MAIL}> since:1y")
    assert otto.told("mail") == (
        "People who opened it: 1 · mail clients that copied it: 1 · deletions: 0"
    )
    assert "Opened: a person looked" in answer.text and "Copied: a mail client" in answer.text


async def test_the_subject_goes_by_post_and_is_in_no_address(company, otto):
    await put(
        company,
        *(
            record("open", message_id=f"{n}@x", subject_digest=company.log.asking._digest("予約"))
            for n in range(60)
        ),
        record("open"),
    )
    answer = await otto.post("/log/subject", subject="予約", q="")
    assert len(table(answer)) == 50 and answer.status_code == 200
    assert quote("予約") not in answer.text and "予約" not in str(answer.url)
    assert 'name="subject" value="予約"' in answer.text
    before = re.search(r'name="before" value="(\d+)"', answer.text)
    answer = await otto.post("/log/subject", subject="予約", q="", before=before[1])
    assert len(table(answer)) == 10
    told = [one.detail for one in await company.records(action="audit")]
    assert "予約" not in json.dumps(told, ensure_ascii=False) and "subject_digest" in told[-1]


async def test_thirty_a_minute_and_no_answer_without_a_record(company, otto, monkeypatch):
    for _ in range(29):
        assert (await ask(otto, "person:anna")).status_code == 200
    answer = await ask(otto, "person:anna")
    assert answer.status_code == 429 and "Try once more in" in answer.text
    assert (await otto.get("/log/1")).status_code == 429
    company.clock.advance(seconds=61)

    async def broken(_work):
        raise StoreUnavailable("full")

    monkeypatch.setattr(company.database, "write", broken)
    answer = await ask(otto, "person:anna")
    assert answer.status_code == 503 and "without a record nothing is done" in answer.text


# ------------------------------------------------------------------ whose log it is


async def test_an_admin_sees_accounts_and_settings_and_no_mail(company, ada):
    await put(company, record("open", message_id=MAIL), record("login"))
    number = len(await company.records()) - 1
    answer = await ask(ada, "person:anna")
    assert [row[2] for row in table(answer)] == ["sign-in"]
    assert MAIL not in answer.text and "Subject of a mail" not in answer.text
    for line in (f"message:{MAIL}", "action:open", "conversation:1"):
        assert (await ask(ada, line)).status_code == 422
    assert (await ada.post("/log/subject", subject="x", q="")).status_code == 422
    assert (await ada.get(f"/log/{number}")).status_code == 404
    assert MAIL not in ada.page.text
    assert "Account added" in (await ask(ada, "action:admin")).text


async def test_staff_have_neither_link_nor_page(anna):
    assert 'href="/log"' not in anna.page.text and 'href="/alarms"' not in anna.page.text
    unknown = (await anna.get("/nothing")).text
    for path in ("/log", "/log/1", "/log/exports", "/log/exports/1", "/alarms", "/alarms/1"):
        answer = await anna.get(path)
        assert (answer.status_code, answer.text) == (404, unknown)


# ------------------------------------------------------------------ one record


async def test_one_record_its_neighbours_its_proof(company, otto, tmp_path):
    await put(company, record("open", message_id=MAIL, origin=PC, detail={"what": "BODY[]"}))
    number = len(await company.records())
    answer = await otto.get(f"/log/{number}")
    assert "It follows from the record before it ✓" in answer.text
    assert MAIL in answer.text and "Thunderbird 140" in answer.text and "BODY[]" in answer.text
    assert len(re.findall(r'href="/log/\d+"', answer.text)) >= 5
    answer = await otto.post(f"/log/{number}/proof")
    dids = [one.detail["did"] for one in await company.records(action="audit")]
    assert dids[-2:] == ["record", "proof"]
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.content)["proof"].startswith(f"access log head: {number} ")
    (tmp_path / "proof.json").write_bytes(answer.content)
    kept = anchor_of(tmp_path / "proof.json")  # as ``proxyd audit verify --anchor`` reads it
    assert kept.number == number
    actor = Actor("root@cli")
    assert (await Audit(company.database).verify(by=actor, anchor=kept)).fault is None
    with closing(sqlite3.connect(company.database.file, isolation_level=None)) as connection:
        connection.execute("DELETE FROM log WHERE number >= ?", (number,))
    fault = (await Audit(company.database).verify(by=actor, anchor=kept)).fault
    assert fault is not None and fault.number == number
    for path in ("/log/0", "/log/x", "/log/9999999", "/log/" + "9" * 30, "/log/٣"):
        assert (await otto.get(path)).status_code == 404


async def test_a_log_that_was_tampered_with_is_red_on_each_of_its_pages(company, otto, ada):
    await put(company, *(record("open") for _ in range(5)))
    last = len(await company.records())
    with closing(sqlite3.connect(company.database.file, isolation_level=None)) as connection:
        connection.execute("UPDATE log SET actor = 'ben' WHERE number = ?", (last - 3,))
    await company.log.watch.look()
    for path in ("/log", "/log/exports", f"/log/{last}", "/alarms"):
        answer = await otto.get(path)
        told = otto.told("tampered")
        assert f"The first bad record is {last - 3}." in told, path
        assert "Verified to" not in answer.text
    assert "tampered" in (await ada.get("/alarms")).text
    assert "does not follow" in (await otto.get(f"/log/{last - 3}")).text


# ------------------------------------------------------------------ exports


async def finished(company):
    await asyncio.gather(*company.services.exports._tasks.values())


def export_fields(answer):
    names = ("q", "subject", "since_us", "until_us", "last")
    form = answer.text.partition('action="/log/exports"')[2]
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in names}
    return {name: html.unescape(text) for name, text in found.items()}


async def test_an_export_has_what_the_screen_had(company, otto):
    await put(company, *(record("open", client) for client in ("anna", "=cmd()", "佐藤")))
    answer = await ask(otto, "action:open")
    await put(company, record("open", "late"))
    answer = await otto.post("/log/exports", kind="csv", **export_fields(answer))
    assert "The export was accepted" in answer.text
    await finished(company)
    answer = await otto.get("/log/exports")
    (path,) = re.findall(r'href="(/log/exports/\d+)"', answer.text)
    assert "3 records, " in answer.text and "action:open" in answer.text
    answer = await otto.get(path)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r"attachment; filename\*=UTF-8''access-log-\d{8}T\d{6}Z\.csv",
        answer.headers["content-disposition"],
    )
    text = answer.content.decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:], newline="")))
    assert [row["actor"] for row in rows] == ["anna", "'=cmd()", "佐藤"]
    dids = [one.detail["did"] for one in await company.records(action="audit")]
    assert dids[-2:] == ["export", "export fetched"]


async def test_an_export_asks_who_is_there_and_keeps_what_was_asked(company, otto):
    await put(company, record("open"))
    fields = export_fields(await ask(otto, "action:open"))
    company.clock.advance(seconds=STEP_UP_S)
    answer = await otto.post("/log/exports", kind="jsonl", **fields)
    assert answer.status_code == 401 and 'value="action:open"' in answer.text
    assert await company.services.exports.of(await company.account("otto")) == []
    answer = await otto.post("/log/exports", kind="jsonl", confirm_password=PASSWORD, **fields)
    assert "The export was accepted" in answer.text
    await finished(company)
    ((export, _),) = await company.services.exports.of(await company.account("otto"))
    assert (export.kind, export.question, export.rows) == ("jsonl", "action:open", 1)
    ada = company.browser()
    await ada.sign_in("ada")
    assert (await ada.get(f"/log/exports/{export.id}")).status_code == 404
    await otto.get("/log/exports")
    answer = await otto.post("/log/exports/remove", number=str(export.id))
    assert "The export was removed" in answer.text and "No export yet" in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "exe"},
        {"last": ""},
        {"until_us": "x"},
        {"q": "nonsense"},
    ],
)
async def test_what_no_page_of_ours_sends_is_no_export(company, otto, fields):
    good = {"q": "", "subject": "", "since_us": "1", "until_us": "2", "last": "3", "kind": "csv"}
    answer = await otto.post("/log/exports", **{**good, **fields})
    assert answer.status_code == 422 and "is no longer known" in answer.text


# ------------------------------------------------------------------ alarms


def trouble(what="provider-trouble"):
    return LogRecord("alarm", mailbox="support", detail={"what": what, "kind": "provider"})


def copied(actor="anna"):
    facts = {"what": "copied-much", "mails": 2300, "usual": 40}
    return LogRecord("alarm", actor=actor, mailbox="support", detail=facts)


async def test_an_alarm_names_what_to_do_and_who_has_seen_it(company, ada):
    assert "All well." in (await ada.get("/alarms")).text
    company.log.alarms._troubles = None  # the log alone is asked
    await put(company, trouble(), trouble("provider-well"), trouble(), copied())
    answer = await ada.get("/alarms")
    assert "now 2 · seen 0 · over 0" in answer.text
    assert 'href="/mailboxes/support/password"' in answer.text
    assert 'href="/people/anna/leave"' in answer.text
    assert "2 times since" in answer.text and "2300 mails of \u2068support\u2069" in answer.text
    paths = re.findall(r'action="(/alarms/\d+/seen)"', answer.text)
    answer = await ada.post(paths[0])
    assert "now 1 · seen 1 · over 0" in answer.text
    assert "Seen by \u2068ada\u2069" in answer.text
    one = paths[1].removesuffix("/seen")
    answer = await ada.get(one)
    assert "What to do" in answer.text
    answer = await ada.post(f"{one}/silence", days="7")
    assert "The alarm is silenced" in answer.text and "Silenced by \u2068ada\u2069" in answer.text
    dids = [one.detail["did"] for one in await company.records(action="admin")]
    assert dids[-2:] == ["alarm seen", "alarm silenced"]
    await ada.get(one)
    assert (await ada.post(f"{one}/silence", days="400")).status_code == 404


async def test_an_auditor_s_alarms_lead_to_the_accesses(company, otto):
    await put(company, trouble(), copied("anna"))
    answer = await otto.get("/alarms")
    assert "now 1 · seen 0" in answer.text and "/mailboxes/" not in answer.text
    assert "/people/" not in answer.text
    (path,) = re.findall(r'class="button" href="(/log\?[^"]+)"', answer.text)
    answer = await otto.get(html.unescape(path))
    assert answer.status_code == 200 and 'value="anna"' in answer.text


# ------------------------------------------------------------------ hostile names, and size


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_text_on_every_page(company, otto, name):
    origin = Origin("imap", name, name, name)
    about = {"mailbox": name, "message_id": name, "view": name, "origin": origin}
    facts = {"what": name, "did": name, "login": name, "question": name}
    await put(
        company,
        record("open", name, **about, detail=facts),
        record(name, name, outcome=name, detail=facts),
        record("admin", name, detail=facts, **about),
        record("audit", name, detail=facts),
        LogRecord("alarm", actor=name, mailbox=name, detail={"what": "copied-much", **about}),
        LogRecord("alarm", actor=name, mailbox=name, detail={"what": name}),
        trouble(),
    )
    last = len(await company.records())
    line = written(LogQuestion(client=name.strip().replace("\n", " ")))
    ada = company.browser()
    await ada.sign_in("ada")
    pages = [
        *[await otto.get(f"/log/{last - n}") for n in range(7)],
        await ask(otto, line),
        await ask(otto, name),
        await otto.get(f"/log?person={quote(name)}&address={quote(name)}"),
        await otto.post("/log/subject", subject=name.replace("\n", ""), q=""),
        await otto.get("/log"),
        await otto.get("/alarms"),
        await ada.get("/alarms"),
        await ada.get(f"/alarms/{last - 1}"),
    ]
    for page in pages:
        assert page.status_code in (200, 422), page.url
        for bad in ("<b>x", "<script>alert", "alert(1)</script>", ">49<"):
            assert bad not in page.text, page.url
        # What somebody typed stays in its field; what the log has shows what is in it.
        assert "\u202e" not in re.sub(r'value="[^"]*"', "", page.text) or page.status_code == 422


async def test_a_full_page_is_small(company, otto):
    name = "x" * 200
    origin = Origin("imap", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", name)
    about = {"message_id": "m" * 500, "mailbox": "m" * 20, "origin": origin}
    await put(company, *(record("open", "p" * 20, **about) for _ in range(60)))
    answer = await ask(otto, "action:open")
    assert len(table(answer)) == 50 and len(answer.content) <= 30 * 1024
