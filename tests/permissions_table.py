"""Writes the tables of docs/permissions.md from the rows: ``python -m tests.permissions_table``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tests.permissions.rows import COLUMNS, IMAP, SMTP, Row

PAGE = Path(__file__).parent.parent / "docs" / "permissions.md"

_TABLE = re.compile(
    r"(<!-- (IMAP|SMTP), written from the rows [^\n]* -->\n).*?(<!-- end -->\n)", re.S
)
_ROWS = {"IMAP": IMAP, "SMTP": SMTP}


def page(now: str) -> str:
    """The page with its tables as the rows have them now."""
    found, count = _TABLE.subn(lambda match: f"{match[1]}{_table(_ROWS[match[2]])}{match[3]}", now)
    assert count == len(_ROWS), "the page has lost the marks around its tables"
    return found


def _table(rows: Sequence[Row]) -> str:
    head = ("command", "to", *COLUMNS)
    lines = [head, tuple("---" for _ in head)]
    lines += [(f"`{row.command}`", row.does, *row.answers.split()) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
