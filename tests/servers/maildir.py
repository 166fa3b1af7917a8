"""What lies in a Maildir++ as files, whatever the index of the server in front of it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# What a mail's file name ends with (https://cr.yp.to/proto/maildir.html, "info").
FLAGS = {"F": "\\Flagged", "T": "\\Deleted", "S": "\\Seen", "R": "\\Answered", "D": "\\Draft"}


def mails(root: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Of each mail its Message-ID without the brackets, the folder, and the flags."""
    for file in _files(root):
        head = file.read_bytes().partition(b"\n\n")[0]
        found = re.search(rb"^Message-ID: *<(.*?)>", head, re.IGNORECASE | re.MULTILINE)
        letters = file.name.partition(":2,")[2]
        flags = frozenset(FLAGS[letter] for letter in letters if letter in FLAGS)
        name = found[1].decode() if found else ""
        yield name, file.parent.parent.relative_to(root).name.lstrip(".") or "INBOX", flags


def listing(root: Path) -> str:
    """Every file with its size, for a failure that must explain itself."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return "\n".join(f"{path.stat().st_size:8d} {path.relative_to(root)}" for path in files)


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.parent.name in ("cur", "new")]
