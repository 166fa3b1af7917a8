"""What is typed wrong is said at once, all of it, with exit code 2, and changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture


def state(tmp_path: Path) -> dict[str, bytes]:
    """Every file of the installation that a refusal must leave as it is."""
    found = {str(p): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    return {name: octets for name, octets in found.items() if "-wal" not in name}


def people(tmp_path: Path) -> int:
    with closing(sqlite3.connect(tmp_path / "data" / "proxyd.db")) as there:
        return int(there.execute("SELECT count(*) FROM mailboxes").fetchone()[0])


def test_a_mailbox_with_six_mistakes(proxyd: Command) -> None:  # noqa: F811
    said = proxyd(
        "mailbox", "add", "a/b", "--address", "nonsense", "--imap", "foo://x", "--smtp", "bar",
        "--zone", "Mars/Base", "--ca-file", "nosuch", "--password-stdin", stdin="secret\n",
    )  # fmt: skip
    lines = said.err.splitlines()
    begins = ["--ca-file:", "mailbox name:", "address:", "IMAP server:", "SMTP server:", "--zone:"]
    assert (said.code, said.out) == (2, "")
    assert all(line.startswith(word) for line, word in zip(lines, begins, strict=True))
    assert all("; " in line for line in lines), "each has its remedy"


def test_what_is_missing_is_said_before_a_password_is_asked_for(
    proxyd: Command,  # noqa: F811
) -> None:
    said = proxyd("mailbox", "add", "support")
    assert said.code == 2
    assert [line.split(":")[0] for line in said.err.splitlines()] == [
        "address",
        "IMAP server",
        "SMTP server",
    ]


def test_several_mistakes_of_a_change_a_policy_and_a_person(proxyd: Command) -> None:  # noqa: F811
    added(proxyd)
    for arguments, lines in (
        (("mailbox", "set", "support", "--address", "x", "--imap", "foo://x"), 2),
        (("mailbox", "policy", "support", "zone=Mars/Base", "delete=bla", "destroy=xx"), 3),
        (("user", "add", "An na", "--name", ""), 2),
    ):
        said = proxyd(*arguments)
        assert (said.code, len(said.err.splitlines())) == (2, lines), said.err
    assert "Mars" not in proxyd("mailbox", "policy", "support").out
    for choice in ("=x", " =x"):
        said = proxyd("mailbox", "policy", "support", choice)
        problem = f"mailbox policy: {choice!r} names no key before the =; write KEY=VALUE\n"
        assert (said.code, said.err) == (2, problem)
    assert proxyd("user", "list", "--json").out == "[]\n"


@pytest.mark.parametrize("until", ["gestern", "7d", "", "2020-01-01", "31.12.2999", "0001-01-01"])
def test_who_is_away_comes_back_in_the_future(proxyd: Command, until: str) -> None:  # noqa: F811
    said = proxyd("user", "away", "anna", "--until", until)
    assert said.code == 2
    assert said.err.startswith(f"--until: {until!r} is ")
    assert "still to come: 2" in said.err
    assert "ago" not in said.err


def not_backups(tmp_path: Path) -> dict[str, str]:
    """What somebody may give by mistake, and what is said of it."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("root:x:0:0\n")
    (tmp_path / "octets").write_bytes(b"\xff\xfe" * 5000)
    with closing(sqlite3.connect(tmp_path / "other program's.db")) as other:
        other.execute("CREATE TABLE alembic_version (version_num)")
    return {
        "nosuch": "is no file",
        "directory": "is no file",
        "empty": "is no database",
        "text": "is no database",
        "octets": "is no database",
        "other program's.db": "is another program's database",
    }


def test_what_is_no_backup_is_never_put_back(proxyd: Command, tmp_path: Path) -> None:  # noqa: F811
    added(proxyd)
    for name, why in not_backups(tmp_path).items():
        said = proxyd("restore", name, "--yes")
        assert said.code == 2, said
        assert said.err == f"FILE: {name} {why}; name what proxyd backup wrote\n"
    assert people(tmp_path) == 1
    left = [p.name for p in (tmp_path / "data").iterdir() if "restor" in p.name]
    assert not left, "no draft, and nothing put aside"


@pytest.mark.parametrize("command", [("restore", "--in-place", "--yes"), ("audit", "verify")])
def test_what_is_no_anchor(
    proxyd: Command,  # noqa: F811
    tmp_path: Path,
    command: tuple[str, ...],
) -> None:
    added(proxyd)
    not_backups(tmp_path)
    for name in ("nosuch", "directory", "octets", "text"):
        said = proxyd(*command, "--anchor", name)
        assert said.code == 2, said
        assert said.err.startswith(f"--anchor: {name} ")


def test_names_that_are_none(proxyd: Command, tmp_path: Path) -> None:  # noqa: F811
    added(proxyd)
    before = state(tmp_path)
    for arguments, sentence in (
        (("backup", ""), "FILE: it is empty; write it"),
        (("backup", "."), "FILE: it has no name; name a new file"),
        (("conversation", "show", ""), "NUMBER|MESSAGE-ID: it is empty; write it"),
        (("conversation", "show", "<>"), "conversation: it is not named; write its number or a "),
        (
            ("mailbox", "set", "it's", "--language", "en"),
            'there is no mailbox "it\'s"; see: proxyd ',
        ),
        (("user", "remove", "no body", "--yes"), "there is no user 'no body'; see: proxyd user "),
    ):
        said = proxyd(*arguments)
        assert (said.code, said.out) == (2, ""), said
        assert said.err.startswith(sentence), said.err
    after = state(tmp_path)
    assert after.keys() == before.keys()
