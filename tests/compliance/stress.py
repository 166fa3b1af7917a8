"""ImapTest's stress, directly and through proxyd: what it complains of only there.

    make stress IMAPTEST=…/imaptest ARGS="--seconds 120 --seed 7 checkpoint=2 logout=0"

Ten clients of one person do at random what clients do; the program keeps what each was told, and
says where that contradicts itself. Exit code 1 where it complains through proxyd of what it does
not complain of directly and what ``EXPLAINED`` does not have, or proxyd's log has a traceback.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.compliance.doors import Door, require_program, two_doors
from tests.corpus import mails

MAILS = 5000  # the program takes them in turn, and knows a mail by its Message-ID
SLOW_S = 60  # more than it was told to run
_COMPLAINT = re.compile(r"^(?:Error|Panic|Fatal): (?:\S+\[\d+\]: )?(.*)", re.MULTILINE)
_TAG = re.compile(r"\d+\.\d+ (?=OK|NO|BAD)")
_DETAIL = re.compile(r": \* \d+ FETCH.*|(?<=BAD reply for command: SEARCH).*")

# By the letter of an RFC, or by what proxyd is for: docs/compliance.md says why of each.
EXPLAINED = (
    re.compile(r"(FETCH|FETCHN|STORE|DELETE) failed: NO \[EXPUNGEISSUED\] some of these mails "),
    re.compile(r"Checkpoint: client N: Missing keyword "),
    re.compile(r"(UID=N MODSEQ|Flags unexpectedly) changed for owned message"),
    re.compile(r"Owned keyword changed: "),
    re.compile(r"BAD reply for command: SEARCH|SEARCH failed: BAD Search text is not UTF-N"),
    # The program's own end: it happens directly, too.
    re.compile(r"file client-state.c: line N \(client_update_plan\): assertion failed"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--imaptest", default="imaptest", help="the program")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("words", nargs="*", help="for the program, as it wants them")
    options = parser.parse_args()
    require_program(parser, options.imaptest)
    words = [f"secs={options.seconds}", f"seed={options.seed}", *options.words]
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        mbox = Path(name) / "mbox"
        write_mails(mbox)
        with two_doors(Path(name)) as (direct, ours, proxy):
            command = [options.imaptest, "host=127.0.0.1", f"mbox={mbox}", *words]
            said = [stress(command, door, options.seconds) for door in (direct, ours)]
            log = proxy.log()
    wrong = show(complaints(said[0]), complaints(said[1]))
    if "Traceback" in log:
        print(log[-3000:])
    return 1 if wrong or "Traceback" in log else 0


def write_mails(file: Path) -> None:
    with file.open("wb") as mbox:
        for raw, _, _ in mails(MAILS):
            text = raw.replace(b"\r\nFrom ", b"\r\n>From ").rstrip(b"\r\n")
            mbox.write(b"From user@domain  Fri Feb 22 17:06:23 2008\r\n" + text + b"\r\n\r\n")


def stress(command: list[str], door: Door, seconds: int) -> str:
    with tempfile.TemporaryDirectory() as elsewhere:  # the program may leave files behind
        done = subprocess.run(
            [*command, *door.words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=elsewhere, timeout=seconds + SLOW_S, check=False,
        )  # fmt: skip
    return done.stdout.decode(errors="replace")


def complaints(said: str) -> Counter[str]:
    """By kind: numbers are N, and what it was about is left out."""
    found = (_DETAIL.sub("", _TAG.sub("", text.strip())) for text in _COMPLAINT.findall(said))
    kinds = (re.sub(r"\d+", "N", text)[:120] for text in found)
    return Counter(kind for kind in kinds if not kind.startswith("Raw backtrace"))


def unexplained(direct: Counter[str], ours: Counter[str]) -> list[str]:
    kinds = (kind for kind in ours if kind not in direct)
    return sorted(kind for kind in kinds if not any(known.match(kind) for known in EXPLAINED))


def show(direct: Counter[str], ours: Counter[str]) -> list[str]:
    print(f"{'Dovecot':>8}{'proxyd':>8}")
    for kind in sorted(direct | ours):
        print(f"{direct[kind]:8}{ours[kind]:8}  {kind}")
    wrong = unexplained(direct, ours)
    print(f"only through proxyd, and not explained: {wrong or 'nothing'}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
