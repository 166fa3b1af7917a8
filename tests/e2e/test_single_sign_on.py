"""The organisation's sign-in with a real provider and a real browser: from the page for signing in
to the provider's form and back, and whatever may stand in the way.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from proxyd.commands.installation import now_us, opened, settings_of
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.store.one_time_codes import OneTimeCodes
from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S, until
from tests.servers import identity_provider as there
from tests.servers.absent import needs
from tests.servers.certificates import Certificates
from tests.servers.identity_provider import IdentityProvider, Visitor
from tests.servers.ports import free_ports

CHROMIUM = "/usr/bin/chromium"
PEOPLE = ("ada", "ben", "cleo", "dan", "eve", "finn")  # of whom proxyd does not know finn


class Company:
    """Proxyd, its provider, and one browser for all of it."""

    def __init__(self, proxy: Installation, provider: IdentityProvider, chromium: Browser) -> None:
        self.proxy = proxy
        self.provider = provider
        self._chromium = chromium

    @property
    def site(self) -> str:
        return f"http://localhost:{self.proxy.ports['console']}"

    @contextmanager
    def window(self, language: str = "en-GB", **more: Any) -> Iterator[Page]:
        """With no cookie yet. At the end nothing of ours may have been complained of."""
        context = self._chromium.new_context(base_url=self.site, locale=language, **more)
        context.set_default_timeout(PATIENCE_S * 1000)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda one: complaints.append(f"{one.location['url']} {one.text}"))
        try:
            yield page
            ours = [one for one in complaints if one.startswith(self.site)]
            # Chromium tells each answer of 4xx and 5xx, which are meant.
            assert [one for one in ours if "Failed to load resource" not in one] == []
        finally:
            context.close()

    def records(self, *words: str) -> list[dict[str, Any]]:
        lines = self.proxy.command("audit", "export", "--format", "jsonl", *words).splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def company(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Company]:
    needs("glewlwyd")
    directory = tmp_path_factory.mktemp("sso")
    (port,) = free_ports(1)
    site = f"http://localhost:{port}"
    with (
        IdentityProvider(
            f"{site}/sign-in/sso/back",
            people=PEOPLE,
            out=f"{site}/sign-in",
            hook=f"{site}/sign-in/sso/signed-out",
        ) as provider,
        sync_playwright() as playwright,
    ):
        proxy = Installation(directory, certificates, _settings(directory, provider, port))
        for login in PEOPLE[:-1]:
            words = ("user", "add", login, "--name", login.title(), "--role", "auditor")
            proxy.command(*words, "--password-stdin", stdin=PASSWORD + "\n")
        proxy.start()
        expect.set_options(timeout=PATIENCE_S * 1000)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield Company(proxy, provider, chromium)
        finally:
            chromium.close()
            proxy.close()


def _settings(directory: Path, provider: IdentityProvider, port: int) -> str:
    secret = directory / "client-secret"
    secret.write_text(there.SECRET)
    secret.chmod(0o600)
    return f"""
[console]
listen = "127.0.0.1:{port}"
[single_sign_on]
issuer = "{provider.issuer}"
client_id = "{there.CLIENT_ID}"
client_secret_file = "{secret}"
name = "Example Inc."
name_ja = "例示株式会社"
scopes = ["openid"]
"""


def goes_there(page: Page) -> None:
    page.goto("/sign-in")
    page.locator("#organisation").click()


def signs_in_there(page: Page, login: str) -> None:
    """On the provider's own pages: password, then "Continue"."""
    page.locator("#username").fill(login)
    page.locator("#password").fill(there.PASSWORD)
    page.locator("#loginbut").click()
    page.locator("button.btn-success").click()


def comes_in(page: Page, login: str) -> None:
    goes_there(page)
    signs_in_there(page, login)
    expect(page.locator("header bdi")).to_have_text(login.title())


REFUSED = {
    "en-GB": "That sign-in does not open an account here",
    "ja-JP": "このログインでは利用できません",
}
ISOLATES = dict.fromkeys(map(ord, "\u2068\u2069"))
DOWN = "The organisation's sign-in can't be reached just now"


@pytest.mark.parametrize(
    ("language", "login", "button"),
    [
        ("en-GB", "ada", "Sign in with Example Inc."),
        ("ja-JP", "ben", "例示株式会社でログイン"),
    ],
)
def test_there_and_back(company: Company, language: str, login: str, button: str) -> None:
    with company.window(language, viewport={"width": 360, "height": 800}) as page:
        page.goto("/sign-in")
        shown = page.locator("#organisation").inner_text()
        assert shown.translate(ISOLATES) == button
        goes_there(page)
        assert page.url.startswith(company.provider.address)
        signs_in_there(page, login)
        expect(page.locator("header bdi")).to_have_text(login.title())
        assert page.url.startswith(company.site) and "/sign-in" not in page.url
        assert "state=" not in page.url and "code=" not in page.url
        cookies = {one["name"]: one for one in page.context.cookies(company.site)}
        assert cookies["proxyd"]["httpOnly"] and cookies["proxyd"]["sameSite"] == "Lax"
        assert "proxyd-sso" not in cookies
    done = [one["action"] for one in company.records("--person", login) if one["outcome"] == "ok"]
    assert done[:3] == ["admin", "login", "session"], "bound, signed in, and a session of it"


def test_no_word_of_a_login_from_elsewhere_starts_it(company: Company) -> None:
    """Typed, or from a foreign page: the page for signing in, where one presses the button."""
    with company.window() as page:
        page.goto("/sign-in/sso")
        assert page.url == f"{company.site}/sign-in"


@pytest.mark.parametrize("language", sorted(REFUSED))
def test_who_has_no_account_here(company: Company, language: str) -> None:
    with company.window(language) as page:
        goes_there(page)
        signs_in_there(page, "finn")
        expect(page.locator("main")).to_contain_text(REFUSED[language])
        assert "proxyd" not in {one["name"] for one in page.context.cookies(company.site)}
    assert company.records("--person", "finn")[-1]["detail"]["reason"] == "unknown"


def test_who_is_disabled_here(company: Company) -> None:
    company.proxy.command("user", "disable", "eve")
    with company.window() as page:
        goes_there(page)
        signs_in_there(page, "eve")
        expect(page.locator("main")).to_contain_text(REFUSED["en-GB"])
    record = company.records("--person", "eve")[-1]
    assert (record["outcome"], record["detail"]["reason"]) == ("refused", "disabled")


def test_the_provider_refuses(company: Company) -> None:
    with company.window() as page:
        goes_there(page)
        state = _state(page)
        page.goto(f"/sign-in/sso/back?error=access_denied&state={state}")
        expect(page.locator("main")).to_contain_text(REFUSED["en-GB"])
    reasons = [one["detail"].get("reason") for one in company.records("--action", "login")]
    assert reasons[-1] == "the provider says access_denied"


def test_the_way_back_of_another_browser(company: Company) -> None:
    """Whoever sends somebody their own way back (login CSRF) gets nothing."""
    with company.window() as mine, company.window() as others:
        goes_there(mine)
        others.goto(_way_back(company, mine, "ada"))
        expect(others.locator("main")).to_contain_text(REFUSED["en-GB"])
    reasons = [one["detail"].get("reason") for one in company.records("--action", "login")]
    assert reasons[-1] == "another browser"


def _way_back(company: Company, page: Page, login: str) -> str:
    """The address that the provider sends the browser to, which is not there yet."""
    visitor = Visitor(company.provider)
    visitor.sign_in(login)
    visitor.consent()
    return visitor.goes(f"{_asked_there(page)}&g_continue")


def _asked_there(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["callback_url"][0]


def _state(page: Page) -> str:
    return parse_qs(urlsplit(_asked_there(page)).query)["state"][0]


def test_who_has_a_second_factor_is_asked_for_it(company: Company) -> None:
    """The provider says no word of one, so it is ours that is asked for."""
    with ThreadPoolExecutor(1) as apart:  # the browser's loop runs in this thread
        secret = apart.submit(asyncio.run, _with_factor(company.proxy.config, "dan")).result()
    with company.window() as page:
        goes_there(page)
        signs_in_there(page, "dan")
        expect(page.locator("#code")).to_be_visible()
        page.goto("/me")
        expect(page.locator("#code")).to_be_visible()
        page.locator("#code").fill(pyotp.TOTP(secret).at(time.time() + 30))
        page.locator("button.main").click()
        expect(page.locator("header bdi")).to_have_text("Dan")


async def _with_factor(config: Path, login: str) -> str:
    async with opened(settings_of(config)) as at:
        found = await at.store.read(lambda tx: tx.accounts.find(login))
        assert found is not None
        factors = SecondFactors(at.store, at.sealer, OneTimeCodes(), now_us, "x")
        offered = await factors.offer_app(found[0], by=at.actor)
        await factors.confirm_app(found[0], pyotp.TOTP(offered.secret).now(), by=at.actor)
        return offered.secret


def test_signed_out_here_and_there(company: Company) -> None:
    with company.window() as page:
        comes_in(page, "ada")
        page.locator("form[action='/sign-out'] button").click()
        expect(page.locator("[role=status]")).to_have_text("You are signed out.")
        page.locator("main a[href='/sign-in/sso/out']").click()
        page.wait_for_url(f"{company.provider.address}/**")
        page.goto("/me")
        assert page.url.startswith(f"{company.site}/sign-in")


def test_signed_out_there_is_signed_out_here(company: Company) -> None:
    """The provider tells it behind the browser's back (Back-Channel Logout)."""
    with company.window() as page:
        comes_in(page, "cleo")
        company.provider.end_sessions(page.context.cookies(company.provider.address))
        until(lambda: company.records("--person", "cleo")[-1]["detail"].get("reason"))
        page.goto("/me")
        expect(page.locator("#organisation")).to_be_visible()
    ended = company.records("--person", "cleo")[-1]
    assert (ended["action"], ended["detail"]["reason"]) == ("session", "signed-out-there")


def test_unbound_by_an_admin(company: Company) -> None:
    with company.window() as page:
        comes_in(page, "ada")
        company.proxy.command("user", "single-sign-on", "ada", "--unbind", "--yes")
        page.goto("/me")
        expect(page.locator("#organisation")).to_be_visible()


def test_the_provider_is_down(company: Company) -> None:
    """While somebody is there; then the password opens, as always."""
    with company.window() as page:
        goes_there(page)
        back = _way_back(company, page, "ada")
        company.provider.stop()
        try:
            page.goto(back)
            expect(page.locator("main")).to_contain_text(DOWN)
            page.locator("#login").fill("ada")
            page.locator("#password").fill(PASSWORD)
            page.locator("form[action='/sign-in'] button.main").click()
            expect(page.locator("header bdi")).to_have_text("Ada")
        finally:
            company.provider.start()
    (record,) = [one for one in company.records("--action", "login") if one["outcome"] == "failed"]
    assert "ConnectError" in record["detail"]["reason"]
