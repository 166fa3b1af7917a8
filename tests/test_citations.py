"""What code and documents cite is there: files, sections of the design, decisions, tests.

A citation is a path in a comment, a docstring or a document. Histories (CHANGELOG.md) may name what
is gone.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ("proxyd", "imap_frontend", "smtp_frontend", "admin", "tests")
DESIGN = (ROOT / "docs/design.md").read_text("utf-8")
TITLES = set(re.findall(r"^##+ (?:\d+\. )?(.+)$", DESIGN, re.MULTILINE))
SECTIONS = set(re.findall(r"^## (\d+)\. ", DESIGN, re.MULTILINE))
PROMISES = dict(re.findall(r"^(\d+)\. \*\*(.+?)(?=^\d+\. \*\*|^## |\Z)", DESIGN, re.M | re.S))

_FILE = re.compile(r"(?<![\w./*<-])((?:[\w-]+/)*[\w-]+\.(?:py|md|txt))(?!\w|\.\w)")
_LINK = re.compile(r"\]\(([^)#\s]+)")
_SECTION = re.compile(r'docs/design\.md §(\d+)(?:\s+(?:# )?"([^"]+)")?')
_DECISION = re.compile(r"(?:docs/decisions/|[Dd]ecisions? )(\d{3})")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")

# Named and not in the repository: other people's files, and those that come to be.
ELSEWHERE = {"README.md", "README.txt", "dns.txt", "smtp.py", "imap4.py"}


def documents() -> list[Path]:
    return [*ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md", *ROOT.glob("README*.md")]


def said(path: Path) -> str:
    """What a source file says to people: its comments, and the strings that are no values."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        return source
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    told = [ast.get_docstring(n) or "" for n in ast.walk(ast.parse(source)) if isinstance(n, nodes)]
    return "\n".join([*comments, *told])


@cache
def sources() -> dict[Path, str]:
    paths = [path for top in CODE for path in (ROOT / top).rglob("*") if path.is_file()]
    told = [path for path in paths if path.suffix in {".py", ".txt"} and "data" not in path.parts]
    return {path: said(path) for path in told}


@cache
def everything() -> dict[Path, str]:
    return sources() | {path: path.read_text("utf-8") for path in documents()}


@cache
def known() -> frozenset[str]:
    """Each file under every name that tells it: its path, and the ends of its path."""
    names = set()
    for path in [*sources(), *documents(), *ROOT.glob("*.*"), *ROOT.glob("conf/*")]:
        parts = path.relative_to(ROOT).parts
        names |= {"/".join(parts[start:]) for start in range(len(parts))}
    return frozenset(names)


def missing(text: str) -> Iterator[str]:
    """What ``text`` cites and is not there."""
    for file in _FILE.findall(text):
        if file not in known() and file not in ELSEWHERE:
            yield file
    for section, title in _SECTION.findall(text):
        if section not in SECTIONS or (title and " ".join(title.split()) not in TITLES):
            yield f'docs/design.md §{section} "{title}"'
    for number in _DECISION.findall(text):
        if not list(ROOT.glob(f"docs/decisions/{number}-*.md")):
            yield f"decision {number}"


def test_what_is_cited_is_there() -> None:
    wrong = {
        str(path.relative_to(ROOT)): gone
        for path, text in everything().items()
        if (gone := sorted(set(missing(text))))
    }
    assert wrong == {}


def test_links_of_documents_lead_somewhere() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in documents()
        for link in _LINK.findall(path.read_text("utf-8"))
        if "://" not in link and not (path.parent / link).exists()
    ]
    assert wrong == []


def test_each_promise_names_tests_that_exist() -> None:
    assert list(PROMISES) == [str(number) for number in range(1, 11)]
    for number, text in PROMISES.items():
        tests = _TEST.findall(text)
        assert tests, f"promise {number} names no test"
        for file, name in tests:
            source = (ROOT / file).read_text("utf-8")
            assert re.search(rf"\bdef {name}\(|^{name} = ", source, re.MULTILINE), f"{file}::{name}"


def test_each_cited_promise_is_one() -> None:
    for path, text in sources().items():
        for number in re.findall(r"\bpromises? (\d+)", text):
            assert number in PROMISES, f"{path}: promise {number}"


@pytest.mark.parametrize(
    "text",
    [
        "see proxyd/service/nowhere.py",
        "see nowhere.md",
        "docs/design.md §9",
        'docs/design.md §3 "Dreams"',
        "docs/decisions/999",
    ],
)
def test_what_is_not_there_is_noticed(text: str) -> None:
    assert list(missing(text)) != []
