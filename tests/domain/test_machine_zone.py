"""The machine's time zone has rules, not an offset (domain/machine_zone.py)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from proxyd.domain import machine_zone as zones
from proxyd.domain.machine_zone import machine_zone
from proxyd.domain.policy import Policy

ZONEINFO = Path("/usr/share/zoneinfo")
on_this_machine = pytest.mark.skipif(not ZONEINFO.exists(), reason="no database of zones")


def hours() -> tuple[float, float]:
    """Of the machine's zone, in winter and in summer."""
    winter, summer = (
        datetime(2026, month, 1, tzinfo=machine_zone()).utcoffset() for month in (1, 7)
    )
    assert winter is not None and summer is not None
    return winter / timedelta(hours=1), summer / timedelta(hours=1)


@pytest.mark.parametrize("variable", ["Europe/Berlin", ":Europe/Berlin"])
def test_of_the_environment(monkeypatch, variable):
    monkeypatch.setenv("TZ", variable)
    assert hours() == (1, 2)
    assert machine_zone() == ZoneInfo("Europe/Berlin")
    assert Policy().tz == machine_zone(), "a mailbox without a zone has the machine's"


@on_this_machine
def test_a_file_that_the_environment_names(monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", f":{ZONEINFO / 'America/New_York'}")
    assert hours() == (-5, -4)


def test_no_zone_at_all_is_utc(monkeypatch):
    monkeypatch.setenv("TZ", "")
    assert hours() == (0, 0)


@on_this_machine
@pytest.mark.parametrize("linked", [True, False])
def test_of_etc_localtime(monkeypatch, tmp_path, linked):
    """A copy of the rules has no name, but the rules."""
    monkeypatch.delenv("TZ", raising=False)
    localtime, rules = tmp_path / "localtime", ZONEINFO / "Europe/Berlin"
    if linked:
        localtime.symlink_to(rules)
    else:
        localtime.write_bytes(rules.read_bytes())
    monkeypatch.setattr(zones, "LOCALTIME", localtime)
    assert hours() == (1, 2)
    if linked:
        assert str(machine_zone()) == "Europe/Berlin"


@pytest.mark.parametrize(
    "variable", ["Mars/Olympus", "../../etc/passwd", "/no/such/file", "<+03>-3"]
)
def test_without_rules_that_can_be_read_the_offset_of_now_counts(monkeypatch, variable):
    monkeypatch.setenv("TZ", variable)
    now = datetime.now().astimezone()
    assert now.astimezone(machine_zone()).utcoffset() == now.utcoffset()


def test_nor_with_a_broken_file(monkeypatch, tmp_path):
    monkeypatch.delenv("TZ", raising=False)
    broken = tmp_path / "localtime"
    broken.write_bytes(b"nonsense")
    monkeypatch.setattr(zones, "LOCALTIME", broken)
    now = datetime.now().astimezone()
    assert now.astimezone(machine_zone()).utcoffset() == now.utcoffset()
