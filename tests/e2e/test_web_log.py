"""Who opened this mail? Task T3 of a reviewer, in a real browser, beside a real mail client."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.console_browser import chromium, window
from tests.e2e.test_demo import demo
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


@pytest.fixture(scope="module")
def mail(facts: dict[str, Any]) -> str:
    """One that anna's client copied unasked, and ben opened: its Message-ID."""
    client = connected(facts)
    client.login("anna", password_of(facts, "anna"))
    client.select()
    client.fetch("1", "(BODY.PEEK[])")
    client.logout()
    client = connected(facts)
    client.login("ben", password_of(facts, "ben"))
    client.select()
    told = client.fetch("1", "(BODY[])")[1]
    client.logout()
    (octets,) = (part[1] for part in told if isinstance(part, tuple))
    assert isinstance(octets, bytes)
    return str(message_from_bytes(octets)["Message-ID"])


WORDS = {
    "en": {
        "sign in": "Sign in",
        "search": "Search",
        "answer": "People who opened it: 1 · mail clients that copied it: 1 · deletions: 0",
        "export": "Export",
        "look": "Look again",
        "download": "Download",
        "title": "Access log",
        "alarms": "Alarms",
        "well": "All well.",
        "chain": "It follows from the record before it",
        "proof": "Save the proof",
    },
    "ja": {
        "sign in": "ログイン",
        "search": "検索する",
        "answer": "開いた人 1名・メールソフトによるコピー 1件・削除 0件",
        "export": "書き出す",
        "look": "表示を更新する",
        "download": "ダウンロードする",
        "title": "アクセスログ",
        "alarms": "アラート",
        "well": "問題はありません。",
        "chain": "直前の記録とつながっています",
        "proof": "証明を保存する",
    },
}


def ready(page: Page, words: dict[str, str]) -> bool:
    """A person looks again, where no script does it for them."""
    if page.get_by_role("link", name=words["download"]).count():
        return True
    page.get_by_role("link", name=words["look"]).click()
    return False


@pytest.mark.parametrize(
    ("language", "script", "width"), [("en", True, 1280), ("ja", False, 360), ("ja", True, 768)]
)
def test_who_opened_this_mail_and_a_file_for_excel(
    facts: dict[str, Any],
    browser: Browser,
    mail: str,
    language: str,
    script: bool,
    width: int,
    tmp_path: Path,
) -> None:
    """Best way: three clicks and one field, besides the sign-in."""
    words = WORDS[language]
    with window(browser, facts["console"], language=language, script=script, width=width) as page:
        page.goto("/")
        type_in(page, words["sign in"], login="auditor", password=password_of(facts, "auditor"))
        assert page.locator("h1").inner_text() == words["title"] and fits(page)
        type_in(page, words["search"], q=f"message:{mail} since:1y")
        assert page.locator("#mail").inner_text() == words["answer"] and fits(page)
        assert "ben" in page.locator("main").inner_text()
        page.get_by_role("button", name=words["export"], exact=True).click()
        assert "/log/exports" in page.url and fits(page)
        if not script:
            until(lambda: ready(page, words))
        with page.expect_download() as coming:
            page.get_by_role("link", name=words["download"]).first.click()
        coming.value.save_as(tmp_path / "log.csv")
        text = (tmp_path / "log.csv").read_bytes().decode("utf-8")
        assert text.startswith("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text[1:], newline="")))
        did = {(row["actor"], row["action"]) for row in rows}
        assert {("anna", "copy"), ("ben", "open")} <= did and ("anna", "open") not in did
        assert {row["message_id"] for row in rows} >= {mail.strip("<>")}


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ja", 360)])
def test_by_keys_from_a_question_to_the_proof_and_to_the_alarms(
    facts: dict[str, Any], browser: Browser, mail: str, language: str, width: int
) -> None:
    words = WORDS[language]
    with window(browser, facts["console"], language=language, width=width) as page:
        page.goto("/")
        type_in(page, words["sign in"], login="auditor", password=password_of(facts, "auditor"))
        page.wait_for_url("**/log")
        page.keyboard.press("/")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type(f"message:{mail}")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("q=message"))
        page.locator("h1").click()  # out of the field
        page.keyboard.press("j")
        expect(page.locator("[data-row]").first).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/log/\d+$"))
        assert words["chain"] in page.locator("#chain").inner_text() and fits(page)
        with page.expect_download() as coming:
            page.keyboard.press("p")
        assert "access log head: " in Path(coming.value.path()).read_text("utf-8")
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url("**/alarms")
        assert page.locator("h1").inner_text() == words["alarms"] and fits(page)
        assert words["well"] in page.locator("main").inner_text()
