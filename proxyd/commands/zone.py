"""The time zone of a shared mailbox's people: as typed, asked for, or this machine's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from proxyd.domain.errors import BadInput
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import WrongPolicy, changed

JAPAN = "Asia/Tokyo"
LOCALTIME = Path("/etc/localtime")
_ZONES = "zoneinfo/"


def machine_zone(localtime: Path = LOCALTIME) -> str:
    """Its name, where the machine knows it by one."""
    if zone := os.environ.get("TZ", "").lstrip(":"):
        return zone
    try:
        _, found, zone = os.readlink(localtime).rpartition(_ZONES)
    except OSError:
        return "UTC"
    return zone if found else "this machine"


def chosen_zone(typed: str | None, language: str | None) -> str:
    """ "" for the machine's. Asked for on a terminal. Raises BadInput for a name that is none."""
    default = JAPAN if language == "ja" else ""
    if typed is None and sys.stdin.isatty() and sys.stderr.isatty():
        shown = default or machine_zone()
        typed = str(typer.prompt("Time zone of the people who use it", shown, err=True))
        typed = "" if typed == machine_zone() else typed
    zone = default if typed is None else typed.strip()
    try:
        changed(Policy(), {"zone": zone})
    except WrongPolicy as wrong:
        raise BadInput("--zone", wrong.problem, wrong.remedy) from None
    return zone
