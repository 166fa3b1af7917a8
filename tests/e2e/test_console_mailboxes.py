"""A password that the provider takes no more, and one mailbox more and less, by the console alone:
real Chromium, the demo, its provider.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.console_browser import chromium, window
from tests.e2e.test_demo import ENGLISH, demo, proxyd
from tests.e2e.test_web import fits, password_of, type_in
from tests.patience import until


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with demo(tmp_path_factory.mktemp("demo")) as (told, _):
        yield told


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


WORDS = {
    "en": {
        "sign in": "Sign in",
        "title": "Shared mailboxes",
        "refused": "the provider does not take the password",
        "change": "Change password",
        "try": "Test and change",
        "in use": "The new password is in use.",
        "remedy": "Make an app password at the provider",
        "add": "Add a mailbox",
        "test and add": "Test and add",
        "added": "the mailbox is added",
        "open": "To the mailbox",
        "policy": "Policy",
        "look": "See what changes",
        "claimed": "Only the assignee's answer goes out.",
        "save": "Save",
        "changes": "You are changing one thing",
        "saved": "The policy is changed.",
        "go": "Remove…",
        "remove": "Remove the mailbox",
        "removed": "The mailbox is removed.",
    },
    "ja": {
        "sign in": "ログイン",
        "title": "共有メールボックス",
        "refused": "メールプロバイダーがパスワードを受け付けません",
        "change": "パスワードを変更する",
        "try": "テストして変更する",
        "in use": "新しいパスワードに切り替えました。",
        "remedy": "アプリパスワードを作り",
        "add": "メールボックスを追加する",
        "test and add": "テストして追加する",
        "added": "メールボックスを追加しました。",
        "open": "メールボックスを開く",
        "policy": "運用ルール",
        "look": "変更内容を確認する",
        "claimed": "担当者以外の返信を中止します。",
        "save": "保存する",
        "changes": "変更の確認：1件",
        "saved": "運用ルールを変更しました。",
        "go": "削除の手続きへ進む",
        "remove": "メールボックスを削除する",
        "removed": "メールボックスを削除しました。",
    },
}
WAYS = pytest.mark.parametrize(
    ("language", "script", "width"), [("en", True, 1280), ("ja", False, 360)]
)


def provider_password(facts: dict[str, Any]) -> str:
    state = json.loads((Path(facts["config"]).parent / "demo.json").read_text())
    return str(state["provider_password"])


def told(page: Page) -> str:
    return page.locator("main").inner_text()


def set_password(facts: dict[str, Any], password: str) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "proxyd.cli", "mailbox", "set", "support"),
            *("--password-stdin", "--config", facts["config"]),
        ],
        input=f"{password}\n".encode(),
        capture_output=True,
        check=True,
        env=ENGLISH,
    )


@WAYS
def test_mail_works_again_with_four_clicks_and_one_field(
    facts: dict[str, Any], browser: Browser, language: str, script: bool, width: int
) -> None:
    """T4, from the list on."""
    words = WORDS[language]
    set_password(facts, "what it was before")
    until(lambda: "refuses the password" in proxyd(facts, "mailbox", "status"))
    with window(browser, facts["console"], language=language, script=script, width=width) as page:
        page.goto("/")
        type_in(page, words["sign in"], login="admin", password=password_of(facts, "admin"))
        page.get_by_role("link", name=words["title"]).click()
        assert words["refused"] in told(page) and fits(page)
        page.locator("[data-row]").first.click()
        assert words["refused"] in told(page) and fits(page)
        page.get_by_role("link", name=words["change"]).click()
        type_in(page, words["try"], password="not this one either")
        page.get_by_text(words["remedy"]).first.wait_for()
        assert fits(page)
        type_in(page, words["try"], password=provider_password(facts))
        page.get_by_text(words["in use"]).wait_for()
        assert fits(page) and provider_password(facts) not in page.content()
    until(lambda: "refuses the password" not in proxyd(facts, "mailbox", "status"))


@WAYS
def test_one_mailbox_more_what_is_chosen_for_it_and_one_less(
    facts: dict[str, Any], browser: Browser, language: str, script: bool, width: int
) -> None:
    words = WORDS[language]
    listed = json.loads(proxyd(facts, "mailbox", "list", "--json"))
    ports = {door: listed[0][door].rpartition(":")[2] for door in ("imap", "smtp")}
    user = listed[0]["imap"].partition("://")[2].partition("@")[0]
    with window(browser, facts["console"], language=language, script=script, width=width) as page:
        page.goto("/sign-in")
        type_in(page, words["sign in"], login="admin", password=password_of(facts, "admin"))
        page.goto("/mailboxes")
        page.get_by_role("link", name=words["add"]).click()
        for door in ("imap", "smtp"):
            page.locator(f"#{door}_host").fill("127.0.0.1")
            page.locator(f"#{door}_port").fill(ports[door])
            page.locator(f"#{door}_security").select_option("plain")
        assert fits(page)
        fields = {"address": "info@example.test", "user": user}
        type_in(page, words["test and add"], password=provider_password(facts), **fields)
        page.get_by_text(words["added"]).wait_for()
        assert fits(page) and told(page).count("✓") == 8
        page.get_by_role("link", name=words["open"]).click()
        assert page.locator("h1").inner_text() == "info" and fits(page)
        page.get_by_role("link", name=words["policy"], exact=True).click()
        page.get_by_label(words["claimed"]).check()
        page.get_by_role("button", name=words["look"]).click()
        assert page.locator("h1").inner_text() == words["changes"] and fits(page)
        page.get_by_role("button", name=words["save"], exact=True).click()
        assert words["saved"] in told(page)
        policy = json.loads(proxyd(facts, "mailbox", "policy", "info", "--json"))
        assert policy["guard-claimed"] == "yes"
        page.get_by_role("link", name=words["go"]).click()
        type_in(page, words["remove"], typed_name="info")
        assert words["removed"] in told(page) and fits(page)
    names = [one["name"] for one in json.loads(proxyd(facts, "mailbox", "list", "--json"))]
    assert names == ["support"]
