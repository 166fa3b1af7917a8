"""A storm of connections is not a storm of lines (app/turned_away.py)."""

from __future__ import annotations

import ast
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from proxyd.app.turned_away import ADDRESSES, LINE_EVERY_S, WHY, TurnedAway

ROOT = Path(__file__).parents[2]


class Told:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.counted: Counter[tuple[str, str]] = Counter()
        self.later: list[Callable[[], None]] = []
        self._log = caplog
        caplog.set_level(logging.WARNING)
        self.turned_away = TurnedAway(lambda *what: self.counted.update([what]), self._later)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        assert seconds == LINE_EVERY_S
        self.later.append(call)

    def minute(self) -> None:
        """A minute passes."""
        due, self.later = self.later, []
        for call in due:
            call()

    def lines(self) -> list[str]:
        found = [record.getMessage() for record in self._log.records]
        self._log.clear()
        return found


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    return Told(caplog)


def test_the_first_is_told_at_once_and_the_others_by_the_minute(told: Told) -> None:
    told.turned_away.at("imap", "crowded", "192.0.2.1")
    assert told.lines() == [f"imap: 192.0.2.1 turned away: {WHY['crowded']}"]
    for number in range(1000):
        told.turned_away.at("imap", "crowded", f"192.0.2.{2 + number % 2 * (number % 3)}")
    assert told.lines() == []
    told.minute()
    [line] = told.lines()
    assert line.startswith("imap: 1000 more turned away within 60 s, 667 of them 192.0.2.2: ")
    told.turned_away.at("imap", "crowded", "192.0.2.9")
    assert told.lines() == []
    told.minute()
    assert len(told.lines()) == 1
    told.minute()
    assert told.lines() == [] and not told.later
    told.turned_away.at("imap", "crowded", "192.0.2.9")
    assert told.lines() == [f"imap: 192.0.2.9 turned away: {WHY['crowded']}"]
    assert told.counted == {("imap", "crowded"): 1003}


def test_each_door_and_reason_by_itself(told: Told) -> None:
    for door in ("imap", "smtp", "http"):
        for why in WHY:
            told.turned_away.at(door, why, "192.0.2.1")
    assert len(told.lines()) == 3 * len(WHY) == len(told.counted)


def test_many_addresses_take_no_memory(told: Told) -> None:
    for number in range(10 * ADDRESSES):
        told.turned_away.at("smtp", "connections", f"10.0.{number >> 8}.{number & 255}")
    [minute] = told.turned_away._minutes.values()
    assert len(minute.addresses) == ADDRESSES and minute.more == 10 * ADDRESSES - 1


def test_every_reason_that_a_door_gives_has_its_words() -> None:
    given: set[str] = set()
    for folder in ("imap_frontend", "smtp_frontend", "admin"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    given |= {
                        str(one.value) for one in node.args if isinstance(one, ast.Constant)
                    } & {*WHY}
    assert given == {*WHY}
