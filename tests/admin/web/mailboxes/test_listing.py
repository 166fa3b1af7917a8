"""All shared mailboxes, and one of them (admin/web/mailboxes/listing.py)."""

from __future__ import annotations

import html
import re

import pytest

from admin.web.mailboxes import listing
from proxyd.domain.types import Right, Trouble
from proxyd.service.admin.mailbox_health import MailboxHealth
from proxyd.service.admin.mailbox_input import MailboxWishes
from tests.admin.web.conftest import BY, MAILBOX_PASSWORD

HOSTILE = "<b>x</b>\"'\u202e" + "x" * 200


async def one_more(company, name):
    domain = f"{name.encode().hex()}.test"
    wanted = MailboxWishes(f"box@{domain}", "imap://u@127.0.0.1:1", "smtp://127.0.0.1:1")
    return await company.services.mailboxes.admin.add(name, wanted, MAILBOX_PASSWORD, by=BY)


async def test_each_with_its_health_and_who_works_there(ada, company):
    here = await company.services.mailboxes.admin.find("support")
    box = await one_more(company, "info")
    company.health[here.id] = MailboxHealth(True, company.clock.now, False, (), "")
    company.health[box.id] = MailboxHealth(False, company.clock.now, False, (), "")
    await one_more(company, "new")
    text = (await ada.get("/mailboxes")).text
    assert re.findall(r"data-row><bdi>(\w+)", text) == ["info", "new", "support"]
    assert text.count("● works") == 1 and text.count("■ can&#39;t be used") == 1
    assert text.count("○ is being started") == 1
    assert '<td class="rank3">2</td>' in text  # anna and ben


async def test_without_any_it_says_what_is_to_be_done(ada, company):
    await company.services.mailboxes.admin.remove("support", by=BY)
    text = (await ada.get("/mailboxes")).text
    assert "No mailbox yet." in text and 'href="/mailboxes/add"' in text


async def test_many_come_page_by_page(ada, company, monkeypatch):
    monkeypatch.setattr(listing, "ROWS", 2)
    for name in ("b 1", "c", "ü"):
        await one_more(company, name)
    shown, path = [], "/mailboxes"
    while path:
        text = (await ada.get(path)).text
        shown += re.findall(r"data-row><bdi>([^<]+)", text)
        found = re.search(r'href="(/mailboxes\?after=[^"]+)"', text)
        path = html.unescape(found[1]) if found else ""
    assert shown == ["b 1", "c", "support", "ü"]


async def test_one_with_all_that_is_known(ada, company):
    admin = company.services.mailboxes.admin
    await admin.set_policy("support", {"delete": "final", "zone": "Asia/Tokyo"}, by=BY)
    await company.services.people.grant("ben", "support", Right.MANAGE, by=BY)
    text = (await ada.get("/mailboxes/support")).text
    assert "imap://support@127.0.0.1:1" in text and "support@example.test" in text
    assert "Is gone for good at once, for everybody." in text
    assert "Time zone: <bdi>Asia/Tokyo</bdi>" in text and "At most 3 to the provider" in text
    assert text.index("Ben Mori") < text.index("Anna Sato")
    assert MAILBOX_PASSWORD not in text and str(len(MAILBOX_PASSWORD)) + " char" not in text


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_what_is_wrong_at_the_provider(ada, company, language):
    here = await company.services.mailboxes.admin.find("support")
    now = company.clock.now
    kinds = ("provider", "listening", "names", "folder", "mails", "leaving", "flags")
    troubles = tuple(Trouble("support", kind, HOSTILE, (), now, False, HOSTILE) for kind in kinds)
    company.health[here.id] = MailboxHealth(True, now, False, troubles, HOSTILE)
    await ada.get("/me")
    await ada.post("/language", language=language, back="/me")
    text = (await ada.get("/mailboxes/support")).text
    assert "<b>" not in text and text.count("&lt;b&gt;x") == 2 * len(kinds) + 1
    assert len(text.encode()) <= 30 * 1024


async def test_a_page_stays_small_however_many_work_there(ada, company, monkeypatch):
    monkeypatch.setattr(listing, "PEOPLE", 1)
    text = (await ada.get("/mailboxes/support")).text
    assert "Anna Sato" in text and "Ben Mori" not in text and "2 people in all." in text


@pytest.mark.parametrize("name", ["nothing", "Support", "%00", "a" * 300])
async def test_what_is_not_there_is_404(ada, name):
    for part in ("", "/test", "/password", "/policy", "/hours", "/rules", "/remove"):
        assert (await ada.get(f"/mailboxes/{name}{part}")).status_code == 404


@pytest.mark.parametrize("login", ["anna", "otto"])
async def test_who_is_no_admin_has_none_of_it(company, login):
    browser = company.browser()
    home = await browser.sign_in(login)
    assert "/mailboxes" not in home.text
    assert (await browser.get("/mailboxes")).text == (await browser.get("/nothing")).text


async def test_names_of_people_are_shown_and_never_read(ada, company):
    await company.services.people.rename("anna", "<b>x</b>\"' {{ 7*7 }} אבג", by=BY)
    text = (await ada.get("/mailboxes/support")).text
    assert "<b>" not in text and "<bdi>&lt;b&gt;x" in text and "{{ 7*7 }} אבג</bdi>" in text
