r"""ImapTest's scripts, made ready for a server that has a workflow, and its verdicts.

Every mail through proxyd has a status keyword, as some servers give every mail ``$HasAttachment``.
ImapTest ignores those where a script lists flags; in the copy made here it ignores ours as well.
That is the only change; the same copy is run against the provider directly.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

# RFC 9051 §2.3.2: what the scripts' lists of flags leave out anyway, and what a mail of 2008 that
# nobody has answered is here.
IGNORED = ("\\recent", "$HasAttachment", "$HasNoAttachment", "$status-open", "$overdue")
_FLAGS = re.compile(r"(?i)\bflags \((?!\$!)")
_UNTAGGED = re.compile(r"[*!?] .*\bfetch\b", re.IGNORECASE)
_FAILED = re.compile(r"^\*\*\* Test (\S+) ", re.MULTILINE)
_TOTALS = re.compile(r"^(\d+) test groups: (\d+) failed, (\d+) skipped", re.MULTILINE)


def copy_scripts(source: Path, target: Path) -> list[str]:
    """The groups' names; those with a ``.mbox`` of their own keep it."""
    names = []
    for file in sorted(source.iterdir()):
        if file.is_dir():
            continue
        if file.suffix == ".mbox":
            shutil.copy(file, target / file.name)
        else:
            text = file.read_bytes().decode("latin-1")
            (target / file.name).write_bytes(ready(text).encode("latin-1"))
            names.append(file.name)
    return names


def ready(script: str) -> str:
    ignoring = "".join(f" $!ignore={flag}" for flag in IGNORED)
    replacement = f"flags ($!unordered $!noextra{ignoring} "
    lines = [
        _FLAGS.sub(lambda _: replacement, line) if _UNTAGGED.match(line) else line
        for line in script.split("\n")
    ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one group: "pass", "fail" or "skip", and what was said about it."""

    word: str
    said: str = ""


def verdict(name: str, output: str) -> Verdict:
    """Of a run of that group alone."""
    totals = _TOTALS.search(output)
    if totals is None:
        return Verdict("fail", output[-2000:])
    failed, skipped = int(totals[2]), int(totals[3])
    if failed or name in _FAILED.findall(output):
        return Verdict("fail", output)
    return Verdict("skip" if skipped else "pass")
