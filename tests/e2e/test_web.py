"""The console as people see it: a real browser, the demo, and a mail client beside it."""

from __future__ import annotations

import imaplib
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.console_browser import chromium, window
from tests.e2e.test_demo import demo, proxyd
from tests.patience import PATIENCE_S


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with demo(tmp_path_factory.mktemp("demo")) as (told, _):
        yield told


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def password_of(facts: dict[str, Any], login: str) -> str:
    return next(str(user["password"]) for user in facts["users"] if user["login"] == login)


def connected(facts: dict[str, Any]) -> imaplib.IMAP4_SSL:
    trust = ssl.create_default_context(cafile=facts["ca_file"])
    return imaplib.IMAP4_SSL(
        "localhost", facts["imap"]["tls"], ssl_context=trust, timeout=PATIENCE_S
    )


def type_in(page: Page, button: str, **fields: str) -> None:
    for identity, text in fields.items():
        page.locator(f"#{identity}").fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def fits(page: Page) -> bool:
    """Nothing is out of reach to the right, once the page is whole: a click may have led to it."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"))


WORDS = {
    "en": {
        "sign in": "Sign in",
        "set up": "Set up an authenticator app",
        "confirm": "Confirm",
        "out": "Sign out",
        "go on": "Go on",
        "begins": "Overview",
        "own": "Own account",
        "ends": "end at once: 1.",
        "revoke": "Revoke {}",
        "codes": "Make new recovery codes",
        "remove": "Remove the second factor",
        "removed": "The second factor is removed.",
    },
    "ja": {
        "sign in": "ログイン",
        "set up": "認証アプリを設定する",
        "confirm": "確認する",
        "out": "ログアウト",
        "go on": "続ける",
        "begins": "概要",
        "own": "自分のアカウント",
        "ends": "接続1件は",
        "revoke": "{} を無効にする",
        "codes": "リカバリーコードを作り直す",
        "remove": "2段階認証を解除する",
        "removed": "2段階認証を解除しました。",
    },
}


@pytest.mark.parametrize(
    ("login", "language", "script", "width"),
    [("anna", "en", True, 1280), ("ben", "ja", False, 360)],
)
def test_from_the_password_to_a_second_factor_and_a_mail_program_of_its_own(
    facts: dict[str, Any], browser: Browser, login: str, language: str, script: bool, width: int
) -> None:
    words, own = WORDS[language], password_of(facts, login)
    client = connected(facts)
    client.login(login, own)
    with window(browser, facts["console"], language=language, script=script, width=width) as page:
        page.goto("/")
        assert fits(page)
        type_in(page, words["sign in"], login=login, password=own)
        assert page.locator("h1").inner_text() == words["begins"] and fits(page)
        page.get_by_role("link", name=words["own"]).first.click()
        assert page.locator("h1").inner_text() == words["own"] and fits(page)
        page.get_by_role("button", name=words["set up"]).click()
        app = pyotp.TOTP(page.locator("#key").inner_text().replace(" ", ""))
        assert words["ends"] in page.locator("main").inner_text() and fits(page)
        now = time.time()
        type_in(page, words["confirm"], device="Thunderbird", code=app.at(now))
        secret = page.locator("#app-password").inner_text()
        assert page.locator(".codes li").count() == 10 and fits(page)
        with pytest.raises((imaplib.IMAP4.abort, imaplib.IMAP4.error)):
            client.select()  # it has ended
            client.select()
        page.get_by_role("link", name=words["own"]).first.click()
        page.get_by_role("button", name=words["out"]).click()
        page.wait_for_url("**/sign-in?why=signed-out")
        page.go_back()
        assert "/sign-in" in page.url, "Back shows nothing"
        type_in(page, words["sign in"], login=login, password=own)
        type_in(page, words["go on"], code=app.at(now + 30))
        assert page.locator("h1").inner_text() == words["begins"]
        refused = connected(facts)
        with pytest.raises(imaplib.IMAP4.error, match="application password"):
            refused.login(login, own)
        refused.shutdown()
        opened = connected(facts)
        assert opened.login(login, secret)[0] == "OK"
        page.get_by_role("link", name=words["own"]).first.click()
        page.get_by_role("button", name=words["revoke"].format("\u2068Thunderbird\u2069")).click()
        with pytest.raises((imaplib.IMAP4.abort, imaplib.IMAP4.error)):
            opened.select()
            opened.select()
        page.get_by_role("link", name=words["codes"]).click()
        assert page.locator("#sent").is_visible() and fits(page)
        page.get_by_role("button", name=words["codes"]).click()
        assert page.locator(".codes li").count() == 10
        page.get_by_role("link", name=words["own"]).first.click()
        page.get_by_role("link", name=words["remove"]).click()
        assert page.locator("#sent").is_visible() and fits(page)
        page.get_by_role("button", name=words["remove"]).click()
        assert words["removed"] in page.locator("main").inner_text()


@pytest.mark.parametrize("login", ["admin", "auditor"])
def test_admin_and_auditor_have_the_console(
    facts: dict[str, Any], browser: Browser, login: str
) -> None:
    with window(browser, facts["console"]) as page:
        page.goto("/sign-in")
        type_in(page, "Sign in", login=login, password=password_of(facts, login))
        page.get_by_role("link", name="Own account").click()
        assert login in page.locator("main").inner_text()
        page.get_by_role("link", name="Show it").click()
        assert "Account added" in page.locator("table").inner_text()
        page.get_by_role("button", name="日本語").click()
        assert page.locator("h1").inner_text() == "自分のアカウントの記録"
        page.get_by_role("button", name="ログアウト").click()
        assert page.get_by_role("button", name="ログイン", exact=True).is_visible()


def test_who_is_shut_out_is_out_at_the_next_click(facts: dict[str, Any], browser: Browser) -> None:
    """By another process than the one that serves the page."""
    with window(browser, facts["console"]) as page:
        page.goto("/sign-in")
        type_in(page, "Sign in", login="auditor", password=password_of(facts, "auditor"))
        page.get_by_role("link", name="Own account").click()
        proxyd(facts, "user", "disable", "auditor")
        page.get_by_role("link", name="Show it").click()
        assert "You were signed out" in page.locator("main").inner_text()
        type_in(page, "Sign in", login="auditor", password=password_of(facts, "auditor"))
        assert "Login or password is wrong" in page.locator("#problems").inner_text()
