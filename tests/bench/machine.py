"""What a table of numbers must say of where they come from."""

from __future__ import annotations

import gzip
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from tests.bench.postfix import PLACE


def described(rounds: int) -> str:
    """One paragraph of Markdown."""
    load = os.getloadavg()
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {_processor()}, {os.cpu_count()} cores, "
        f"Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}, "
        f"Dovecot {_dovecot()}, {_postfix()}. {rounds} rounds at most; load of the machine "
        f"{load[2]:.1f} in the quarter of an hour before the end, the bench's own included."
    )


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _dovecot() -> str:
    done = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.split(" ")[0].strip()


def _postfix() -> str:
    """From the change log of the package, which is unpacked and not installed."""
    log = PLACE / "root/usr/share/doc/postfix/changelog.Debian.gz"
    if not log.exists():
        return "no Postfix"
    with gzip.open(log, "rt", encoding="utf-8") as lines:
        return "Postfix " + lines.readline().partition("(")[2].partition(")")[0]
