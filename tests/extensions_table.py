"""Writes docs/imap-extensions.md from the code: ``python -m tests.extensions_table``.

Which RFC stands behind a capability is said by capabilities.py; where it is carried out and where
it is tested is found by who cites that RFC: in the docstring of a module, else anywhere in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from imap_frontend.capabilities import (
    CAPABILITIES,
    COMPRESS,
    LOGINDISABLED,
    MECHANISMS,
    STARTTLS,
    CapabilityRow,
)

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "imap-extensions.md"
ROWS = (*CAPABILITIES, COMPRESS, *MECHANISMS, STARTTLS, LOGINDISABLED)
SOURCES = ("imap_frontend/**/*.py", "proxyd/imapwire/**/*.py", "proxyd/service/mail/*.py")
TESTS = ("tests/dialogues/*.txt", "tests/**/test_*.py")
# They name every RFC, and carry out none.
LISTS = frozenset(
    {"capabilities.py", "table.py", "refusals.py", "replies.py", "options.py", "__init__.py"}
)

SHOWN = 6  # of each kind in one cell; the rest is a search for the RFC away

HEAD = """# What the IMAP door speaks

Generated from the code by `python -m tests.extensions_table`; a test fails when it is out of date.

Every line is announced only while each of its commands works, in real folders and in virtual ones,
whatever the provider lacks. *When* says when the client hears of it.

| capability | RFC | when | commands | files | tests |
|---|---|---|---|---|---|
"""
FOOT = """
How to read it: the *files* carry it out at the door and behind it, the *tests* are those that cite
its RFC; `.txt` files are dialogues between a client and the door, readable without Python.
"""


def page() -> str:
    return HEAD + "".join(f"{row_of(row)}\n" for row in ROWS) + FOOT


def row_of(row: CapabilityRow) -> str:
    cells = (
        f"`{row.name}`",
        row.rfc,
        when(row),
        ", ".join(row.commands) or "–",
        listed(files(row)),
        listed(trials(row)),
    )
    return "| " + " | ".join(cells) + " |"


def when(row: CapabilityRow) -> str:
    if row is COMPRESS:
        return "after sign-in, where `imap.compress` is on"
    if not row.after:
        return "before sign-in"
    return "always" if row.before else "after sign-in"


def listed(paths: Sequence[Path]) -> str:
    """Paths as links, relative to the page; the last two levels name them."""
    links = [f"[{'/'.join(path.parts[-2:])}](../{path.as_posix()})" for path in paths[:SHOWN]]
    return ", ".join(links) + (" …" if len(paths) > SHOWN else "")


@cache
def files(row: CapabilityRow) -> list[Path]:
    candidates = [path for path in found(SOURCES) if path.name not in LISTS]
    cited = [path for path in candidates if cites(docstring(path), row)]
    return cited or [path for path in candidates if cites(text(path), row)]


@cache
def trials(row: CapabilityRow) -> list[Path]:
    """Those that are about this RFC, else those that mention it."""
    citing = all_trials(row)
    return [path for path in citing if cites(heading(path), row)] or citing


@cache
def all_trials(row: CapabilityRow) -> list[Path]:
    return [path for path in found(TESTS) if cites(text(path), row)]


def heading(path: Path) -> str:
    """The docstring of a test, the first line of a dialogue."""
    return docstring(path) if path.suffix == ".py" else text(path).partition("\n")[0]


@cache
def found(patterns: tuple[str, ...]) -> list[Path]:
    return [path.relative_to(ROOT) for one in patterns for path in sorted(ROOT.glob(one))]


def cites(where: str, row: CapabilityRow) -> bool:
    """By the number of the RFC; what is no RFC, and what shares its RFC with the whole protocol, by
    the capability's own name.
    """
    number = re.fullmatch(r"RFC (\d+)( §.*)?", row.rfc)
    if number is None or (number[1] == "9051" and number[2]):
        return re.search(rf"(?<![\w=]){re.escape(row.name)}(?!\w)", where) is not None
    return re.search(rf"\b(?:RFC )?{number[1]}\b", where) is not None


@cache
def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(text(path))) or ""


@cache
def text(path: Path) -> str:
    return (ROOT / path).read_text("utf-8")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
