"""An admin who is signed in."""

from __future__ import annotations

import pytest

from tests.admin.web.conftest import Browser


@pytest.fixture
async def ada(company) -> Browser:
    browser = company.browser()
    await browser.sign_in("ada")
    return browser
