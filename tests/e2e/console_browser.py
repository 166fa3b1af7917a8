"""Debian's Chromium, driven by Playwright: a window of one person, who must see no fault."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.patience import PATIENCE_S
from tests.servers.absent import needs

PROGRAM = "/usr/bin/chromium"
# Scripts say at once what a page refused to run; listened to before any script of the page.
_VIOLATIONS = (
    "addEventListener('securitypolicyviolation', e => console.error('policy: ' + "
    "e.violatedDirective + ' ' + e.blockedURI))"
)
_REFUSED = re.compile(r"status of 4(?:01|22) ")


@contextmanager
def chromium() -> Iterator[Browser]:
    needs("chromium")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=options)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(
    browser: Browser,
    address: str,
    *,
    language: str = "en",
    script: bool = True,
    width: int = 1280,
    past_policy: bool = False,
) -> Iterator[Page]:
    """Fails at its end where the browser complained of anything. ``past_policy``: a test's own
    script is let in, which the pages' policy forbids.
    """
    context = browser.new_context(
        base_url=address,
        locale={"en": "en-GB", "ja": "ja-JP"}[language],
        java_script_enabled=script,
        viewport={"width": width, "height": 800},
        bypass_csp=past_policy,
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        refused = _REFUSED.search(message.text)  # a form of ours that was not taken
        if message.type in ("error", "warning") and not refused:
            faults.append(message.text)

    page = context.new_page()
    page.on("console", heard)
    page.on("pageerror", lambda error: faults.append(str(error)))
    if script:
        page.add_init_script(_VIOLATIONS)
    try:
        yield page
    finally:
        context.close()
    assert faults == []
