"""All pages of the access log, for the table of routes."""

from __future__ import annotations

from typing import Final

from admin.web.log import exporting, questions, records

# Exports first: "exports" is no number of a record.
PAGES: Final = (*questions.PAGES, *exporting.PAGES, *records.PAGES)
