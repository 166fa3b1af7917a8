"""The pages about shared mailboxes. One more is a word of its own: it stands before the names."""

from __future__ import annotations

from typing import Final

from admin.web.mailboxes import (
    adding,
    hours,
    listing,
    password,
    policy,
    removing,
    rules,
    testing,
)
from admin.web.page import WebPage

PAGES: Final[tuple[WebPage, ...]] = (
    *adding.PAGES,
    *listing.PAGES,
    *testing.PAGES,
    *password.PAGES,
    *policy.PAGES,
    *hours.PAGES,
    *rules.PAGES,
    *removing.PAGES,
)
