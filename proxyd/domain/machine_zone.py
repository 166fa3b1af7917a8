"""The time zone of the machine, with its rules: an hour in summer is not one of winter.

The environment's TZ, else /etc/localtime; where neither names one, the offset that counts now.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")
_FOLDER = "zoneinfo/"


def machine_zone() -> tzinfo:
    """As the C library reads it; the same object for the same setting."""
    return _zone(os.environ.get("TZ"), LOCALTIME)


@cache
def _zone(variable: str | None, localtime: Path) -> tzinfo:
    try:
        if variable is None:
            return _of_file(localtime)
        name = variable.removeprefix(":")
        return _of_file(Path(name)) if name.startswith("/") else ZoneInfo(name or "UTC")
    except (OSError, ValueError, KeyError):  # rules written out (JST-9), or no such file
        offset = datetime.now().astimezone().utcoffset()
        assert offset is not None
        return timezone(offset)


def _of_file(file: Path) -> ZoneInfo:
    """By its name where it has one: a country's calendar goes by that."""
    _, found, name = str(file.resolve(strict=True)).rpartition(_FOLDER)
    if found:
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            pass
    with file.open("rb") as octets:
        return ZoneInfo.from_file(octets)
