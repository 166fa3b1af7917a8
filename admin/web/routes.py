"""The one table of routes: a page that is not in it does not exist.

Whoever adds pages adds their file's PAGES here. A test plays each row for each role and for nobody.
"""

from __future__ import annotations

from typing import Final

from admin.web import me_pages, passkey_pages, sign_in_pages, small_pages, sso_pages
from admin.web.mailboxes import pages as mailboxes
from admin.web.page import WebPage

ROUTES: Final[tuple[WebPage, ...]] = (
    *small_pages.PAGES,
    *sign_in_pages.PAGES,
    *passkey_pages.PAGES,
    *sso_pages.PAGES,
    *me_pages.PAGES,
    *mailboxes.PAGES,
)
