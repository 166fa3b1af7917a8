"""How many alarms there are (proxyd/service/audit/alarm_count.py): as many as their page shows."""

from __future__ import annotations

from typing import Any

from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord, Role
from proxyd.service.actor import Actor
from proxyd.service.audit.alarm_count import AlarmCount
from proxyd.service.audit.alarm_desk import AlarmDesk


async def test_it_is_the_number_of_those_that_nobody_has_seen(database: Any, clock: Any) -> None:
    desk = AlarmDesk(database, clock)
    count = AlarmCount(desk)
    await count.look()
    assert count.now == 0
    alarms = [
        LogRecord(Action.ALARM, "ok", who, "support", detail={"what": "copied-much", "login": who})
        for who in ("anna", "ben")
    ]
    await database.write(lambda tx: tx.log.append(alarms))
    await count.look()
    board = await desk.board(Role.ADMIN)
    assert count.now == len(board.now) == 2
    await desk.seen(board.now[0].number, by=Actor("ada"), role=Role.ADMIN)
    await count.look()
    assert count.now == 1
