"""docs/permissions.md is what the tested rows say (tests/permissions/rows.py)."""

from __future__ import annotations

from tests.permissions_table import PAGE, page


def test_the_page_is_up_to_date() -> None:
    now = PAGE.read_text("utf-8")
    assert now == page(now), "run: python -m tests.permissions_table"
