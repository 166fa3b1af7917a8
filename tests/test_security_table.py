"""docs/security.md: each line of the standard has its row, each row its test, each number its code.

Numbers and levels are those of ASVS 5.0.0, listed in tests/data/asvs.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typer.main

from imap_frontend.options import Options as ImapOptions
from proxyd import cli
from proxyd.domain import sign_in_delays as delays
from proxyd.service.admin.admin_input import PASSWORD_MAX, PASSWORD_MIN
from proxyd.service.admin.guessable import WORDS, _common
from proxyd.settings import ImapSettings, Settings, SmtpSettings
from smtp_frontend.options import Options as SmtpOptions

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
LIST = ROOT / "tests/data/asvs/levels-1-and-2.txt"

VERDICTS = ("yes", "in part", "not yet", "n/a")
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\d) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@dataclass(frozen=True)
class Row:
    number: str
    level: str
    asks: str
    here: str
    tests: tuple[tuple[str, str], ...]

    @property
    def verdict(self) -> str:
        return re.split("[:;]", self.here)[0]

    @property
    def reason(self) -> str:
        return self.here.removeprefix(self.verdict).strip(":; ")


def rows() -> list[Row]:
    return [Row(*found[:4], tuple(_TEST.findall(found[4]))) for found in _ROW.findall(PAGE)]


@cache
def functions(file: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in ast.walk(tree) if isinstance(node, kinds)}


def section(title: str) -> str:
    _, _, after = PAGE.partition(f"\n## {title}\n")
    assert after, f"no section {title!r}"
    return after.partition("\n## ")[0]


# ------------------------------------------------------------------ the table


def test_every_line_of_the_standard_has_one_row() -> None:
    lines = [line for line in LIST.read_text("utf-8").splitlines() if not line.startswith("#")]
    asked = [tuple(line.split()) for line in lines]
    assert len(asked) == 76
    assert [(row.number, row.level) for row in rows()] == asked


def test_every_verdict_is_one_and_says_why() -> None:
    for row in rows():
        assert row.verdict in VERDICTS, row
        if row.verdict != "yes":
            assert len(row.reason) > 10, f"{row.number}: says no reason"
        if row.verdict in ("yes", "in part"):
            assert row.tests, f"{row.number}: no test would fail"
        else:
            assert not row.tests, f"{row.number}: says {row.verdict} and names a test"


def test_every_named_test_is_there_and_is_run() -> None:
    for row in rows():
        for file, name in row.tests:
            found = functions(file).get(name)
            assert name.startswith("test_") and found is not None, f"{row.number}: {file}::{name}"
            marks = " ".join(ast.unparse(mark) for mark in found.decorator_list)
            assert "skip" not in marks and "xfail" not in marks, f"{row.number}: {file}::{name}"
            module = (ROOT / file).read_text("utf-8")
            assert not re.search(r"^pytestmark = .*(skip|xfail)", module, re.MULTILINE), file


def test_the_sums_of_the_page_are_right() -> None:
    counts = Counter(row.verdict for row in rows())
    each = ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS)
    assert f"Of {len(rows())} lines: {each}." in PAGE


# ------------------------------------------------------------------ what the page says besides


def test_every_listener_is_a_door_of_the_page() -> None:
    """A port that somebody opens, and does not tell of here, is an undocumented way in."""
    doors, listeners = section("Doors"), []
    for name, section_field in Settings.model_fields.items():
        kind = section_field.annotation
        assert isinstance(kind, type)
        for key, field in kind.model_fields.items():  # type: ignore[attr-defined]
            if "Listen" in f"{field.annotation} {field.metadata} {field.default!r}":
                listeners.append(f"`{name}.{key}`")
    assert {"`imap.tls`", "`smtp.starttls`", "`http.listen`"} <= set(listeners)
    assert [listener for listener in listeners if listener not in doors] == []


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    imap, smtp, options = ImapSettings(), SmtpSettings(), ImapOptions()
    guessing, sessions = section("Guessing passwords"), section("Sessions")
    for told in (
        f"after {options.login_failures} wrong passwords (IMAP) or",
        f"or {SmtpOptions().login_failures} (sending), and after {imap.login_s} s",
        f"`imap.max_connections_per_address`: {imap.max_connections_per_address},",
        f"`smtp.max_connections_per_address`: {smtp.max_connections_per_address})",
        f"{delays.PLACE_FIRST_S:g} s growing to {delays.PLACE_MOST_S:g} s",
        f"{delays.LOGIN_FIRST_S:g} s to {delays.LOGIN_MOST_S:g} s",
        f"has {PASSWORD_MIN} to {PASSWORD_MAX} characters",
        f"one of the {sum(1 for one in _common() if one):,} most frequent",
        f"fewer than {PASSWORD_MIN} characters are left",
    ):
        assert told in guessing, told
    assert (delays.PLACE_FREE, delays.LOGIN_FREE) == (6, 20)
    assert SmtpOptions().login_s == imap.login_s
    for told in (
        f"| {imap.idle_s} s (`imap.idle_s`; RFC 9051 demands 30 minutes) | {smtp.idle_s} s",
        f"| {imap.max_connections_per_address} | {smtp.max_connections_per_address} |",
        f"| {imap.max_connections} | {smtp.max_connections} |",
    ):
        assert told in sessions, told


def test_the_words_of_the_page_are_those_of_the_code() -> None:
    guessing = section("Guessing passwords")
    assert [word for word in WORDS if f"`{word}`" not in guessing] == []


def options(command: object, path: str = "proxyd") -> dict[str, list[str]]:
    """The options of every command, by its words."""
    found = {path: [name for one in command.params for name in one.opts]}  # type: ignore[attr-defined]
    if hasattr(command, "list_commands"):
        import click

        context = click.Context(command)  # type: ignore[arg-type]
        for name in command.list_commands(context):
            found |= options(command.get_command(context, name), f"{path} {name}")  # type: ignore[attr-defined]
    return found


def test_no_command_takes_a_hint_or_a_secret_question() -> None:
    every = options(typer.main.get_command(cli.app))
    assert "--password-stdin" in every["proxyd user add"]
    for command, names in every.items():
        for name in names:
            assert not re.search("hint|question|birth|maiden", name), f"{command} {name}"
            # A password as a word of the command line is in every list of processes.
            assert name not in ("--password", "--secret", "--token"), f"{command} {name}"


def test_it_is_found() -> None:
    for name in ("README.md", "README.ja.md"):
        assert "(docs/security.md)" in (ROOT / name).read_text("utf-8")
