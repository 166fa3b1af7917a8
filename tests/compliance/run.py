"""ImapTest's scripted tests through proxyd and directly, side by side.

    make compliance SCRIPTS=…/imaptest/src/tests IMAPTEST=…/imaptest

Starts a Dovecot and a proxyd in front of it, both on free ports of 127.0.0.1, runs each group
against both with the original program, and prints a table. Exit code 1 where a group fails through
proxyd that passes directly, 2 where all fail directly: then the program does not run. Neither
program nor scripts are part of this repository.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.compliance.doors import Door, require_program, two_doors
from tests.compliance.scripts import Verdict, copy_scripts, verdict

GROUP_S = 60  # the longest takes two; more is a server that does not answer
MAILBOX = "imaptest"

Table = dict[str, tuple[Verdict, Verdict]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", type=Path, help="directory with the test groups")
    parser.add_argument("--imaptest", default="imaptest", help="the program")
    parser.add_argument("--verbose", action="store_true", help="print what failing groups say")
    options = parser.parse_args()
    require_program(parser, options.imaptest)
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        directory = Path(name)
        (directory / "scripts").mkdir()
        groups = copy_scripts(options.scripts, directory / "scripts")
        table = compare(options.imaptest, directory, groups)
    show(table, verbose=options.verbose)
    if table and all(direct.word == "fail" for direct, _ in table.values()):
        said = next(direct.said for direct, _ in table.values()).strip()
        print(f"no group passes on Dovecot itself: {options.imaptest}: {said}", file=sys.stderr)
        return 2
    worse = [name for name, (direct, ours) in table.items() if (direct.word, ours.word) == PF]
    return 1 if worse else 0


PF = ("pass", "fail")


def compare(program: str, directory: Path, groups: list[str]) -> Table:
    with two_doors(directory) as (*doors, _):
        return {
            name: (
                run(program, directory / "scripts" / name, doors[0]),
                run(program, directory / "scripts" / name, doors[1]),
            )
            for name in groups
        }


def run(program: str, script: Path, door: Door) -> Verdict:
    words = [*door.words, f"user2={door.user}", f"box={MAILBOX}"]
    # A directory of its own: with the group's mails, or the ones all share.
    with tempfile.TemporaryDirectory(dir=script.parent.parent) as name:
        for file in (script, script.with_name(script.name + ".mbox"), script.parent / DEFAULT):
            if file.exists():
                (Path(name) / file.name).symlink_to(file)
        command = [program, "host=127.0.0.1", *words, f"test={name}"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=GROUP_S, check=False)
        except subprocess.TimeoutExpired as error:
            return Verdict("fail", f"no end after {GROUP_S} s: {error.stdout!r}")
    return verdict(script.name, (done.stdout + done.stderr).decode(errors="replace"))


DEFAULT = "default.mbox"


def show(table: Table, *, verbose: bool) -> None:
    print(f"{'group':34}{'Dovecot':10}proxyd")
    for name, (direct, ours) in table.items():
        print(f"{name:34}{direct.word:10}{ours.word}")
        if verbose and ours.word == "fail":
            print(ours.said)
    for index, where in enumerate(("directly", "through proxyd")):
        words = [verdicts[index].word for verdicts in table.values()]
        counts = ", ".join(f"{words.count(word)} {word}" for word in ("pass", "fail", "skip"))
        print(f"{where}: {counts}")


if __name__ == "__main__":
    sys.exit(main())
