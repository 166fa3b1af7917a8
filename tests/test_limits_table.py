"""docs/limits.md is what the code says, and the README leads to it."""

from __future__ import annotations

from tests.limits_table import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.limits_table"


def test_it_is_found() -> None:
    root = PAGE.parent.parent
    for name in ("README.md", "README.ja.md"):
        assert "(docs/limits.md)" in (root / name).read_text("utf-8")
    assert "(limits.md)" in (PAGE.parent / "compliance.md").read_text("utf-8")
