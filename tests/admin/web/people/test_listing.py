"""Everybody, a page at a time, and several at once (admin/web/people/listing.py, several.py)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from proxyd.domain.errors import SignInFailed
from proxyd.domain.types import Origin, Right, Role
from proxyd.service.actor import Actor
from proxyd.service.admin.people_directory import PAGE
from tests.admin.web.conftest import BY, PASSWORD

ADA = Actor("ada", Origin("web"))


@pytest.fixture
async def ada(browser):
    await browser.sign_in("ada")
    return browser


def logins(page):
    return re.findall(r'name="tick\.([^"]+)"', page.text)


def links(page):
    return dict(re.findall(r'<a href="([^"]+)" rel="(prev|next)"', page.text))


async def test_everybody_with_role_rights_and_last_sign_in(ada):
    page = await ada.get("/people")
    assert logins(page) == ["ada", "anna", "ben", "otto"]
    row = page.text.partition('name="tick.anna"')[2].partition("</tr>")[0]
    assert "<bdi>Anna Sato</bdi>" in row and "<bdi>support</bdi>: respond" in row
    assert "never" in row
    own = page.text.partition('name="tick.ada"')[2].partition("</tr>")[0]
    assert "WEB" in own and "192.0.2.7" in own
    assert len(page.content) < 30_000


async def test_looking_is_on_record_before_the_answer(ada, company):
    before = len(await company.records(action="audit"))
    await ada.get("/people")
    await ada.get("/people/anna")
    told = [one.detail for one in await company.records(action="audit")][before:]
    assert told == [{"did": "people"}, {"did": "person", "login": "anna"}]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=sato", ["anna"]),
        ("q=SUPPORT", ["anna", "ben"]),
        ("role=auditor", ["otto"]),
        ("mailbox=support", ["anna", "ben"]),
        ("state=shut-out", []),
        ("role=nonsense&state=nonsense", ["ada", "anna", "ben", "otto"]),
        ("q=%3Cscript%3E", []),
    ],
)
async def test_who_is_looked_for(ada, asked, found):
    page = await ada.get(f"/people?{asked}")
    assert page.status_code == 200 and logins(page) == found
    assert ("Nobody fits." in page.text) == (not found)


async def test_only_you_so_far(ada, company):
    for login in ("anna", "ben", "otto"):
        await company.services.people.remove(login, by=BY)
    assert "Only you so far." in (await ada.get("/people")).text


async def test_a_page_at_a_time(ada, company):
    for number in range(PAGE):
        await company.services.people.add(f"p{number:02}", f"P {number}", by=BY)
    first = await ada.get("/people?q=&role=staff")
    (turn,) = links(first)
    assert links(first)[turn] == "next" and len(logins(first)) == PAGE
    second = await ada.get(turn.replace("&amp;", "&"))
    assert logins(second) == ["p23", "p24"] and "role=staff" in urlsplit(turn).query
    (back,) = links(second)
    assert logins(await ada.get(back.replace("&amp;", "&"))) == logins(first)
    assert len(first.content) < 30_000


# ------------------------------------------------------------------ several at once


async def test_a_right_for_several_and_why_not_for_one(ada, company):
    await company.services.people.revoke("ben", "support", by=BY)
    await ada.get("/people")
    ticks = {f"tick.{login}": "on" for login in ("anna", "ben", "otto", "nobody")}
    page = await ada.post("/people/several/grant", mailbox="support", right="manage", **ticks)
    rows = re.findall(r"<code>(\w+)</code>.*?<td>(.) ([^<]+)</td>", page.text)
    assert [(login, mark) for login, mark, _ in rows] == [
        ("anna", "✓"),
        ("ben", "✓"),
        ("nobody", "✗"),
        ("otto", "✗"),
    ]
    assert "auditor" in rows[3][2]
    for login in ("anna", "ben"):
        assert list((await company.account(login)).grants.values()) == [Right.MANAGE]


async def test_shut_out_at_once_and_never_oneself(ada, company):
    await ada.get("/people")
    page = await ada.post("/people/several/shut-out", **{"tick.anna": "on", "tick.ada": "on"})
    assert "That is you" in page.text
    assert (await company.account("anna")).disabled
    assert not (await company.account("ada")).disabled
    assert logins(await ada.get("/people?state=shut-out")) == ["anna"]


async def test_new_passwords_are_asked_for_twice_and_shown_once(ada, company):
    await ada.get("/people")
    ticks = {"tick.anna": "on", "tick.ben": "on"}
    page = await ada.post("/people/several/passwords", **ticks)
    assert "New passwords for 2 people" in page.text
    await company.services.accounts.sign_in("anna", PASSWORD, Origin("imap"))
    page = await ada.post("/people/several/passwords", sure="on", **ticks)
    shown = dict(re.findall(r"<code>(anna|ben)</code></td><td><code[^>]*>([^<]+)<", page.text))
    assert shown.keys() == {"anna", "ben"} and page.headers["cache-control"] == "no-store"
    for login, password in shown.items():
        with pytest.raises(SignInFailed):
            await company.services.accounts.sign_in(login, PASSWORD, Origin("imap"))
        await company.services.accounts.sign_in(login, password, Origin("imap"))
    assert shown["anna"] not in (await ada.get("/people")).text
    assert shown["anna"] not in str(await company.records())
    await ada.get("/people")


@pytest.mark.parametrize("what", ["grant", "shut-out", "passwords"])
async def test_nobody_chosen_changes_nothing(ada, company, what):
    await ada.get("/people")
    before = await company.records(action="admin")
    page = await ada.post(f"/people/several/{what}", mailbox="support", right="read", sure="on")
    assert page.status_code == 422 and "Choose at least one person." in page.text
    page = await ada.post("/people/several/grant", mailbox="", **{"tick.anna": "on"})
    assert page.status_code == 422 and 'name="tick.anna" value="on"' in page.text
    assert await company.records(action="admin") == before


async def test_many_are_no_more_than_a_page(ada, company):
    await ada.get("/people")
    ticks = {f"tick.x{number:03}": "on" for number in range(150)}
    page = await ada.post("/people/several/shut-out", **ticks)
    assert page.text.count("There is no such person") == PAGE


# ------------------------------------------------------------------ who may


@pytest.mark.parametrize("role", [Role.STAFF, Role.AUDITOR])
@pytest.mark.parametrize("path", ["/people", "/people/add", "/people/ben", "/people/ben/leave"])
async def test_who_is_no_admin_finds_no_such_page(browser, company, role, path):
    await browser.sign_in({Role.STAFF: "anna", Role.AUDITOR: "otto"}[role])
    page = await browser.get(path)
    assert page.status_code == 404 and page.content == (await browser.get("/nothing")).content
    assert "/people" not in (await browser.get("/me")).text
    looked = [one.detail for one in await company.records(action="audit")]
    assert {"did": "people"} not in looked
