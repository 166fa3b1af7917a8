"""Writes the table of docs/guards.md from the rows: ``python -m tests.guards_table``."""

from __future__ import annotations

import re
from pathlib import Path

from proxyd.domain.guards import GUARDS, About, Guard

PAGE = Path(__file__).parent.parent / "docs" / "guards.md"

_TABLE = re.compile(r"(<!-- Written from the code .* -->\n).*(<!-- end -->\n)", re.DOTALL)
_HEAD = "| guard | asked about | it stops it when | default |\n|---|---|---|---|\n"
_ABOUT = {
    About.MAIL: "any mail",
    About.REFERRING: "a mail in a conversation",
    About.ANSWER: "an answer",
}


def page(now: str) -> str:
    """The page with the table as the code has it now."""
    rows = "".join(map(_line, GUARDS))
    found, count = _TABLE.subn(lambda match: f"{match[1]}{_HEAD}{rows}{match[2]}", now)
    assert count == 1, "the page has lost the marks around its table"
    return found


def _line(guard: Guard) -> str:
    name = f"`guard-{guard.key}`" if guard.is_choice else guard.key
    default = ("on" if guard.default else "off") if guard.is_choice else "always on"
    return f"| {name} | {_ABOUT[guard.about]} | {guard.when} | {default} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
