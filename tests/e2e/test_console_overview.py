"""Overview, conversations and reports in a real browser, beside a mail client that works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.console_browser import chromium, window
from tests.e2e.test_demo import demo, proxyd
from tests.e2e.test_web import connected, fits, password_of, type_in
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
        "title": "Overview",
        "live": "Live, as of",
        "over": "Not live since",
        "conversations": "Conversations",
        "number": "Conversation",
        "hand over": "Hand over",
        "handed": "Handed over. It stands in the log.",
        "gave": "Gave it to",
        "reports": "Reports",
        "load": "Load per person",
    },
    "ja": {
        "sign in": "ログイン",
        "title": "概要",
        "live": "自動更新中",
        "over": "に自動更新が終わりました",
        "conversations": "やり取り",
        "number": "やり取り",
        "hand over": "担当を引き継ぐ",
        "handed": "担当を引き継ぎました。ログに記録されています。",
        "gave": "に引き継ぎ",
        "reports": "レポート",
        "load": "担当者別の件数",
    },
}


def signed_in(page: Page, facts: dict[str, Any], login: str, language: str) -> None:
    page.goto("/sign-in")
    own = password_of(facts, login)
    type_in(page, WORDS[language]["sign in"], login=login, password=own)
    page.locator("h1").wait_for()


def open_now(page: Page) -> int:
    return int(page.locator('[data-live="m1-open"]').inner_text())


@pytest.mark.parametrize(
    ("language", "script", "width"),
    [("en", True, 1280), ("ja", False, 360), ("ja", True, 768)],
)
def test_from_the_overview_to_a_conversation_that_is_handed_over(
    facts: dict[str, Any], browser: Browser, language: str, script: bool, width: int
) -> None:
    words = WORDS[language]
    with window(browser, facts["console"], language=language, script=script, width=width) as page:
        signed_in(page, facts, "admin", language)
        assert page.locator("h1").inner_text() == words["title"] and fits(page)
        page.locator("[data-row]").first.click()
        assert page.locator("h1").inner_text() == words["conversations"] and fits(page)
        page.locator("[data-row]").first.click()
        assert page.locator("h1").inner_text().startswith(words["number"]) and fits(page)
        for heir in ("anna", "ben"):
            page.locator("#to").select_option(heir)
            page.get_by_role("button", name=words["hand over"]).click()
            page.get_by_text(words["handed"]).wait_for()
            assert page.locator("#to").input_value() == heir
        assert words["gave"] in page.locator("table").inner_text() and fits(page)
        page.get_by_role("link", name=words["reports"]).first.click()
        assert page.get_by_role("heading", name=words["load"]).is_visible() and fits(page)
        assert page.locator("svg.chart").count() >= 1


def test_what_a_colleague_does_shows_while_the_page_is_open_and_ends_with_the_session(
    facts: dict[str, Any], browser: Browser
) -> None:
    words = WORDS["en"]
    with window(browser, facts["console"]) as page:
        signed_in(page, facts, "ben", "en")
        page.wait_for_function("document.getElementById('live').textContent.startsWith('Live')")
        before = open_now(page)
        done(facts, "anna")
        until(lambda: open_now(page) == before - 1, "the open page was not told")
        proxyd(facts, "user", "disable", "ben")
        until(
            lambda: words["over"] in page.locator("#live").inner_text(),
            lambda: page.locator("#live").inner_text(),
        )
        page.locator("[data-row]").first.click()
        assert "You were signed out" in page.locator("main").inner_text()
    proxyd(facts, "user", "enable", "ben")


def done(facts: dict[str, Any], login: str) -> None:
    """Sets one conversation that is open to done, as a tag does."""
    client = connected(facts)
    client.login(login, password_of(facts, login))
    client.select("INBOX")
    _, found = client.search(None, "KEYWORD", "$status-open")
    first = found[0].split()[0].decode()
    assert client.store(first, "+FLAGS", "($status-done)")[0] == "OK"
    client.logout()
