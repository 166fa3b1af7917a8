"""Passkeys in the pages: coming in, behind the password, and to prove who is there.

The device is tests/servers/authenticator.py, which does as real ones would.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from admin.web.console import Console
from admin.web.navigation import home_of
from admin.web.page import Go, WebPage
from admin.web.routes import ROUTES
from proxyd.domain.ports.second_factors import TotpRow
from proxyd.domain.types import Origin, Role
from proxyd.service.actor import Actor
from tests.admin.web.conftest import ORIGIN, PASSWORD, Browser
from tests.servers.authenticator import Authenticator

ANSWER = "/sign-in/passkey/answer"
BEHIND = "/sign-in/code/passkey"


async def changed(_visit):
    return Go("/me")


@pytest.fixture
async def laptop(company):
    """A passkey of Ada, who is an admin."""
    ada, device = await company.account("ada"), Authenticator(ORIGIN)
    by = Actor("ada", Origin("web", "192.0.2.7"))
    options = await company.services.passkeys.begin_registration(ada, by=by, asker="x")
    answer = device.make(options)
    await company.services.passkeys.finish_registration(ada, answer, "Laptop", by=by, asker="x")
    return device


def question(browser):
    """What the page that is open asks the device."""
    found = re.search(r'data-options="([^"]*)"', browser.page.text)
    assert found is not None, browser.page.text
    return html.unescape(found[1])


HOME = home_of(Role.ADMIN)


def path(browser):
    return browser.page.url.path


async def asked(browser):
    await browser.get("/sign-in")
    await browser.post("/sign-in/passkey")
    return question(browser)


async def come_in(browser, device):
    return await browser.post(ANSWER, passkey=device.sign(await asked(browser)))


# ---------------------------------------------------------------- coming in


async def test_in_with_nothing_typed(browser, company, laptop):
    signed = laptop.sign(await asked(browser))
    assert "ada" not in browser.page.text
    policy = browser.page.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert nonce and f'nonce="{nonce[1]}" src="/static/passkeys.js?v=' in browser.page.text
    page = await browser.post(ANSWER, passkey=signed)
    assert (path(browser), page.status_code) == (HOME, 200)
    (begun,) = await company.records(action="session")
    assert begun.detail["factors"] == ["passkey"]
    (login,) = await company.records(action="login")
    assert (login.outcome, login.actor, login.detail["passkey"]) == ("ok", "ada", "Laptop")
    assert "Second factor set up: \u2068passkey\u2069" in (await browser.get("/me/record")).text


async def test_an_answer_of_another_browser_is_not_taken(browser, company, laptop):
    """Who lures somebody into their own account would see what is done there."""
    victim = company.browser()
    await asked(victim)
    page = await victim.post(ANSWER, passkey=laptop.sign(await asked(browser)))
    assert page.status_code == 422 and "The passkey was not accepted" in page.text
    assert await company.records(action="session") == []
    assert (await company.records(action="login"))[-1].detail["reason"] == "challenge"


@pytest.mark.parametrize(
    ("answer", "status"), [("", 422), ("garbage", 422), ("{}", 422), ("x" * 20_000, 413)]
)
async def test_what_is_no_answer(browser, company, laptop, answer, status):
    await asked(browser)
    assert (await browser.post(ANSWER, passkey=answer)).status_code == status
    assert await company.records(action="session") == []


async def test_who_may_not_come_in_sees_the_same_page(browser, company, laptop):
    async def answered(device):
        page = await come_in(browser, device)
        return page.status_code, re.sub(r'name="form_token" value="[^"]+"', "", page.text)

    unknown = await answered(Authenticator(ORIGIN, credential=b"unknown" * 3, handle=b"h" * 32))
    ada = await company.account("ada")
    await company.database.write(lambda tx: tx.accounts.set_disabled(ada.id, True))
    assert await answered(laptop) == unknown
    await company.database.write(lambda tx: tx.accounts.set_left(ada.id, 1))
    assert await answered(laptop) == unknown
    assert await company.records(action="session") == []


# ---------------------------------------------------------------- behind the password


async def test_behind_the_password(browser, company, laptop):
    page = await browser.sign_in("ada")
    assert BEHIND in page.text
    await browser.get("/me")
    await browser.get("/sign-in/code")  # as far as one gets
    await browser.post(BEHIND)
    signed = laptop.sign(question(browser), named=False)
    assert (await browser.post(f"{BEHIND}/answer", passkey=signed)).status_code == 200
    assert path(browser) == HOME
    did = [one.detail["did"] for one in await company.records(action="session")]
    assert did == ["web session begun", "web session proven"]


async def test_a_wrong_one_behind_the_password(browser, laptop):
    await browser.sign_in("ada")
    await browser.post(BEHIND)
    stranger = Authenticator(ORIGIN, credential=laptop.credential)
    page = await browser.post(f"{BEHIND}/answer", passkey=stranger.sign(question(browser)))
    assert page.status_code == 422 and "The passkey was not accepted" in page.text
    assert (await browser.get("/me")).headers["location"] == "/sign-in/code"


async def test_who_has_only_an_app_is_asked_for_its_code_alone(browser, company):
    app, ada = TotpRow(b"sealed", 1, 0, 0, 0), await company.account("ada")
    await company.database.write(lambda tx: tx.second_factors.set_app(ada.id, app))
    page = await browser.sign_in("ada")
    assert "/sign-in/code" in page.text and "asskey" not in page.text


async def test_a_recovery_code_in_its_place(browser, company, laptop):
    ada = await company.account("ada")
    codes = await company.services.factors.new_recovery_codes(ada, by=Actor("ada"))
    await browser.sign_in("ada")
    await browser.post("/sign-in/code", code=codes[0])
    assert path(browser) == HOME
    assert "Recovery codes left: 9" in (await browser.get("/me")).text


# ---------------------------------------------------------------- to prove who is there


async def test_who_is_there_is_proven_by_one(company, place, laptop, clock):
    rows = (*ROUTES, WebPage("POST", "/changed", changed, step_up=True))
    browser = Browser(Console(company.services, place, rows))
    await come_in(browser, laptop)
    await browser.post("/changed")
    assert path(browser) == "/me"  # the sign-in itself counts
    clock.advance(seconds=301)
    page = await browser.post("/changed")
    assert page.status_code == 401 and "confirm_by_passkey" in page.text
    await browser.post("/changed", confirm_by_passkey="on")
    asks = question(browser)
    assert (await browser.post("/changed", confirm_passkey="garbage")).status_code == 422
    await browser.post("/changed", confirm_passkey=laptop.sign(asks))
    assert path(browser) == "/me"


async def test_where_browsers_make_none_none_is_offered(company, place):
    browser = Browser(Console(replace(company.services, passkeys=None), place))
    assert "asskey" not in (await browser.get("/sign-in")).text
    for way in ("/sign-in/passkey", ANSWER):
        await browser.post(way)
        assert path(browser) == "/sign-in"
    await browser.sign_in("ada")
    for way in ("/me/passkeys/new", "/me/passkeys", "/me/passkeys/remove"):
        assert "Browsers make none under this address" in (await browser.post(way)).text


async def test_japanese(browser, laptop):
    await browser.get("/sign-in")
    await browser.post("/language", language="ja", back="/sign-in")
    assert "パスキーを使う" in browser.page.text
    await browser.post("/sign-in/passkey")
    assert "パスキーでのログイン" in browser.page.text and "This browser" not in browser.page.text


# ---------------------------------------------------------------- one's own


async def new(browser, name="Laptop"):
    """The page that asks the device to make one."""
    await browser.get("/me")
    return await browser.post("/me/passkeys/new", passkey_name=name)


async def test_the_first_one_is_a_factor_and_recovery_codes_are_shown(browser, company):
    other = company.browser()
    await other.sign_in("anna")
    await browser.sign_in("anna")
    device = Authenticator(ORIGIN)
    page = await new(browser)
    for told in ("application password only", "All other browsers in which you are signed in"):
        assert told in page.text
    made = device.make(question(browser))
    page = await browser.post("/me/passkeys", passkey_name="Laptop", passkey=made)
    assert len(re.findall(r"<li>[A-Z2-7-]{29}</li>", page.text)) == 10
    page = await browser.get("/me")  # this session goes on, and no other
    assert "Laptop" in page.text and "Recovery codes left: 10" in page.text
    assert (await other.get("/me")).status_code == 303
    await browser.post("/sign-out")
    assert BEHIND in (await browser.sign_in("anna", PASSWORD)).text
    await come_in(browser, device)
    assert "192.0.2.7" in (await browser.get("/me")).text


async def test_another_one_and_both_away(browser, company, laptop):
    await come_in(browser, laptop)
    phone, name = Authenticator(ORIGIN, credential=b"phone" * 4), '<b>"Phone"</b>'
    assert "<b>" not in (await new(browser, name)).text
    made = phone.make(question(browser))
    page = await browser.post("/me/passkeys", passkey_name=name, passkey=made)
    assert "The passkey is added." in page.text
    assert "<b>" not in page.text and "&lt;b&gt;" in page.text
    ada = await company.account("ada")
    for passkey, last in zip(
        await company.services.passkeys.of(ada.id), (False, True), strict=True
    ):
        page = await browser.get("/me")
        asked = f"/me/passkeys/remove?number={passkey.id}"
        assert f'href="{asked}"' in page.text and 'action="/me/passkeys/remove"' not in page.text
        page = await browser.get(asked)
        assert "It can&#39;t be had back" in page.text and f'value="{passkey.id}"' in page.text
        assert ("your password alone opens" in page.text) == last
        page = await browser.post("/me/passkeys/remove", number=str(passkey.id))
        assert "The passkey is removed." in page.text
    assert "No passkey yet." in page.text and "Your password alone opens" in page.text
    ada = await company.account("ada")
    assert not ada.second_factor and not ada.passkeys


async def test_an_app_beside_a_passkey(browser, company, laptop):
    """Its recovery codes are there already; taken away, it leaves them."""
    await come_in(browser, laptop)
    page = await browser.post("/me/second-factor")
    secret = re.search(r'id="key">([^<]+)<', page.text)[1].replace(" ", "")
    page = await browser.post("/me/second-factor/confirm", code=company.code(secret))
    assert "The authenticator app is set up." in page.text
    page = await browser.post("/me/second-factor/remove")
    assert "A passkey. No authenticator app." in page.text
    assert "Recovery codes left: 10" in page.text


async def test_what_will_not_do(browser, laptop):
    await come_in(browser, laptop)
    for name in ("", "LAPTOP"):
        page = await new(browser, name)
        assert page.status_code == 422 and "passkey_name-wrong" in page.text
    phone = Authenticator(ORIGIN, credential=b"phone" * 4, flags=0x01)
    await new(browser, "Phone")
    asks = question(browser)
    page = await browser.post("/me/passkeys", passkey_name="Phone", passkey=phone.make(asks))
    assert page.status_code == 422 and 'value="Phone"' in page.text
    assert "The device did not check who you are" in page.text
    phone.flags |= 0x04
    page = await browser.post("/me/passkeys", passkey_name="Phone", passkey=phone.make(asks))
    assert page.status_code == 422 and "That took too long" in page.text


async def test_another_person_s_is_as_unknown_as_what_is_not_there(browser, company, laptop):
    await browser.sign_in("anna")
    ada = await company.account("ada")
    (theirs,) = await company.services.passkeys.of(ada.id)
    for number in (theirs.id, 999):
        page = await browser.post("/me/passkeys/remove", number=str(number))
        assert page.status_code == 404
        await browser.get("/me")
    assert await company.services.passkeys.of(ada.id) == [theirs]


async def test_an_old_sign_in_is_not_enough_to_change_them(browser, company, laptop, clock):
    await come_in(browser, laptop)
    clock.advance(seconds=301)
    for way in ("/me/passkeys/new", "/me/passkeys", "/me/passkeys/remove"):
        page = await browser.post(way, number="1")
        assert page.status_code == 401 and "Show that it is you" in page.text
    assert len(await company.services.passkeys.of((await company.account("ada")).id)) == 1
