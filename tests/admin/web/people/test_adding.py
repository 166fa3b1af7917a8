"""One more person, and what to hand over (admin/web/people/adding.py, once.py)."""

from __future__ import annotations

import html
import io
import re
import zipfile

import pytest

from proxyd.domain.errors import SignInFailed, StoreUnavailable
from proxyd.domain.types import Origin, Right, Role
from proxyd.domain.web_session import STEP_UP_S
from tests.admin.web.conftest import BY, PASSWORD


@pytest.fixture
async def ada(browser):
    await browser.sign_in("ada")
    await browser.get("/people/add")
    return browser


def password_in(page):
    return re.findall(r'<code class="secret"[^>]* id="password">([^<]+)<', page.text)[0]


def secrets_in(page):
    found = re.findall(r'name="(secret\.[^"]+)" value="([^"]*)"', page.text)
    return {name: html.unescape(text) for name, text in found}


async def test_the_only_mailbox_is_chosen_already(ada):
    assert "<option selected>support</option>" in ada.page.text


async def test_a_name_is_enough_and_the_sheet_is_the_answer(ada, company):
    page = await ada.post("/people/add", name="Chika Ueda", mailbox="support", right="respond")
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    password = password_in(page)
    account = await company.account("chika.ueda")
    assert (account.role, list(account.grants.values())) == (Role.STAFF, [Right.RESPOND])
    told = html.unescape(page.text)
    assert f"chika.ueda:{password}" in told and "support@example.test" in told
    assert "mail.example.test" in told and "993" in told and "Thunderbird" in told
    came = await company.services.accounts.sign_in(
        "support@example.test", f"chika.ueda:{password}", Origin("imap")
    )
    assert came.login == "chika.ueda"
    assert len(page.content) < 30_000


async def test_the_password_is_nowhere_but_in_that_answer(ada, company):
    page = await ada.post("/people/add", name="Chika Ueda", mailbox="support", right="read")
    password = password_in(page)
    assert password not in str(await company.records())
    for path in ("/people", "/people/add", "/people/chika.ueda"):
        assert password not in (await ada.get(path)).text


async def test_one_file_to_hand_over_has_the_sheet_with_the_password(ada, company):
    page = await ada.post("/people/add", name="Chika Ueda", mailbox="support", right="respond")
    password = password_in(page)
    answer = await ada.post("/people/file", **secrets_in(page))
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''proxyd-chika.ueda.zip"
    )
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        sheet = archive.read("chika.ueda/sheet.html").decode()
        assert archive.read("chika.ueda/sheet.pdf").startswith(b"%PDF")
    assert f"chika.ueda:{password}" in sheet
    assert {"README.txt", "chika.ueda/chika.ueda.mobileconfig"} <= set(names)
    (record,) = [
        one for one in await company.records(action="admin") if one.detail["did"] == "client setup"
    ]
    assert (record.actor, record.detail["logins"]) == ("ada", ["chika.ueda"])
    assert password not in str(record)


async def test_a_file_for_nobody_is_not_there(ada):
    assert (await ada.post("/people/file")).status_code == 404
    await ada.get("/people/add")
    assert (await ada.post("/people/file", **{"secret.otto": "x"})).status_code == 404


async def test_who_reads_no_mail_gets_login_and_password_alone(ada, company):
    page = await ada.post("/people/add", name="Rei", role="auditor")
    assert (await company.account("rei")).role is Role.AUDITOR
    assert password_in(page) and "sees no mail yet" in page.text
    assert "/people/file" not in page.text


async def test_where_the_sheet_can_t_be_made_the_password_is_shown_all_the_same(
    ada, company, monkeypatch
):
    async def failing(_secrets):
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(type(company.services.setup_kit), "sheets", lambda _, s: failing(s))
    page = await ada.post("/people/add", name="Chika Ueda", mailbox="support", right="respond")
    password = password_in(page)
    await company.services.accounts.sign_in("chika.ueda", password, Origin("web"))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Write a name."),
        ({"name": "x" * 81}, "Write at most 80 characters."),
        ({"name": "佐藤花子"}, "Write a login: this name has letters of which none can be made."),
        ({"name": "A", "login": "a b"}, "Write 1 to 63 of a-z 0-9 . _ -"),
        ({"name": "A", "login": "anna"}, "anna\u2069 is taken. \u2068anna2\u2069 is free."),
        ({"name": "A", "mailbox": "none"}, "Choose a shared mailbox and a right."),
        ({"name": "A", "mailbox": "support", "role": "auditor"}, "An auditor reads no mail"),
        ({"name": "a\u202eb", "login": "a"}, "There are characters that can't be seen."),
    ],
)
async def test_what_is_refused_is_told_and_what_was_typed_stays(ada, company, typed, told):
    before = await company.services.people.all()
    page = await ada.post("/people/add", **typed)
    assert page.status_code == 422 and told in html.unescape(page.text)
    assert f'value="{typed["name"]}"' in page.text
    assert await company.services.people.all() == before


async def test_a_login_made_of_the_name_is_the_next_free_one(ada, company):
    await company.services.people.add("chika.ueda", "Chika Uéda", by=BY)
    await ada.post("/people/add", name="Chika Ueda")
    assert (await company.account("chika.ueda2")).name == "Chika Ueda"


async def test_a_form_that_is_sent_twice_adds_one_person(ada, company):
    await ada.post("/people/add", name=" Chika  Ueda ")
    await ada.get("/people/add")
    page = await ada.post("/people/add", name=" Chika  Ueda ")
    assert page.status_code == 422 and "chika.ueda2\u2069 is free." in page.text
    assert "chika.ueda2" not in await company.services.directory.logins()


async def test_after_five_minutes_what_was_typed_is_kept(ada, company):
    company.clock.advance(seconds=STEP_UP_S)
    page = await ada.post("/people/add", name="Chika Ueda", mailbox="support", right="manage")
    assert page.status_code == 401 and 'name="name" value="Chika Ueda"' in page.text
    fields = {"name": "Chika Ueda", "mailbox": "support", "right": "manage"}
    page = await ada.post("/people/add", confirm_password=PASSWORD, **fields)
    assert page.status_code == 200 and password_in(page)


async def test_who_is_called_add_has_a_page_too(ada, company):
    await ada.post("/people/add", name="Add")
    page = await ada.get("/people")
    assert 'href="/people/add/page"' in page.text
    page = await ada.get("/people/add/page")
    assert "<bdi>Add</bdi>" in page.text and "/people/add/password" in page.text
    await ada.post("/people/add/name", name="Adelheid")
    assert "<bdi>Adelheid</bdi>" in ada.page.text and "The name is changed." in ada.page.text


async def test_the_old_password_opens_nothing_after_a_new_one(ada, company):
    await ada.get("/people/anna")
    page = await ada.post("/people/anna/password")
    password = password_in(page)
    with pytest.raises(SignInFailed):
        await company.services.accounts.sign_in("anna", PASSWORD, Origin("imap"))
    await company.services.accounts.sign_in("anna", password, Origin("imap"))
    assert "New password" in page.text and secrets_in(page) == {"secret.anna": password}
