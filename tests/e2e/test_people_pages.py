"""A colleague comes and goes, by the console alone: a real browser, a mail program beside it."""

from __future__ import annotations

import imaplib
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.console_browser import chromium, window
from tests.e2e.test_demo import demo
from tests.e2e.test_web import connected, fits, password_of, type_in
from tests.patience import until

ADDRESS = "support@example.test"


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with demo(tmp_path_factory.mktemp("demo")) as (told, _):
        yield told


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


class Clicks:
    """Of one page, counted: what a person does beside typing."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.count = 0

    def on(self, role: Any, name: str) -> None:
        self._page.locator("main").get_by_role(role, name=name, exact=True).first.click()
        self._page.wait_for_load_state()
        self.count += 1


WORDS = {
    "en": {
        "sign in": "Sign in",
        "people": "People",
        "add": "Add a person",
        "really add": "Add",
        "file": "Save as one file",
        "leaves": "\u2068{}\u2069 leaves…",
        "button": "Shut out and hand over",
        "open": r"Open conversations: (\d+)",
        "now with": "Conversations now with \u2068ben\u2069: {}",
        "back": "Let in again",
    },
    "ja": {
        "sign in": "ログイン",
        "people": "利用者",
        "add": "利用者を追加する",
        "really add": "追加する",
        "file": "1つのファイルに保存する",
        "leaves": "\u2068{}\u2069 の退職・異動の手続き…",
        "button": "利用を停止して引き継ぐ",
        "open": r"対応中のやり取り：(\d+)件",
        "now with": "\u2068ben\u2069 が引き継いだやり取り：{}件",
        "back": "利用を再開する",
    },
}


def opened(facts: dict[str, Any], login: str, password: str) -> imaplib.IMAP4_SSL:
    """As the sheet says it is typed."""
    client = connected(facts)
    assert client.login(ADDRESS, f"{login}:{password}")[0] == "OK"
    assert client.select("INBOX")[0] == "OK"
    return client


def nobodys(client: imaplib.IMAP4_SSL) -> list[str]:
    """Mails that are open, and in nobody's hands."""
    taken = [f"UNKEYWORD {word}" for word in ("$status-done", "$assignee-anna", "$assignee-ben")]
    found: list[str] = client.search(None, *taken)[1][0].decode().split()
    assert found
    return found


def of(client: imaplib.IMAP4_SSL, login: str, numbers: list[str]) -> bool:
    client.noop()
    flags = [str(client.fetch(number, "(FLAGS)")[1][0]) for number in numbers]
    return all(f"$assignee-{login}" in one for one in flags)


@pytest.mark.parametrize(
    ("language", "script", "width", "name", "login"),
    [("en", True, 1280, "Chika Ueda", ""), ("ja", False, 360, "佐藤花子", "hanako")],
)
def test_a_colleague_comes_and_goes(
    facts: dict[str, Any],
    browser: Browser,
    language: str,
    script: bool,
    width: int,
    name: str,
    login: str,
) -> None:
    words = WORDS[language]
    with window(browser, facts["console"], language=language, script=script, width=width) as page:
        page.goto("/people")
        type_in(page, words["sign in"], login="admin", password=password_of(facts, "admin"))
        page.get_by_role("link", name=words["people"], exact=True).first.click()
        clicks = Clicks(page)
        clicks.on("link", words["add"])
        page.locator("#name").fill(name)
        if login:
            page.locator("#login").fill(login)
        clicks.on("button", words["really add"])
        login = login or "chika.ueda"
        password = page.locator("#password").inner_text()
        assert f"{login}:{password}" == page.locator("#typed-password").inner_text()
        assert fits(page)
        with page.expect_download() as download:
            clicks.on("button", words["file"])
        assert clicks.count <= 4
        with zipfile.ZipFile(download.value.path()) as archive:
            assert password in archive.read(f"{login}/sheet.html").decode()

        theirs, bens = opened(facts, login, password), connected(facts)
        bens.login("ben", password_of(facts, "ben"))
        bens.select("INBOX")
        mails = nobodys(theirs)[-2:]
        for number in mails:
            assert theirs.store(number, "+FLAGS", f"($assignee-{login})")[0] == "OK"

        page.get_by_role("link", name=words["people"], exact=True).first.click()
        clicks = Clicks(page)
        assert fits(page)
        clicks.on("link", name)
        assert fits(page)
        clicks.on("link", words["leaves"].format(name))
        told = re.search(words["open"], page.locator("main").inner_text())
        assert told and int(told[1]) >= 1 and fits(page)
        page.locator("#rest").select_option("ben")
        clicks.on("button", words["button"])
        assert words["now with"].format(told[1]) in page.locator("main").inner_text()
        assert fits(page)
        assert clicks.count == 3
        with pytest.raises((imaplib.IMAP4.abort, imaplib.IMAP4.error)):
            theirs.noop()  # it has ended
            theirs.noop()
        until(lambda: of(bens, "ben", mails), "the colleague has not got them")
        refused = connected(facts)
        with pytest.raises(imaplib.IMAP4.error):
            refused.login(ADDRESS, f"{login}:{password}")
        refused.shutdown()
        clicks.on("button", words["back"])
        another = page.locator("#password").inner_text()
        assert another != password and fits(page)
        opened(facts, login, another).logout()
        bens.logout()


def test_several_at_once_by_keyboard(facts: dict[str, Any], browser: Browser) -> None:
    with window(browser, facts["console"]) as page:
        page.goto("/people")
        type_in(page, "Sign in", login="admin", password=password_of(facts, "admin"))
        page.get_by_role("button", name="Sign out").wait_for()
        page.goto("/people")
        page.keyboard.press("n")
        page.wait_for_url("**/people/add")
        page.goto("/people")
        page.keyboard.press("/")
        page.keyboard.type("auditor")
        page.keyboard.press("Enter")
        page.wait_for_url("**/people?q=auditor**")
        page.keyboard.press("j")
        page.keyboard.press("x")
        assert page.locator("input[name='tick.auditor']").is_checked()
        page.locator("main section button").first.press("Enter")
        page.wait_for_url("**/several/shut-out")
        assert "✓ Shut out" in page.locator("table").inner_text()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/people/auditor")
        page.get_by_role("button", name="Let in again").press("Enter")
        page.wait_for_url("**/people/auditor?done=let-in")
        assert "Let in again" in page.locator(".notice").inner_text()
