"""Passkeys with a real browser: Chromium, and a device in it that a test may tell what to do.

Made on the page of the own account, used to come in and to prove who is there, removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.console_browser import chromium, window
from tests.e2e.installation import PASSWORD, Installation
from tests.servers.certificates import Certificates

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def proxy(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Installation]:
    directory = tmp_path_factory.mktemp("passkeys")
    proxy = Installation(directory, certificates, '[console]\nlisten = "127.0.0.1:0"\n')
    for login, role in (("root", "admin"), ("rei", "auditor"), ("ria", "auditor")):
        words = ("user", "add", login, "--name", login.title(), "--role", role)
        proxy.command(*words, "--password-stdin", stdin=PASSWORD + "\n")
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def console(proxy: Installation) -> str:
    return f"http://localhost:{proxy.ports['console']}"


class Device:
    """The browser's own authenticator."""

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        made = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self._id = {"authenticatorId": made["authenticatorId"]}

    def recognises(self, who: bool) -> None:
        self._cdp.send("WebAuthn.setUserVerified", {**self._id, "isUserVerified": who})

    def credentials(self) -> list[dict[str, object]]:
        return self._cdp.send("WebAuthn.getCredentials", self._id)["credentials"]


def records(proxy: Installation, actor: str = "") -> list[dict[str, Any]]:
    """By a process of its own: the browser's loop runs in this one."""
    lines = proxy.command("audit", "export", "--format", "jsonl").splitlines()
    return [one for one in map(json.loads, lines) if one["actor"] == actor]


def sign_in(page: Page, login: str) -> None:
    page.goto("/sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button.main").click()


def own_account(page: Page) -> None:
    """Where a role begins is its first place."""
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto("/me")


def add(page: Page, name: str) -> None:
    page.locator(".places a[href='/me']").click()
    page.locator("#passkey_name").fill(name)
    page.locator("form[action='/me/passkeys/new'] button").click()
    page.locator("button[data-passkey=create]").click()
    expect(page.locator("ul.codes li")).to_have_count(10)


def test_made_used_and_removed(browser: Browser, proxy: Installation) -> None:
    with window(browser, console(proxy)) as page:
        device = Device(page)
        sign_in(page, "root")
        own_account(page)
        add(page, "Laptop")
        (kept,) = device.credentials()
        assert kept["isResidentCredential"] and kept["rpId"] == "localhost"
        page.goto("/me")
        expect(page.get_by_role("row", name="Laptop")).to_contain_text("never used")

        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Use a passkey").click()
        own_account(page)
        expect(page.get_by_role("row", name="Laptop")).to_contain_text("127.0.0.1")

        page.get_by_role("button", name="Sign out").click()
        sign_in(page, "root")  # behind the password
        expect(page.locator("#code")).to_be_visible()
        page.get_by_role("button", name="Use a passkey").click()
        own_account(page)

        page.get_by_role("link", name="Remove passkey").click()
        expect(page.locator("#sent")).to_contain_text("Laptop")
        page.locator("form[action='/me/passkeys/remove'] button").click()
        expect(page.locator(".notice")).to_contain_text("The passkey is removed")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("#problems")).to_contain_text("The passkey was not accepted")
        sign_in(page, "root")
        own_account(page)
    did = [one["detail"].get("did") for one in records(proxy, "root")]
    assert did.count("second factor added") == did.count("second factor removed") == 1
    refused = [one for one in records(proxy) if one["outcome"] == "refused"]
    assert [one["detail"]["reason"] for one in refused] == ["unknown"]


def test_a_device_that_recognises_nobody(browser: Browser, proxy: Installation) -> None:
    with window(browser, console(proxy)) as page:
        device = Device(page)
        sign_in(page, "rei")
        add(page, "Laptop")
        page.get_by_role("link", name="Own account").first.click()
        page.get_by_role("button", name="Sign out").click()
        device.recognises(False)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("#passkey-says")).to_contain_text("No passkey was used")
        device.recognises(True)
        page.get_by_role("button", name="Ask once more").click()
        expect(page.locator(".places")).to_be_visible()


def test_in_japanese_on_a_phone(browser: Browser, proxy: Installation) -> None:
    with window(browser, console(proxy), language="ja", width=360) as page:
        Device(page)
        sign_in(page, "ria")
        add(page, "スマートフォン")
        page.goto("/me")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360
        page.get_by_role("button", name="ログアウト").click()
        page.get_by_role("button", name="パスキーを使う").click()
        expect(page.locator(".places")).to_be_visible()


def test_without_script_the_page_says_so(browser: Browser, proxy: Installation) -> None:
    with window(browser, console(proxy), script=False) as page:
        page.goto("/sign-in")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("#passkey-says")).to_contain_text("Passkeys need JavaScript")
        expect(page.locator("button[data-passkey]")).to_be_hidden()
