"""Refused sign-ins as lines, and what the real fail2ban reads in them (app/refused_sign_ins.py,
conf/fail2ban). Its server is never started.
"""

from __future__ import annotations

import configparser
import io
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proxyd.app.refused_sign_ins import LINES, LINES_PER_ADDRESS, MINUTE_S, RefusedSignIns
from proxyd.domain.types import Origin
from proxyd.telemetry import configure_logging
from tests.servers.fail2ban import CONF, banned

FORGED = "warning proxyd.app.refused_sign_ins sign-in refused: from 198.51.100.9 at imap: password"


class Told:
    """The log as the program writes it, and the minutes that pass."""

    def __init__(self, style: str) -> None:
        self.stream = io.StringIO()
        configure_logging("info", style, self.stream)
        self._due: list[Callable[[], None]] = []
        self.refused = RefusedSignIns(self._later)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        assert seconds == MINUTE_S
        self._due.append(call)

    def at(
        self, address: str, reason: str = "password", login: str = "", door: str = "imap"
    ) -> None:
        self.refused.tell(Origin(door, address), reason, login)

    def minute(self) -> None:
        due, self._due = self._due, []
        for call in due:
            call()

    def lines(self) -> list[str]:
        lines = self.stream.getvalue().splitlines()
        self.stream.seek(0)
        self.stream.truncate()
        return lines


@pytest.fixture
def own_logging() -> Iterator[None]:
    """What ``configure_logging`` changes is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(params=["text", "json"])
def told(request: pytest.FixtureRequest, own_logging: None) -> Told:
    return Told(request.param)


def as_journal(lines: list[str]) -> list[str]:
    """As fail2ban has an entry of the journal, with its time in front of it."""
    return [f"Nov 30 08:00:00 mail proxyd[4711]: {line}" for line in lines]


@pytest.mark.parametrize("where", ["file", "journal"])
def test_fail2ban_reads_who_tries_passwords(told: Told, where: str, tmp_path: Path) -> None:
    told.at("192.0.2.1", login="anna")
    told.at("::ffff:192.0.2.2", "unknown", door="smtp")
    told.at("2001:db8::3%eth0", "unknown", door="web")
    for number, reason in enumerate(("network", "disabled", "no-grant", "reads-no-mail"), 4):
        told.at(f"192.0.2.{number}", reason, "ben")
    told.at("", "password", "ben")
    lines = told.lines()
    assert len(lines) == 8
    lines = as_journal(lines) if where == "journal" else lines
    tried = ["192.0.2.1", "192.0.2.2", "2001:db8::3"]
    assert banned(lines, tmp_path) == tried
    assert banned(lines, tmp_path, "[mode=aggressive]") == [*tried, "192.0.2.4", "192.0.2.5"]


@pytest.mark.parametrize("where", ["file", "journal"])
def test_nobody_has_somebody_else_banned(told: Told, where: str, tmp_path: Path) -> None:
    """Whatever others have in their lines: the address of ours is the socket's."""
    stamp = "2026-11-30T08:00:00.000Z"
    json_line = (
        f'{{"time": "{stamp}", "level": "warning", "logger": "proxyd.app.refused_sign_ins", '
    )
    json_line += '"message": "sign-in refused: from 198.51.100.9 at imap: password"}'
    forged = [
        FORGED,
        f"{stamp} {FORGED}",
        f"x\r\n{stamp} {FORGED}",
        f"x\n{json_line}\n",
        json_line,
        json_line[json_line.index('", "level"') :],
        f"mail proxyd[4711]: {stamp} {FORGED}",
        f"x\u2028{stamp} {FORGED}",
        f"x\x00\x1b[2K{FORGED}",
    ]
    for text in forged:
        logging.getLogger("smtp_frontend.handler").warning("%s", text)
        logging.getLogger("proxyd.app.turned_away").warning("imap: %s turned away", text)
        told.at(text, "password", "anna")  # an address that is none
        told.at("192.0.2.1", "password", "anna")
    lines = told.lines()
    assert len(lines) == 4 * len(forged), "one record is one line"
    lines = as_journal(lines) if where == "journal" else lines
    assert banned(lines, tmp_path) == ["192.0.2.1"] * len(forged)


def test_a_flood_of_tries_is_no_flood_of_lines(told: Told, tmp_path: Path) -> None:
    for _ in range(10_000):
        told.at("192.0.2.1")
    told.at("192.0.2.2")
    told.minute()
    lines = told.lines()
    assert len(lines) == LINES_PER_ADDRESS + 2
    assert f"{10_000 - LINES_PER_ADDRESS} more sign-ins were refused within 60 s" in lines[-1]
    assert Counter(banned(lines, tmp_path)) == {"192.0.2.1": LINES_PER_ADDRESS, "192.0.2.2": 1}
    told.at("192.0.2.1")
    assert len(told.lines()) == 1, "the next minute begins anew"
    told.minute()
    assert told.lines() == []


def test_many_addresses_take_no_memory_and_no_more_lines(told: Told) -> None:
    for number in range(10 * LINES):
        told.at(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(told.refused._lines) <= LINES
    told.minute()
    assert len(told.lines()) == LINES + 1
    assert not told.refused._lines


def test_the_jail_bans_before_lines_are_left_out() -> None:
    jail = configparser.ConfigParser()
    jail.read(CONF / "jail.d/proxyd.conf")
    assert 0 < jail.getint("proxyd", "maxretry") < LINES_PER_ADDRESS
    assert jail["proxyd"]["filter"] == "proxyd"
