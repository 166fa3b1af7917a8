"""The access log's end in the program's log: once an hour, and when the server stops."""

from __future__ import annotations

import logging

import pytest

from proxyd.app.head_told import TOLD_EACH_S, HeadTold
from proxyd.domain.ports.log_anchor import Anchor


def test_once_an_hour_where_it_has_moved_and_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = [100.0]
    told = HeadTold(lambda: now[0])

    def lines() -> list[str]:
        found = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return found

    first, second, third = (Anchor(number, bytes([number]) * 32) for number in (1, 2, 3))
    told.maybe_tell(None)
    assert lines() == []
    told.maybe_tell(first)
    assert lines() == [f"access log head: 1 {'01' * 32}"]
    told.maybe_tell(second)
    now[0] += TOLD_EACH_S - 1
    told.maybe_tell(second)
    assert lines() == []
    now[0] += 1
    told.maybe_tell(second)
    assert lines() == [f"access log head: 2 {'02' * 32}"]
    now[0] += 2 * TOLD_EACH_S
    told.maybe_tell(second)
    told.maybe_tell(second, last=True)
    assert lines() == []
    told.maybe_tell(third, last=True)
    assert lines() == [f"access log head: 3 {'03' * 32}"]
