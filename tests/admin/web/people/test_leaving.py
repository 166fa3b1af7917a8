"""Somebody leaves, and comes back (admin/web/people/leaving.py)."""

from __future__ import annotations

import html
import re

import pytest

from admin.web.people.leaving import MOST_ROWS
from proxyd.domain.errors import SignInFailed
from proxyd.domain.types import Origin, Right
from tests.admin.web.conftest import BY, PASSWORD
from tests.admin.web.test_own_pages import connected


@pytest.fixture
async def ada(browser, company):
    await company.services.people.add(
        "chika", "Chika Ueda", by=BY, grants={"support": Right.MANAGE}, password=PASSWORD
    )
    await company.services.people.add(
        "rei", "Rei", by=BY, grants={"support": Right.READ}, password=PASSWORD
    )
    await browser.sign_in("ada")
    return browser


async def conversations(company, login, count, status="open"):
    """So many of theirs, by number."""
    account = await company.account(login)

    def put(tx):
        first = tx.mail.next_id("conversations")
        rows = [
            {
                "id": first + n,
                "mailbox_id": 1,
                "status": status,
                "assignee_id": account.id,
                "changed_us": 1,
            }
            for n in range(count)
        ]
        tx.mail.add("conversations", rows)
        return [row["id"] for row in rows]

    return await company.database.write(put)


def options(page, name):
    select = page.text.partition(f'name="{name}"')[2].partition("</select>")[0]
    return re.findall(r'<option value="([^"]*)"', select)


async def to_whom(company, login):
    """As whoever serves the mailbox is told: by conversation."""
    account = await company.account(login)
    rows = await company.database.read(lambda tx: tx.leavers.of_mailbox(1))
    people = await company.services.people.all()
    names = {one.account.id: one.account.login for one in people}
    return {row.conversation: names.get(row.to, "") for row in rows if row.account_id == account.id}


async def test_what_is_in_their_hands_stands_there_before_anything_is_done(ada, company):
    await connected(company, "anna", PASSWORD)
    await conversations(company, "anna", 3)
    await conversations(company, "anna", 2, status="done")
    page = await ada.get("/people/anna/leave")
    told = html.unescape(page.text)
    assert "Open connections that end at once: 1" in told and "Open conversations: 3" in told
    assert options(page, "rest") == ["", "ben", "chika"], "nobody who only reads"
    assert not (await company.account("anna")).disabled
    asked = [one.detail for one in await company.records(action="audit")]
    assert asked[-1] == {"did": "belongings", "login": "anna"}


async def test_one_button_shuts_out_and_hands_over(ada, company):
    client = await connected(company, "anna", PASSWORD)
    phone = company.browser()
    await phone.sign_in("anna")
    await company.services.app_passwords.add("anna", "iPhone", by=BY)
    await conversations(company, "anna", 4)
    await ada.get("/people/anna/leave")
    page = await ada.post("/people/anna/leave", rest="chika")
    told = html.unescape(page.text).replace("\u2068", "").replace("\u2069", "")
    assert "Anna Sato has left" in told
    assert "Ended: 1 connections of mail programs, 1 browsers." in told
    assert "1 application passwords" in told and "Conversations now with chika: 4" in told
    assert "The hand-over is under way" in told, "nobody serves the mailbox here"
    assert client.ended == "disabled"
    assert (await phone.get("/me")).headers["location"].startswith("/sign-in")
    assert await to_whom(company, "anna") == {None: "chika"}
    with pytest.raises(SignInFailed):
        await company.services.accounts.sign_in("anna", PASSWORD, Origin("imap"))
    (record,) = [
        one for one in await company.records(action="admin") if one.detail["did"] == "user leave"
    ]
    assert (record.actor, record.origin.door) == ("ada", "web")


async def test_a_second_time_there_is_nothing_to_do(ada, company):
    await ada.get("/people/anna/leave")
    await ada.post("/people/anna/leave")
    page = await ada.post("/people/anna/leave")
    assert "Has left already" in page.text and "Ended:" not in page.text


async def test_that_nobody_is_left_who_can_approve_is_said(ada, company):
    people = company.services.people
    await people.grant("ben", "support", Right.RESPOND_WITH_APPROVAL, by=BY)
    assert "who can give it" not in (await ada.get("/people")).text
    await ada.get("/people/chika/leave")
    page = await ada.post("/people/chika/leave")
    assert "support\u2069: mails wait for approval there (0 now)" in page.text
    assert "who can give it" in (await ada.get("/people")).text


async def test_one_by_one(ada, company):
    first, second, third = await conversations(company, "anna", 3)
    page = await ada.get("/people/anna/leave?each")
    assert options(page, f"heir.{first}") == ["", "-", "ben", "chika"]
    heirs = {f"heir.{first}": "chika", f"heir.{second}": "-", f"heir.{third}": ""}
    page = await ada.post("/people/anna/leave", rest="ben", **heirs)
    told = html.unescape(page.text).replace("\u2068", "").replace("\u2069", "")
    assert "now with chika: 1" in told and "now unassigned: 1" in told and "now with ben: 1" in told
    assert await to_whom(company, "anna") == {None: "ben", first: "chika", second: ""}


@pytest.mark.parametrize(
    "typed",
    [{"rest": "rei"}, {"rest": "anna"}, {"heir.4711": "ben"}, {"heir.x": "ben"}],
)
async def test_what_has_changed_meanwhile_is_looked_at_once_more(ada, company, typed):
    await conversations(company, "anna", 1)
    await ada.get("/people/anna/leave")
    page = await ada.post("/people/anna/leave", **typed)
    assert page.status_code == 422 and "nothing was done" in page.text
    assert not (await company.account("anna")).disabled


async def test_a_colleague_that_is_none_any_more_is_no_page(ada, company):
    await conversations(company, "anna", 1)
    await ada.get("/people/anna/leave")
    assert (await ada.post("/people/anna/leave", rest="nobody")).status_code == 404
    assert not (await company.account("anna")).disabled


async def test_a_great_many_stay_a_small_page_and_none_is_forgotten(ada, company):
    numbers = await conversations(company, "anna", MOST_ROWS + 10)
    page = await ada.get("/people/anna/leave?each")
    assert f"Here are the first {MOST_ROWS};" in page.text and len(page.content) < 30_000
    page = await ada.post("/people/anna/leave", rest="ben", **{f"heir.{numbers[0]}": "chika"})
    told = html.unescape(page.text).replace("\u2068", "").replace("\u2069", "")
    assert f"now with ben: {MOST_ROWS + 9}" in told and "now with chika: 1" in told


async def test_nobody_leaves_by_their_own_hand(ada, company):
    assert (await ada.get("/people/ada/leave")).headers["location"] == "/people/ada"
    await ada.get("/people/ada")
    await ada.post("/people/ada/leave")
    assert not (await company.account("ada")).disabled


async def test_the_way_back_is_a_new_password_shown_once(ada, company):
    await ada.get("/people/anna/leave")
    await ada.post("/people/anna/leave")
    await ada.get("/people/anna")
    assert "Left on" in ada.page.text and "/people/anna/let-in" not in ada.page.text
    page = await ada.post("/people/anna/return")
    told = html.unescape(page.text)
    assert "may sign in again" in told and "Not given back:" in told
    (password,) = re.findall(r'id="password">([^<]+)<', page.text)
    with pytest.raises(SignInFailed):
        await company.services.accounts.sign_in("anna", PASSWORD, Origin("imap"))
    await company.services.accounts.sign_in("anna", password, Origin("imap"))
    await ada.get("/people/anna")
    again = await ada.post("/people/anna/return")
    assert 'id="password"' not in again.text, "who may come in already gets none"


async def test_who_has_left_is_not_let_in_with_a_password_that_nobody_knows(ada, company):
    await ada.get("/people/anna/leave")
    await ada.post("/people/anna/leave")
    await ada.get("/people/anna")
    await ada.post("/people/anna/let-in")
    assert (await company.account("anna")).disabled
