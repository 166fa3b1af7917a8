"""The one table of routes: a page that is not in it does not exist.

Whoever adds pages adds their file's PAGES here. A test plays each row for each role and for nobody.
"""

from __future__ import annotations

from typing import Final

from admin.web import me_pages, passkey_pages, sign_in_pages, small_pages, sso_pages
from admin.web.alarms import pages as alarm_pages
from admin.web.conversations import pages as conversations
from admin.web.log import pages as log_pages
from admin.web.mailboxes import pages as mailboxes
from admin.web.overview import pages as overview
from admin.web.page import WebPage
from admin.web.people import pages as people
from admin.web.reports import pages as reports

ROUTES: Final[tuple[WebPage, ...]] = (
    *small_pages.PAGES,
    *sign_in_pages.PAGES,
    *passkey_pages.PAGES,
    *sso_pages.PAGES,
    *people.PAGES,
    *log_pages.PAGES,
    *alarm_pages.PAGES,
    *me_pages.PAGES,
    *overview.PAGES,
    *conversations.PAGES,
    *reports.PAGES,
    *mailboxes.PAGES,
)
