"""Cyrus, Courier and Glewlwyd as Debian builds them, unpacked beside the system.

Debian's IMAP servers exclude each other as packages, and a machine that runs tests wants no mail
server at its next boot. ``tests/install-packages`` unpacks them; nothing of them runs by itself.
"""

from __future__ import annotations

import os
from pathlib import Path

# As root (or with sudo) the first, which other users can read; else the second.
PLACES = (
    Path("/var/cache/proxyd-test-servers"),
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "proxyd-test-servers",
)


def root() -> Path:
    """Where the packages' files stand."""
    for place in PLACES:
        if (place / "complete").exists():
            return place / "root"
    raise RuntimeError("Cyrus, Courier and Glewlwyd are missing; run tests/install-packages")


def environment() -> dict[str, str]:
    """What a program from there needs to find its libraries and modules."""
    base = root()
    machine = next((base / "usr" / "lib").glob("*-linux-gnu*"))
    libraries = [base / "usr" / "lib", machine, base / "lib" / machine.name]
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "SASL_PATH": str(machine / "sasl2"),
        # libgamin's own way to name a server that is not in its place.
        "GAMIN_DEBUG_SERVER": str(base / "usr" / "libexec" / "gam_server"),
    }
