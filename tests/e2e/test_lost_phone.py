"""On a phone, a phone's mail password is made useless, and the PC goes on: three clicks at most."""

from __future__ import annotations

import imaplib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.console_browser import chromium, window
from tests.e2e.test_demo import demo, proxyd
from tests.e2e.test_web import connected, fits, password_of, type_in

WORDS = {
    "en": ("Sign in", "Own account", "Revoke \u2068{}\u2069"),
    "ja": ("ログイン", "自分のアカウント", "\u2068{}\u2069 を無効にする"),
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with demo(tmp_path_factory.mktemp("demo")) as (told, _):
        yield told


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def opened(facts: dict[str, Any], login: str, device: str) -> imaplib.IMAP4_SSL:
    said = json.loads(proxyd(facts, "app-password", "add", login, "--name", device, "--json"))
    client = connected(facts)
    assert client.login(login, said["app_password"]["password"])[0] == "OK"
    assert client.select()[0] == "OK"
    return client


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(("login", "language"), [("anna", "en"), ("ben", "ja")])
def test_the_phone_s_password_is_useless_and_the_pc_goes_on(
    facts: dict[str, Any], browser: Browser, login: str, language: str, script: bool
) -> None:
    sign_in, own_account, revoke = WORDS[language]
    phone_name = f"Phone {script}"
    phone, pc = opened(facts, login, phone_name), opened(facts, login, f"PC {script}")
    with window(browser, facts["console"], language=language, script=script, width=360) as page:
        page.goto("/sign-in")
        type_in(page, sign_in, login=login, password=password_of(facts, login))
        page.get_by_role("link", name=own_account).click()  # one
        page.wait_for_url("**/me")
        assert fits(page)
        page.get_by_role("button", name=revoke.format(phone_name)).click()  # two
        page.wait_for_url("**/me?done=revoked")
        assert fits(page)
        assert page.get_by_role("button", name=revoke.format(phone_name)).count() == 0
    with pytest.raises((imaplib.IMAP4.abort, imaplib.IMAP4.error)):
        phone.noop()
        phone.noop()
    assert pc.noop()[0] == "OK"
    pc.logout()
