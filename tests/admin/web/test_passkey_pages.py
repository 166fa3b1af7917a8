"""Passkeys in the pages: coming in, behind the password, and to prove who is there.

The browser is httpx, the device is tests/servers/authenticator.py; both do as real ones would.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

import httpx
import pytest

from admin.web.console import Console
from admin.web.page import Go, WebPage
from admin.web.place import Place
from admin.web.routes import ROUTES
from admin.web.services import ConsoleServices
from proxyd.domain.passkey import site_of
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.second_factors import TotpRow
from proxyd.domain.types import Origin
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.passkeys import Passkeys
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.one_time_codes import OneTimeCodes
from proxyd.store.secrets import Sealer
from proxyd.store.webauthn_reader import WebauthnReader
from tests.servers.authenticator import Authenticator

ORIGIN = "https://console.example.test"
PASSWORD = "correct horse battery"
FETCHED = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?>')


class Shown:
    """A page, as a person sees it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.text = response.text

    def form(self, action: str) -> dict[str, str]:
        """Hidden fields of the form that goes there."""
        found = re.search(rf'<form method="post" action="{action}".*?</form>', self.text, re.DOTALL)
        assert found is not None, (action, self.text)
        return {name: html.unescape(value) for name, value in _FIELD.findall(found[0])}

    @property
    def question(self) -> str:
        found = re.search(r'data-options="([^"]*)"', self.text)
        assert found is not None, self.text
        return html.unescape(found[1])


class Browser:
    def __init__(self, console: Console) -> None:
        transport = httpx.ASGITransport(console, client=("192.0.2.7", 1))
        self._client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=FETCHED)

    async def get(self, path: str) -> Shown:
        return Shown(await self._client.get(path, follow_redirects=True))

    async def post(self, path: str, fields: dict[str, str]) -> Shown:
        return Shown(await self._client.post(path, data=fields, follow_redirects=True))

    async def press(self, page: Shown, action: str, **typed: str) -> Shown:
        return await self.post(action, page.form(action) | typed)

    async def sign_in(self, login: str = "anna") -> Shown:
        page = await self.get("/sign-in")
        return await self.press(page, "/sign-in", login=login, password=PASSWORD)

    async def asked(self) -> Shown:
        return await self.press(await self.get("/sign-in"), "/sign-in/passkey")


@pytest.fixture
def services(database, keys, clock, hasher):
    checks = PasswordChecks(hasher, threads=1)
    accounts = Accounts(database, checks)
    codes = OneTimeCodes()
    return ConsoleServices(
        accounts=accounts,
        sessions=WebSessions(database, clock),
        factors=SecondFactors(database, Sealer(keys), codes, clock, "x", accounts.refresh),
        people=AccountAdmin(database, checks, accounts.refresh),
        app_passwords=AppPasswordAdmin(database, accounts.refresh),
        own_account=OwnAccount(database),
        passkeys=Passkeys(database, WebauthnReader(), codes, clock, site_of(ORIGIN)),
    )


async def changed(_asked):
    return Go("/me")


ROWS = (*ROUTES, WebPage("POST", "/changed", changed, step_up=True))


@pytest.fixture
def browser(services):
    return Browser(Console(services, Place(ORIGIN), ROWS))


@pytest.fixture
async def anna(database, hasher):
    hashed = hasher.hash(PASSWORD)
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna", "admin", hashed))


@pytest.fixture
async def laptop(services, anna):
    by = Actor("anna", Origin("web", "192.0.2.7"))
    device = Authenticator(ORIGIN)
    options = await services.passkeys.begin_registration(anna, by=by, asker="x")
    answer = device.make(options)
    await services.passkeys.finish_registration(anna, answer, "Laptop", by=by, asker="x")
    return device


async def told(database, action):
    found = await database.read(lambda tx: tx.log.search(LogQuery(action=action)))
    return [(one.record.outcome, one.record.actor, one.record.detail) for one in found]


async def test_in_with_nothing_typed(browser, laptop, database):
    page = await browser.asked()
    assert page.status == 200 and "anna" not in page.text
    csp = page.response.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", csp)
    assert nonce and f'nonce="{nonce[1]}" src="/static/passkeys.js?v=' in page.text
    answer = "/sign-in/passkey/answer"
    page = await browser.press(page, answer, passkey=laptop.sign(page.question))
    assert page.response.url.path == "/me" and page.status == 200
    (begun,) = await told(database, "session")
    assert begun[2]["factors"] == ["passkey"]
    ((outcome, actor, detail),) = await told(database, "login")
    assert (outcome, actor, detail["passkey"]) == ("ok", "anna", "Laptop")


async def test_an_answer_of_another_browser_is_not_taken(browser, services, laptop, database):
    """Who lures somebody into their own account would see what is done there."""
    victim = Browser(Console(services, Place(ORIGIN)))
    page, mine = await browser.asked(), await victim.asked()
    form = mine.form("/sign-in/passkey/answer")
    page = await victim.post(
        "/sign-in/passkey/answer", form | {"passkey": laptop.sign(page.question)}
    )
    assert page.status == 422 and "The passkey was not accepted" in page.text
    assert await told(database, "session") == []
    assert (await told(database, "login"))[-1][2]["reason"] == "challenge"


@pytest.mark.parametrize("answer", ["", "garbage", "{}", "x" * 20_000])
async def test_what_is_no_answer(browser, laptop, database, answer):
    page = await browser.asked()
    page = await browser.press(page, "/sign-in/passkey/answer", passkey=answer)
    assert page.status == (413 if len(answer) > 16_384 else 422)
    assert await told(database, "session") == []


async def test_who_may_not_come_in_sees_the_same_page(browser, laptop, anna, database):
    async def answered(device):
        page = await browser.asked()
        page = await browser.press(
            page, "/sign-in/passkey/answer", passkey=device.sign(page.question)
        )
        return page.status, re.sub(r'name="form_token" value="[^"]+"', "", page.text)

    unknown = await answered(Authenticator(ORIGIN, credential=b"unknown" * 3, handle=b"h" * 32))
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    assert await answered(laptop) == unknown
    await database.write(lambda tx: tx.accounts.set_left(anna.id, 1))
    assert await answered(laptop) == unknown


async def test_behind_the_password(browser, laptop, database):
    page = await browser.sign_in()
    assert page.status == 200 and "/sign-in/code/passkey" in page.text
    assert (await browser.get("/me")).response.url.path == "/sign-in/code"
    page = await browser.press(page, "/sign-in/code/passkey")
    answer = "/sign-in/code/passkey/answer"
    page = await browser.press(page, answer, passkey=laptop.sign(page.question, named=False))
    assert page.response.url.path == "/me" and page.status == 200
    assert [one[2]["did"] for one in await told(database, "session")] == [
        "web session begun",
        "web session proven",
    ]


async def test_a_wrong_one_behind_the_password(browser, laptop):
    page = await browser.press(await browser.sign_in(), "/sign-in/code/passkey")
    stranger = Authenticator(ORIGIN, credential=laptop.credential)
    page = await browser.press(
        page, "/sign-in/code/passkey/answer", passkey=stranger.sign(page.question)
    )
    assert page.status == 422 and "The passkey was not accepted" in page.text
    assert (await browser.get("/me")).response.url.path == "/sign-in/code"


async def test_who_has_only_an_app_is_asked_for_its_code_alone(browser, anna, database):
    app = TotpRow(b"sealed", 1, 0, 0, 0)
    await database.write(lambda tx: tx.second_factors.set_app(anna.id, app))
    page = await browser.sign_in()
    assert "/sign-in/code" in page.text and "asskey" not in page.text


async def test_who_is_there_is_proven_by_one(browser, laptop, clock):
    page = await browser.asked()
    page = await browser.press(page, "/sign-in/passkey/answer", passkey=laptop.sign(page.question))
    token = page.form("/sign-out")
    assert (await browser.post("/changed", token)).response.url.path == "/me"
    clock.advance(seconds=301)
    page = await browser.post("/changed", token)
    assert page.status == 401 and "Show that it is you" in page.text
    page = await browser.post("/changed", page.form("/changed") | {"confirm_by_passkey": "on"})
    wrong = await browser.press(page, "/changed", confirm_passkey="garbage")
    assert wrong.status == 422
    page = await browser.press(page, "/changed", confirm_passkey=laptop.sign(page.question))
    assert page.response.url.path == "/me" and page.status == 200


async def test_where_browsers_make_none_none_is_offered(services, anna):
    browser = Browser(Console(replace(services, passkeys=None), Place(ORIGIN)))
    page = await browser.get("/sign-in")
    assert "asskey" not in page.text
    token = page.form("/sign-in")
    for path in ("/sign-in/passkey", "/sign-in/passkey/answer"):
        assert (await browser.post(path, token)).response.url.path == "/sign-in"


async def test_japanese(browser, laptop):
    page = await browser.get("/sign-in")
    page = await browser.press(page, "/language", language="ja", back="/sign-in")
    assert "パスキーを使う" in page.text
    page = await browser.press(page, "/sign-in/passkey")
    assert "パスキーでのサインイン" in page.text and "This browser" not in page.text


# ---------------------------------------------------------------- one's own


async def named(browser, name="Laptop"):
    """The page that asks the device."""
    return await browser.press(await browser.get("/me"), "/me/passkeys/new", passkey_name=name)


async def test_the_first_one_is_a_factor_and_recovery_codes_are_shown(browser, anna, database):
    device = Authenticator(ORIGIN)
    await browser.sign_in()
    page = await named(browser)
    assert "All other browsers in which you are signed in are signed out" in page.text
    page = await browser.press(page, "/me/passkeys", passkey=device.make(page.question))
    assert page.status == 200 and len(re.findall(r"<li>[A-Z2-7-]{19}</li>", page.text)) == 10
    page = await browser.get("/me")
    assert page.response.url.path == "/me"  # this session goes on
    assert "Laptop" in page.text and "Recovery codes left: 10" in page.text
    await browser.press(page, "/sign-out")
    assert (await browser.sign_in()).text.count("/sign-in/code/passkey") == 1
    page = await browser.asked()
    page = await browser.press(page, "/sign-in/passkey/answer", passkey=device.sign(page.question))
    assert page.response.url.path == "/me" and "192.0.2.7" in page.text


async def test_another_one_and_both_away(browser, laptop, services, anna, database):
    page = await browser.asked()
    page = await browser.press(page, "/sign-in/passkey/answer", passkey=laptop.sign(page.question))
    phone = Authenticator(ORIGIN, credential=b"phone" * 4)
    page = await named(browser, '<b>"Phone"</b>')
    assert "<b>" not in page.text
    page = await browser.press(page, "/me/passkeys", passkey=phone.make(page.question))
    assert "The passkey is added." in page.text and "&lt;b&gt;" in page.text
    for _ in range(2):
        page = await browser.press(page, "/me/passkeys/remove")  # the first of the list
        assert "The passkey is removed." in page.text
    assert "No passkey yet." in page.text and "Your password alone opens" in page.text
    account = await database.read(lambda tx: tx.accounts.find("anna")[0])
    assert not account.second_factor and not account.passkeys


async def test_what_will_not_do(browser, laptop):
    page = await browser.asked()
    await browser.press(page, "/sign-in/passkey/answer", passkey=laptop.sign(page.question))
    for name, sentence in (("", "passkey_name-wrong"), ("LAPTOP", "passkey_name-wrong")):
        page = await named(browser, name)
        assert page.status == 422 and sentence in page.text
    phone = Authenticator(ORIGIN, credential=b"phone" * 4, flags=0x01)
    page = await named(browser, "Phone")
    again = await browser.press(page, "/me/passkeys", passkey=phone.make(page.question))
    assert again.status == 422 and "The device did not check who you are" in again.text
    assert 'value="Phone"' in again.text
    phone.flags |= 0x04
    again = await browser.press(page, "/me/passkeys", passkey=phone.make(page.question))
    assert again.status == 422 and "That took too long" in again.text
    assert (await browser.post("/me/passkeys/remove", page.form("/sign-out") | {"number": "999"})
            ).status == 404  # fmt: skip


async def test_an_old_sign_in_is_not_enough_to_change_them(browser, laptop, clock, database):
    page = await browser.asked()
    page = await browser.press(page, "/sign-in/passkey/answer", passkey=laptop.sign(page.question))
    clock.advance(seconds=301)
    for path in ("/me/passkeys/new", "/me/passkeys", "/me/passkeys/remove"):
        again = await browser.post(path, page.form("/sign-out") | {"number": "1"})
        assert again.status == 401 and "Show that it is you" in again.text
    assert await database.read(lambda tx: len(tx.passkeys.of(1))) == 1
