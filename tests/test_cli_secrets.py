"""The master key: never made beside a database, exchanged, done without; what is proved then."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from proxyd.store.secrets import VARIABLE, Keys, Sealer, load_master_key
from tests.test_cli import Command, added, proxyd

__all__ = ["proxyd"]

SECRET = "s3cret-of-the-provider"


def key_file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "master.key"


def sealed_password(tmp_path: Path) -> bytes:
    with closing(sqlite3.connect(tmp_path / "data" / "proxyd.db")) as connection:
        found: bytes = connection.execute("SELECT sealed_password FROM mailboxes").fetchone()[0]
        return found


def opens(tmp_path: Path, key: bytes) -> str:
    return Sealer(Keys.of(key)).open(sealed_password(tmp_path), "mailbox 1 upstream password")


@pytest.fixture
def filled(proxyd: Command, tmp_path: Path) -> bytes:
    """An installation with a mailbox and a person; its master key."""
    assert added(proxyd).code == 0
    assert proxyd("user", "add", "anna", "--name", "Anna").code == 0
    return load_master_key(tmp_path / "data", environment={})


@pytest.mark.parametrize("command", [("user", "list"), ("run",), ("audit", "verify"), ("check",)])
def test_a_key_is_never_made_beside_a_database(
    proxyd: Command, tmp_path: Path, filled: bytes, command: tuple[str, ...]
) -> None:
    key_file(tmp_path).unlink()
    said = proxyd(*command)
    assert said.code in (1, 2) and "master.key is missing" in said.err
    assert "proxyd secrets renew" in said.err and not key_file(tmp_path).exists()


def test_a_key_of_another_installation_is_told_of(
    proxyd: Command, tmp_path: Path, filled: bytes
) -> None:
    key_file(tmp_path).write_bytes(base64.b64encode(bytes(range(32))))
    for command in (("check",), ("secrets", "status"), ("user", "list")):
        said = proxyd(*command)
        assert said.code in (1, 2) and "secrets renew" in said.err, command
    assert base64.b64encode(bytes(range(32))).decode() not in said.err + said.out


def test_status(proxyd: Command, tmp_path: Path) -> None:
    assert "made on first use" in proxyd("secrets", "status").out
    added(proxyd)
    assert "fits" in proxyd("secrets", "status").out
    key_file(tmp_path).unlink()
    said = proxyd("secrets", "status")
    assert said.code == 1 and "put back the copy" in said.err


def test_a_lost_key_is_done_without(proxyd: Command, tmp_path: Path, filled: bytes) -> None:
    key_file(tmp_path).unlink()
    assert proxyd("secrets", "renew").code == 2  # nobody has agreed
    assert not key_file(tmp_path).exists()
    said = proxyd("secrets", "renew", "--yes", "--passwords-stdin", stdin="typed again\n")
    assert said.code == 0, said
    key = load_master_key(tmp_path / "data", environment={})
    assert key != filled and opens(tmp_path, key) == "typed again"
    assert [one["login"] for one in json.loads(proxyd("user", "list", "--json").out)] == ["anna"]
    said = proxyd("audit", "verify")
    assert said.code == 0 and "Records 1 to 2 are of a former master key" in said.err
    last = [json.loads(line) for line in proxyd("audit", "export").out.splitlines()]
    assert last[2]["detail"]["did"] == "secrets renew" and last[2]["detail"]["sealed"] == 2
    assert proxyd("secrets", "renew", "--yes").code == 2  # it fits


def test_a_password_may_be_given_later(proxyd: Command, tmp_path: Path, filled: bytes) -> None:
    key_file(tmp_path).unlink()
    proxyd("secrets", "status")
    said = proxyd("secrets", "renew", "--yes", "--passwords-stdin", stdin="\n")
    assert said.code == 0 and "proxyd mailbox set support --password-stdin" in said.err
    assert proxyd("mailbox", "set", "support", "--password-stdin", stdin="x1\n").code == 0
    assert opens(tmp_path, load_master_key(tmp_path / "data", environment={})) == "x1"


def test_an_unfitting_key_is_kept_aside(proxyd: Command, tmp_path: Path, filled: bytes) -> None:
    wrong = base64.b64encode(bytes(32))
    key_file(tmp_path).write_bytes(wrong)
    assert proxyd("secrets", "renew", "--yes").code == 0
    (aside,) = (tmp_path / "data").glob("master.key.unfitting-*")
    assert aside.read_bytes() == wrong


@pytest.mark.parametrize("damaged", [b"", b"c3Vic3Q=\n", b"\x00\xff" * 16])
def test_a_damaged_key_is_as_good_as_lost(
    proxyd: Command, tmp_path: Path, filled: bytes, damaged: bytes
) -> None:
    key_file(tmp_path).write_bytes(damaged)
    for command in (("check",), ("secrets", "status"), ("user", "list")):
        said = proxyd(*command)
        assert said.code in (1, 2) and "proxyd secrets renew" in said.err, command
        assert "openssl" not in said.err, "a new one would not fit the database"
    said = proxyd("secrets", "renew", "--yes", "--passwords-stdin", stdin=SECRET + "\n")
    assert said.code == 0, said.err
    assert opens(tmp_path, load_master_key(tmp_path / "data", environment={})) == SECRET


def test_an_exchange(proxyd: Command, tmp_path: Path, filled: bytes) -> None:
    said = proxyd("secrets", "rotate", "--yes")
    assert said.code == 0, said
    key = load_master_key(tmp_path / "data", environment={})
    assert key != filled and opens(tmp_path, key) == SECRET
    (aside,) = (tmp_path / "data").glob("master.key.before-*")
    assert base64.b64decode(aside.read_bytes()) == filled and aside.stat().st_mode & 0o77 == 0
    assert proxyd("audit", "verify").code == 0
    assert proxyd("secrets", "rotate", "--yes").code == 0  # a second one seals the first too
    said = proxyd("audit", "verify")
    assert said.code == 0 and "Records 1 to 6" in said.err


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE log SET actor = 'x' WHERE number = 1", "one of the records 1 to 2"),
        ("UPDATE log SET actor = CAST(x'ff' AS TEXT) WHERE number = 1", "one of the records 1 to"),
        ("UPDATE log SET chain = x'00' WHERE number = 1", "one of the records 1 to 2"),
        ("DELETE FROM log WHERE number = 1", "record 1 is missing"),
        ("UPDATE log SET chain = x'00' WHERE number = 2", "tampered"),
        ("UPDATE log SET detail = '{}' WHERE number = 3", "tampered"),
        ("DELETE FROM log WHERE number = 3", "tampered"),
    ],
)
def test_what_is_sealed_cannot_be_changed_unseen(
    proxyd: Command, tmp_path: Path, filled: bytes, statement: str, sentence: str
) -> None:
    key_file(tmp_path).unlink()
    proxyd("secrets", "renew", "--yes")
    proxyd("user", "disable", "anna")
    with closing(sqlite3.connect(tmp_path / "data" / "proxyd.db")) as connection, connection:
        connection.execute(statement)
    said = proxyd("audit", "verify")
    assert said.code == 1 and sentence in said.err


def test_an_exchange_that_died_before_the_file_was_exchanged(
    proxyd: Command, tmp_path: Path, filled: bytes
) -> None:
    shutil.copy(key_file(tmp_path), tmp_path / "former")
    proxyd("secrets", "rotate", "--yes")
    key_file(tmp_path).rename(key_file(tmp_path).with_name("master.key.new"))
    shutil.copy(tmp_path / "former", key_file(tmp_path))
    assert proxyd("user", "list").code == 1
    said = proxyd("secrets", "rotate", "--yes")
    assert said.code == 0 and "interrupted is complete" in said.out
    assert proxyd("user", "list").code == 0


def test_a_key_from_the_environment(
    proxyd: Command, tmp_path: Path, filled: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file(tmp_path).unlink()
    monkeypatch.setenv(VARIABLE, base64.b64encode(filled).decode())
    said = proxyd("secrets", "rotate", "--yes")
    assert said.code == 2 and "--new-key FILE" in said.err
    new = tmp_path / "new"
    new.touch(0o600)
    new.write_bytes(base64.b64encode(bytes(range(32))))
    said = proxyd("secrets", "rotate", "--yes", "--new-key", str(new))
    assert said.code == 0 and VARIABLE in said.err
    monkeypatch.setenv(VARIABLE, new.read_text())
    assert proxyd("user", "list").code == 0 and opens(tmp_path, bytes(range(32))) == SECRET


def test_not_while_the_proxy_runs(proxyd: Command, tmp_path: Path, filled: bytes) -> None:
    from proxyd.store import running

    held = running.lock(tmp_path / "data")
    for words in (("secrets", "rotate"), ("secrets", "renew"), ("restore", "--in-place")):
        said = proxyd(*words, "--yes")
        assert said.code == 1 and "systemctl stop proxyd" in said.err
    os.close(held)


def test_the_cache_is_thrown_away(proxyd: Command, tmp_path: Path, filled: bytes) -> None:
    kept = tmp_path / "data" / "cache" / "abcdef"
    kept.mkdir(parents=True)
    (kept / "x").touch()
    proxyd("secrets", "rotate", "--yes")
    assert not kept.exists()
