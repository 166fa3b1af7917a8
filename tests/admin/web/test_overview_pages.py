"""The overview: complete without script, and the same in words as what it hears while open."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import pytest

from admin.web.overview.pages import told
from admin.web.overview.shown import first_wrong, values
from admin.web.words import said
from proxyd.domain.types import Account, Right, Role
from proxyd.domain.web_session import IDLE_S
from proxyd.service.overview.live import LiveMoment
from proxyd.service.overview.overview import LogNow, MailboxNow, Snapshot, part_for
from proxyd.service.overview.provider_now import Ailment, ProviderNow
from tests.admin.web.conftest import BY
from tests.bench.response_times import SUPPORT
from tests.service.reports.work import put_work


async def support(company):
    return await company.database.read(lambda tx: tx.mailboxes.find("support"))


def provider(ailment=Ailment.NONE, up=True):
    return ProviderNow(ailment, up, 1, 1, 2, 3)


def cells(page: str) -> dict[str, str]:
    found = re.findall(r'data-live="([a-z0-9-]+)">([^<]*)<', page)
    return {key: html.unescape(text) for key, text in found}


async def test_staff_see_their_own_mailboxes_and_admins_all(company):
    sales = replace(await support(company), name="sales")
    await company.database.write(lambda tx: tx.mailboxes.add(sales, b"sealed"))
    for number in range(3):
        await put_work(company.database, "open", overdue=number == 0, waits_us=1)
    anna, ada = company.browser(), company.browser()
    page = (await anna.sign_in("anna")).text
    told_to = cells(page)
    assert (told_to["m1-open"], told_to["m1-overdue"]) == ("3", "1")
    assert "sales" not in page and "alarms" not in told_to and "/alarms" not in page
    page = (await ada.sign_in("ada")).text
    assert {"m1-open", "m2-open", "alarms", "log"} <= cells(page).keys() and "sales" in page
    assert not [word for word in ("@example", "Message-ID") if word in page]


async def test_who_has_none_yet(company):
    await company.services.people.revoke("anna", "support", by=BY)
    browser = company.browser()
    assert "You have a right on no mailbox yet" in (await browser.sign_in("anna")).text
    await company.database.write(lambda tx: tx.mailboxes.remove(1))
    company.clock.advance(seconds=1)
    page = (await company.browser().sign_in("ada")).text
    assert "No mailbox yet." in page and 'href="/mailboxes/add"' in page


async def test_an_auditor_begins_elsewhere(company):
    browser = company.browser()
    await browser.sign_in("otto")
    answer = await browser.client.get("/", headers={"sec-fetch-site": "none"})
    assert answer.status_code == 303 and answer.headers["location"] != "/"
    assert (await browser.get("/live")).status_code == 404


async def test_the_first_thing_that_is_wrong_stands_on_top(company, provider_facts):
    anna, ada = company.browser(), company.browser()
    await put_work(company.database, "open", overdue=True)
    page = (await anna.sign_in("anna")).text
    assert "1 overdue" in page and 'href="/conversations?mailbox=support&amp;overdue=on"' in page
    provider_facts[1] = provider(Ailment.REFUSED, up=False)
    company.clock.advance(seconds=1)
    page = (await ada.sign_in("ada")).text
    assert "the provider refuses the password" in page
    assert 'href="/mailboxes/support/password"' in page
    page = (await anna.get("/")).text
    assert "the provider refuses the password" in page and "/password" not in page


async def test_what_is_heard_is_what_stands_there(company, provider_facts):
    provider_facts[1] = provider()
    await put_work(company.database, "open", overdue=True, waits_us=1)
    anna = company.browser()
    page = (await anna.sign_in("anna")).text
    answer = await anna.get("/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    kind, data = answer.text.strip().split("\n")
    assert kind == "event: now"
    facts = json.loads(data.removeprefix("data: "))
    shown = cells(page)
    assert shown == {key: text for key, text in facts["values"].items() if key != "at"}
    assert facts["shape"] == html.unescape(re.search(r'data-shape="([^"]*)"', page)[1])
    bars = re.findall(r'y="([\d.]+)" width="[\d.]+" height="([\d.]+)" data-bar', page)
    assert [[float(y), float(height)] for y, height in bars] == facts["bars"]


async def test_listening_makes_no_session_last_longer(company):
    anna = company.browser()
    await anna.sign_in("anna")
    for _ in range(2):
        company.clock.advance(seconds=IDLE_S // 2 - 1)
        assert (await anna.get("/live")).status_code == 200
    company.clock.advance(seconds=2)
    assert (await anna.get("/live")).headers["location"].startswith("/sign-in")


NAMES = ["<b>x</b>\"'", "\u202egnp.exe", "あ" * 200, "a\nb", "{{7*7}}"]


def moment(name="support", at_us=1_790_000_000_000_000, **facts) -> LiveMoment:
    account = Account(1, "anna", "Anna", Role.STAFF, disabled=False, grants={1: Right.READ})
    mailbox = replace(SUPPORT, id=1, name=name)
    fields = {
        "open": 1, "working": 0, "overdue": 0, "oldest_us": None, "answered_us": (),
        "arrivals": (0,) * 24, "provider": provider(),
    }  # fmt: skip
    now = MailboxNow(mailbox, **{**fields, **facts})
    return LiveMoment(account, Snapshot(at_us, (now,), 0, LogNow(None)), {})


async def heard(moments):
    async def each():
        for one in moments:
            yield one

    return [event.decode() async for event in told("en", each())]


async def test_only_what_is_another_is_told_and_a_sign_of_life_now_and_then():
    events = await heard([moment(), moment(), moment(open=2)])
    kinds = [event.partition("\n")[0] for event in events]
    assert kinds == ["event: now", "event: alive", "event: now"]
    assert all(event.count("\n") == 3 and event.endswith("\n\n") for event in events)


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_name_is_no_line_of_its_own(name):
    (event,) = await heard([moment(name, overdue=1)])
    assert event.count("\n") == 3
    facts = json.loads(event.split("\n")[1].removeprefix("data: "))
    assert name in facts["wrong"][0]
    path = facts["wrong"][1]
    assert path.startswith("/conversations?mailbox=") and not set(path) & set("<>\"' \n")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("ailment", Ailment)
def test_each_ailment_has_its_words(language, ailment):
    seen = part_for(moment().account, moment(provider=provider(ailment, not ailment)).snapshot)
    assert values(language, seen)["m1-provider"]
    wrong = first_wrong(language, Role.ADMIN, seen)
    urgent = ailment in (Ailment.REFUSED, Ailment.DOWN, Ailment.INBOX, Ailment.LEAVING)
    assert bool(wrong.text) == urgent and bool(wrong.path) == (ailment is Ailment.REFUSED)


def test_a_log_that_was_tampered_with_comes_before_everything():
    admin = replace(moment().account, role=Role.ADMIN)
    snapshot = replace(moment(overdue=3).snapshot, log=LogNow(1, tampered=True))
    seen = part_for(admin, snapshot)
    assert first_wrong("en", Role.ADMIN, seen).text == said("en", "wrong.tampered")
    assert values("en", seen)["log"] == said("en", "overview.tampered")
