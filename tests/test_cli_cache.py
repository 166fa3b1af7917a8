"""``proxyd cache`` as it is typed, with and without a proxy that owns the directory."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.store.secrets import Keys, load_master_key
from proxyd.upstream.cache.cache import NOTE, identity, locked, tree_of
from tests.test_cli import Command, proxyd  # noqa: F401 - a fixture

SERVER = Server("imap.example.com", 993, "tls", "support@example.com")


def filled(directory: Path, mailbox_id: int = 1) -> None:
    """Something is kept of the mailbox."""
    keys = Keys.of(load_master_key(directory.parent))
    tree = tree_of(directory, keys.cache, 1 << 20)
    box = SharedMailbox(mailbox_id, "", "", (), "en", SeenMode.PERSON, SERVER, SERVER)
    place = tree.place(tree.mailbox(identity(box)), "INBOX", 1)
    tree.make_root()
    tree.write(tree.body(place, b"BODY[]", 1), b"", 1, [b"x"])


def added(proxyd: Command, name: str) -> None:  # noqa: F811
    said = proxyd(
        "mailbox", "add", name, "--address", f"{name}@example.com",
        "--imap", "imaps://support%40example.com@imap.example.com:993",
        "--smtp", "smtps://smtp.example.com:465", "--password-stdin", stdin="secret\n",
    )  # fmt: skip
    assert said.code == 0, said.err


def test_status(proxyd: Command, tmp_path: Path) -> None:  # noqa: F811
    added(proxyd, "support")
    said = proxyd("cache", "status", "--json")
    assert said.code == 0
    assert json.loads(said.out) == {
        "directory": str(tmp_path / "data" / "cache"),
        "mailboxes": [{"mailbox": "support", "entries": 0, "octets": 0, "oldest": ""}],
        "counts": {},
    }
    filled(tmp_path / "data" / "cache")
    counts = dict.fromkeys(("small_hits", "small_misses", "body_hits", "body_misses"), 7)
    text = json.dumps({**counts, "damaged": 0, "unwritten": 0})
    (tmp_path / "data" / "cache" / "counts.json").write_text(text)
    said = proxyd("cache", "status")
    head, row = said.out.splitlines()
    assert head.split() == ["MAILBOX", "ENTRIES", "OCTETS", "OLDEST", "USE"]
    assert row.split()[:3] == ["support", "1", "4096"] and len(row.split()) == 5
    assert "7 bodies from the cache" in said.err


def test_clear_without_a_proxy(proxyd: Command, tmp_path: Path) -> None:  # noqa: F811
    directory = tmp_path / "data" / "cache"
    added(proxyd, "support")
    added(proxyd, "sales")
    assert proxyd("cache", "clear").code == 0  # nothing there yet
    filled(directory, 1)
    filled(directory, 2)
    said = proxyd("cache", "clear", "sales")
    assert (said.code, said.out) == (0, "The cache of sales is empty.\n")
    assert len(list(directory.glob("*/*"))) == 1
    assert proxyd("cache", "clear").out == "The cache is empty.\n"
    assert list(directory.glob("*/*")) == []
    said = proxyd("cache", "clear", "nobody")
    assert (said.code, said.err) == (
        2,
        "there is no mailbox 'nobody'; see: proxyd mailbox list\n",
    )
    found = proxyd("audit", "search", "--action", "admin", "--json").out.splitlines()
    records = [one for one in map(json.loads, found) if one["detail"]["did"] == "cache clear"]
    assert [one["mailbox"] for one in records] == ["", "sales", ""]


def test_clear_asks_whoever_owns_the_directory(
    proxyd: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = tmp_path / "data" / "cache"
    added(proxyd, "support")
    filled(directory)
    ours = locked(directory)
    note = directory / f"{NOTE}all"

    def owner() -> None:
        while not note.exists():
            pass
        note.unlink()

    thread = threading.Thread(target=owner)
    thread.start()
    assert proxyd("cache", "clear").code == 0
    thread.join()
    assert len(list(directory.glob("*/*"))) == 1  # the owner's business, not ours
    monkeypatch.setattr("proxyd.commands.cache.CLEARED_S", 0.0)
    said = proxyd("cache", "clear")
    assert said.code == 1 and "did not clear" in said.err
    assert not note.exists()
    os.close(ours)
