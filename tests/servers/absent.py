"""What this system does not have at all, so that its tests are named and don't fail.

``tests/unpack-servers`` and ``tests/install-packages`` write it down: no such package, or one that
only hands on to a snap. Debian has everything, so nothing counts as absent there: what is missing
on Debian was not installed, and its tests fail.
"""

from __future__ import annotations

import functools
import platform
from collections.abc import Mapping

import pytest

from tests.servers.unpacked import PLACES

FILES = ("absent", "absent-programs")


@functools.cache
def absent() -> Mapping[str, str]:
    """Program or server → why."""
    if platform.freedesktop_os_release().get("ID") == "debian":
        return {}
    files = [place / name for place in PLACES for name in FILES]
    lines = [line for file in files if file.exists() for line in file.read_text().splitlines()]
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def needs(name: str) -> None:
    """Ends the test, which is then listed as absent, where this system does not have it."""
    if name in absent():
        pytest.skip(f"absent here: {name}, {absent()[name]}")
