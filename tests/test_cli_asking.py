"""Every command that tells from the access log, or of mails, is in the log itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.main import get_command

from proxyd.cli import app
from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture

# Command → what it is called in the record. Those of these groups that change something are in the
# log as that change.
ASKING = {
    ("audit", "search"): "search",
    ("audit", "export"): "export",
    ("audit", "verify"): "verify",
    ("conversation", "list"): "conversations",
    ("conversation", "show", "1"): "history",
    ("report", "response-times"): "response-times",
    ("report", "response-times", "--by", "person"): "response-times",
    ("report", "load"): "load",
}
CHANGING = {("conversation", name) for name in ("split", "join", "hold", "assign")}


def test_each_command_of_these_groups_is_known_here() -> None:
    root = get_command(app)
    there = {
        (group, name)
        for group in ("audit", "conversation", "report")
        for name in root.commands[group].commands  # type: ignore[attr-defined]
    }
    assert there == {words[:2] for words in ASKING} | CHANGING


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_asking_is_recorded(
    proxyd: Command,  # noqa: F811
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SUDO_USER", "taro")
    assert added(proxyd).code == 0
    proxyd(*words)
    exported = proxyd("audit", "export", "--action", "audit").out
    asked, _ = map(json.loads, exported.splitlines())
    assert (asked["detail"]["did"], asked["actor"]) == (ASKING[words], "taro@cli")
