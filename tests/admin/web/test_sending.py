"""What a form that waits will do is said, and what can't be undone is asked once (sending.py)."""

from __future__ import annotations

import html
import re

import pytest

from admin.web.console import Console
from admin.web.page import Go, WebPage, Who
from admin.web.routes import ROUTES
from admin.web.sending import Forms, says
from admin.web.words import WORDS
from proxyd.domain.types import Role
from proxyd.domain.web_session import IDLE_S, STEP_UP_S
from tests.admin.web.conftest import BY, PASSWORD
from tests.admin.web.test_console import PEOPLE, concrete, field_of

SENT = [row for row in ROUTES if row.method == "POST" and row.who is Who.SIGNED_IN]


def sent(browser):
    """As people read it: without the marks around names."""
    return re.sub("[\u2068\u2069]", "", browser.told("sent"))


def test_each_form_has_its_sentence():
    said = {row.path for row in SENT if row.sends is not None or f"sends.{row.path}" in WORDS}
    assert [row.path for row in SENT if row.path not in said and not row.by_machine] == []


def test_no_sentence_is_of_a_form_that_there_is_not():
    paths = {key.removeprefix("sends.") for key in WORDS if key.startswith("sends./")}
    assert paths <= {row.path for row in SENT if row.sends is None}


@pytest.mark.parametrize("row", SENT, ids=lambda row: row.path)
async def test_it_is_said_before_who_it_is_is_shown_and_after_the_next_sign_in(company, row):
    login = next(login for role, login in PEOPLE.items() if role in row.roles)
    browser = company.browser()
    await browser.sign_in(login)
    fields = {
        field_of(one): ("sesame" if one.secret else "text")[: one.longest] for one in row.form
    }
    path = concrete(row)
    if row.step_up:
        company.clock.advance(seconds=STEP_UP_S)
        await browser.post(path, **fields)
        assert "Show that it is you" in browser.page.text and sent(browser).startswith("This ")
    company.clock.advance(seconds=IDLE_S)
    await browser.post(path, **fields)
    kept = dict(re.findall(r'name="(kept[^"]*)" value="([^"]*)"', browser.page.text))
    assert kept["kept_path"] == path
    await browser.get("/sign-in")
    await browser.post("/sign-in", login=login, password=PASSWORD, **kept)
    assert "Send what you had typed" in browser.page.text and sent(browser).startswith("This ")
    assert "sesame" not in browser.page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "This makes an application password for 会社の PC (IMAP)."),
        ("ja", "会社の PC のアプリパスワード（IMAP）を作成します。"),
    ],
)
async def test_device_and_purpose_are_named(company, language, said):
    browser = company.browser(headers={"user-agent": "x", "accept-language": language})
    await browser.sign_in("anna")
    company.clock.advance(seconds=STEP_UP_S)
    await browser.post("/me/app-passwords", name="会社の PC", imap="on")
    assert sent(browser) == said


async def again(company, login, path, **fields):
    browser = company.browser()
    await browser.get("/sign-in")
    kept = {"kept_path": path, **{f"kept.{name}": text for name, text in fields.items()}}
    await browser.post("/sign-in", login=login, password=PASSWORD, **kept)
    return browser


async def test_a_number_is_told_as_what_it_stands_for_to_who_has_it_alone(company):
    made = await company.services.app_passwords.add("anna", "Phone", by=BY)
    number = str(made.app_password.id)
    path = "/me/app-passwords/revoke"
    browser = await again(company, "anna", path, number=number)
    assert sent(browser).startswith("This revokes the application password of Phone;")
    assert "blockquote" not in browser.page.text
    browser = await again(company, "ben", path, number=number)
    assert "Phone" not in browser.page.text
    assert sent(browser).startswith(f"This revokes the application password of {number};")
    (session,) = await company.services.sessions.of(await company.account("ben"))
    browser = await again(company, "ben", "/me/sessions/end", number=str(session.number))
    assert sent(browser) == "This signs you out there: Firefox 200, 192.0.2.7."


async def test_what_is_no_form_of_theirs_is_not_sent_again(company, place):
    async def handler(_visit):
        return Go("/me")

    admins = frozenset({Role.ADMIN})
    row = WebPage("POST", "/x/{name}", handler, roles=admins, sends=says("sends.password"))
    company.console = Console(company.services, place, (*ROUTES, row))
    for login, path in (("anna", "/nothing"), ("anna", "/me"), ("anna", "/x/y")):
        browser = await again(company, login, path, x="1")
        assert browser.page.url.path == "/" and (await browser.get("/me")).status_code == 200
    browser = await again(company, "ada", "/x/y")
    assert "Send what you had typed" in browser.page.text


async def test_what_no_form_would_take_is_left_out(company):
    fields = {"name": "x" * 500, "imap": "on", "more": "something else"}
    browser = await again(company, "anna", "/me/app-passwords", **fields)
    text = browser.page.text
    assert "something else" not in text and "xxxx" not in text and 'name="imap"' in text


def test_a_form_is_found_by_its_path():
    async def handler(_visit):
        return Go("/")

    one, other = WebPage("POST", "/a/{name}", handler), WebPage("GET", "/b", handler)
    forms = Forms((one, other))
    assert forms.of("/a/x%20y") == (one, {"name": "x%20y"}) and forms.of("/a/x/y") is None
    assert forms.of("/b") is None and forms.of("") is None


# ------------------------------------------------------------ asked once

ASKED = {
    "/me/second-factor/codes": "Make new recovery codes",
    "/me/second-factor/remove": "Remove the second factor",
}


@pytest.fixture
async def with_factor(company):
    secret, codes = await company.with_factor("anna")
    browser = company.browser()
    await browser.sign_in("anna")
    await browser.post("/sign-in/code", code=company.code(secret))
    return browser, codes


@pytest.mark.parametrize("path", ASKED)
async def test_what_can_not_be_undone_is_asked_once(company, with_factor, path):
    browser, codes = with_factor
    page = (await browser.get("/me")).text
    assert f'action="{path}"' not in page and f'href="{path}"' in page
    account = await company.account("anna")
    before = await company.services.factors.of(account.id)
    asked = await browser.get(path)
    assert asked.status_code == 200 and sent(browser).startswith("This ")
    assert f'action="{path}"' in asked.text and ASKED[path] in asked.text
    assert 'href="/me"' in asked.text and "Cancel" in asked.text
    assert await company.services.factors.of(account.id) == before
    answer = await browser.post(path)
    assert answer.status_code == 200
    after = await company.services.factors.of(account.id)
    assert after.there == (path.endswith("codes"))
    if after.there:
        assert codes[0] not in answer.text and len(
            re.findall(r"<li>[A-Z2-7-]{29}</li>", answer.text)
        )


async def test_nobody_is_asked_about_what_is_not_there(anna):
    for path in (*ASKED, "/me/passkeys/remove", "/me/passkeys/remove?number=3"):
        assert (await anna.get(path)).headers["location"] == "/me"


def test_titles_are_nouns_and_buttons_are_verbs_in_japanese():
    for title in ("codes.new-title", "factor.remove-title", "passkeys.remove-title"):
        assert not html.unescape(WORDS[title][1]).endswith("する")
