"""ImapTest's scripted tests through proxyd and directly, side by side.

    make compliance SCRIPTS=…/imaptest/src/tests IMAPTEST=…/imaptest

Starts a Dovecot and a proxyd in front of it, both on free ports of 127.0.0.1, runs each group
against both with the original program, and prints a table. Exit code 1 where a group fails through
proxyd that passes directly. Neither program nor scripts are part of this repository.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.compliance.scripts import Verdict, copy_scripts, verdict
from tests.e2e.installation import PASSWORD, Installation
from tests.servers.certificates import make_ca
from tests.servers.dovecot import Dovecot

GROUP_S = 60  # the longest takes two; more is a server that does not answer
MAILBOX = "imaptest"
ALONE = "direct@example.test"  # a mailbox that no proxy watches


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", type=Path, help="directory with the test groups")
    parser.add_argument("--imaptest", default="imaptest", help="the program")
    parser.add_argument("--verbose", action="store_true", help="print what failing groups say")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        directory = Path(name)
        for part in ("tls", "proxy", "scripts"):
            (directory / part).mkdir()
        groups = copy_scripts(options.scripts, directory / "scripts")
        table = compare(options.imaptest, directory, groups)
    show(table, verbose=options.verbose)
    worse = [name for name, (direct, ours) in table.items() if (direct.word, ours.word) == PF]
    return 1 if worse else 0


PF = ("pass", "fail")


def compare(program: str, directory: Path, groups: list[str]) -> dict[str, tuple[Verdict, Verdict]]:
    certificates = make_ca(directory / "tls")
    users = {"support@example.test": "upstream secret", ALONE: "upstream secret"}
    with Dovecot(certificates=certificates, users=users) as dovecot:
        proxy = Installation(directory / "proxy", certificates)
        proxy.set_up(dovecot, "smtps://nobody%40example.test@127.0.0.1:1", dovecot.password)
        proxy.add_person("mara", "Mara", "support:manage")
        proxy.start()
        try:
            proxy.wait_synced(0)
            doors = (
                (dovecot.plain_port, ALONE, users[ALONE]),
                (proxy.ports["imap-starttls"], "mara", PASSWORD),
            )
            return {
                name: (
                    run(program, directory / "scripts" / name, *doors[0]),
                    run(program, directory / "scripts" / name, *doors[1]),
                )
                for name in groups
            }
        finally:
            proxy.close()


def run(program: str, script: Path, port: int, user: str, password: str) -> Verdict:
    words = [f"port={port}", f"user={user}", f"user2={user}", f"pass={password}", f"box={MAILBOX}"]
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


def show(table: dict[str, tuple[Verdict, Verdict]], *, verbose: bool) -> None:
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
