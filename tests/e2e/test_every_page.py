"""Every page of the console in a real browser, for each role: axe finds nothing serious, nothing is
out of reach, and the browser complains of nothing.

The table of routes says what there is: a page that this run has not seen fails it, so that "clean"
is never said of a page nobody opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from admin.web.page import Who
from admin.web.routes import ROUTES
from proxyd.domain.types import Role
from tests.e2e.console_browser import chromium, window
from tests.e2e.test_demo import demo, proxyd
from tests.e2e.test_web import fits, password_of, type_in

WIDTHS: Final = (360, 768, 1440)
LOGINS: Final = {Role.STAFF: "anna", Role.ADMIN: "admin", Role.AUDITOR: "auditor"}
# No pages: files and events.
NO_PAGE: Final = {"/reports.csv", "/live", "/log/exports/{number}"}
# There is none in a demo that is well, and a first factor is made where it is none yet: these are
# opened by the tests of their areas.
ELSEWHERE: Final = {
    *("/alarms/{number}", "/me/second-factor/codes", "/me/second-factor/remove"),
    *("/me/passkeys/remove",),
}
# Serious and critical are what keeps somebody out (axe's own words for impact).
GRAVE: Final = ("serious", "critical")
RULES: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}
# The first link of a list leads to one of its own.
FIRST: Final = {
    "/log/{number}": ("/log", r"/log/\d+"),
    "/conversations/{number}": ("/conversations", r"/conversations/\d+"),
}
SIGN_IN: Final = {"en": "Sign in", "ja": "ログイン"}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Anna manages the mailbox: then there are reports for staff as well."""
    with demo(tmp_path_factory.mktemp("demo")) as (told, _):
        proxyd(told, "user", "grant", LOGINS[Role.STAFF], "support:manage")
        yield told


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def pages_of(role: Role) -> list[str]:
    return [
        row.path
        for row in ROUTES
        if row.method == "GET" and row.who is Who.SIGNED_IN and role in row.roles
        if row.path not in NO_PAGE
    ]


def address_of(page: Page, path: str, parts: Mapping[str, str]) -> str:
    """Of a page with a number: the first that the list of such has."""
    if path in FIRST:
        listed, pattern = FIRST[path]
        page.goto(listed)
        found = re.search(rf'href="({pattern})"', page.content())
        assert found, f"{listed} has none"
        return found[1]
    return re.sub(r"{(\w+)}", lambda part: parts[part[1]], path)


def grave(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ja", "dark")])
def test_every_page_can_be_used(
    facts: dict[str, Any], browser: Browser, role: Role, language: str, scheme: str
) -> None:
    login = LOGINS[role]
    parts = {"login": "ben", "name": facts["mailbox"]["name"]}
    visited: list[str] = []
    wrong: list[str] = []
    with window(browser, facts["console"], language=language, past_policy=True) as page:
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        page.goto("/sign-in")
        wrong += grave(page)
        type_in(page, SIGN_IN[language], login=login, password=password_of(facts, login))
        page.wait_for_url(lambda url: "/sign-in" not in url)
        for path in pages_of(role):
            if path in ELSEWHERE:
                continue
            page.goto(address_of(page, path, parts))
            assert page.locator("h1").count() == 1, path
            wrong += [f"{path} at {width} px" for width in WIDTHS if not fits_at(page, width)]
            wrong += [f"{path} {one}" for one in grave(page)]
            visited.append(path)
    print(f"{role}, {language}, {scheme}: {len(visited)} pages")
    assert wrong == []
    assert set(visited) | ELSEWHERE >= set(pages_of(role))


@pytest.mark.parametrize("role", Role)
def test_no_page_offends_its_own_policy(
    facts: dict[str, Any], browser: Browser, role: Role
) -> None:
    """With all that the policy forbids forbidden: the window fails for any complaint."""
    login = LOGINS[role]
    parts = {"login": "ben", "name": facts["mailbox"]["name"]}
    with window(browser, facts["console"]) as page:
        page.goto("/sign-in")
        type_in(page, "Sign in", login=login, password=password_of(facts, login))
        page.wait_for_url(lambda url: "/sign-in" not in url)
        for path in pages_of(role):
            if path not in ELSEWHERE:
                page.goto(address_of(page, path, parts))
                assert page.locator("h1").count() == 1, path


def fits_at(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 800})
    return fits(page)
