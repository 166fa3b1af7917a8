"""A command loads what it needs itself, and no other's part of the program."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxyd import cli
from proxyd.commands.later import Later
from tests.test_cli import CONFIG

# Runs a command, then says which modules there are.
SCRIPT = """
import json, sys
from proxyd import cli
sys.argv = ["proxyd", *json.loads(sys.argv[1])]
try:
    cli.main()
except SystemExit as end:
    print(json.dumps([end.code or 0, *sys.modules]), file=sys.stderr)
"""

DATABASE = "sqlalchemy"
SETTINGS = "pydantic"
MAILROOM = "proxyd.service.mailbox.mailroom"  # the truth of a mailbox, and the provider's side
PROVIDER = "proxyd.upstream"
SERVER = "twisted"
TABLES = "rich"


def loaded(directory: Path, *words: str) -> set[str]:
    (directory / "proxyd.toml").write_text(CONFIG)
    command = [sys.executable, "-c", SCRIPT, json.dumps(words)]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    code, *modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (("--version",), {DATABASE, SETTINGS, MAILROOM, PROVIDER, SERVER, TABLES}),
        (("check",), {MAILROOM, PROVIDER, SERVER, TABLES}),
        (("user", "add", "anna", "--name", "Anna"), {MAILROOM, PROVIDER, SERVER, TABLES}),
        (("user", "list", "--json"), {MAILROOM, PROVIDER, SERVER, TABLES}),
        (("mailbox", "status"), {MAILROOM, PROVIDER, SERVER}),
        (("conversation", "list"), {MAILROOM, PROVIDER, SERVER}),
        (("audit", "verify"), {MAILROOM, PROVIDER, SERVER, TABLES}),
        (("backup", "file"), {MAILROOM, PROVIDER + ".mailbox", SERVER, TABLES}),
        (("cache", "status"), {MAILROOM, PROVIDER + ".mailbox", SERVER}),
    ],
    ids=lambda words: " ".join(sorted(words) if isinstance(words, set) else words),
)
def test_nothing_of_another_command(
    tmp_path: Path, words: tuple[str, ...], without: set[str]
) -> None:
    assert not without & loaded(tmp_path, *words)


def test_it_is_known_before_it_is_loaded() -> None:
    """Its name: for what is asked back, and for a shell that completes words."""
    commands = Later({"here": "a command"}, {"there": "nowhere:nothing"})
    assert list(commands) == ["here", "there"] and len(commands) == 2
    assert "there" in commands and "elsewhere" not in commands
    assert commands["here"] == "a command"
    assert commands.get("elsewhere") is None
    with pytest.raises(ModuleNotFoundError):
        commands["there"]


def _groups(group: Any) -> Iterator[Any]:
    yield group
    for command in group.commands.values():
        if hasattr(command, "commands"):
            yield from _groups(command)


def test_each_place_is_there_and_loaded_once() -> None:
    for group in _groups(cli._commands):
        assert len(group.commands) > 0
        for name, command in group.commands.items():
            assert command.help, name
            assert group.commands[name] is command


def test_a_shell_hears_the_names() -> None:
    root = cli._commands
    with root.make_context("proxyd", ["user"]) as context:
        assert [one.value for one in root.shell_complete(context, "con")] == [
            *("conf", "conversation")
        ]
        group = root.get_command(context, "mailbox")
        assert group is not None
        with group.make_context("mailbox", ["test"], parent=context) as inner:
            assert [one.value for one in group.shell_complete(inner, "s")] == ["set", "status"]
