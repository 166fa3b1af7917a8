"""Alarms for who looks after them: all for an admin, those about reading mail and signing in for an
auditor; and what people say of them, which is on record before it counts.

Must never show a provider's own words: the log has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from proxyd.domain.alarms import (
    DAY_US,
    OF_THE_LOG,
    SHOWN_US,
    Alarm,
    AlarmGroup,
    AlarmMark,
    of_group,
)
from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock, Role, Trouble
from proxyd.service.actor import Actor
from proxyd.service.audit.alarm_making import alarms_of

# Alarms that are read: as many as a mailbox that fails each minute of a week makes.
_MOST: Final = 10_000
# An old alarm that nobody has seen is one still; older than this it is history.
_BACK_US: Final = 2 * SHOWN_US
SILENT_DAYS: Final = (1, 7, 30)


@dataclass(frozen=True, slots=True)
class AlarmBoard:
    """``last_us``: when there was an alarm last, where there is none to show; None: never."""

    now: tuple[Alarm, ...]
    seen: tuple[Alarm, ...]
    over: tuple[Alarm, ...]
    last_us: int | None


class AlarmDesk:
    """``troubles``: those that there are at this moment; None where only the log can be asked."""

    def __init__(
        self,
        store: Database,
        clock: Clock,
        troubles: Callable[[], Iterable[Trouble]] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._troubles = troubles

    async def board(self, role: Role) -> AlarmBoard:
        """Raises NotFound for who has no alarms to look after."""
        alarms = await self._alarms(role)
        now, seen, over = (tuple(of_group(alarms, group)) for group in AlarmGroup)
        last_us = None if alarms else await self._store.read(lambda tx: _last(tx, role))
        return AlarmBoard(now, seen, over, last_us)

    async def alarm(self, number: int, role: Role) -> Alarm:
        """Raises NotFound."""
        for one in await self._alarms(role):
            if one.number == number:
                return one
        raise NotFound("alarm", str(number))

    async def seen(self, number: int, *, by: Actor, role: Role) -> Alarm:
        """All of it up to now. Raises NotFound."""
        alarm = await self.alarm(number, role)
        now_us = self._clock()

        def mark(former: AlarmMark) -> AlarmMark:
            return replace(former, seen_by=by.name, seen_us=now_us, seen_number=alarm.last)

        await self._put(alarm, mark, {"did": "alarm seen"}, by)
        return alarm

    async def silence(self, number: int, days: int, *, by: Actor, role: Role) -> Alarm:
        """Its next times are no news for so many days. Raises NotFound, BadInput."""
        if days not in SILENT_DAYS:
            choices = ", ".join(str(one) for one in SILENT_DAYS)
            raise BadInput("days", "it is not one of the choices", f"choose {choices}")
        alarm = await self.alarm(number, role)
        until_us = self._clock() + days * DAY_US

        def mark(former: AlarmMark) -> AlarmMark:
            return replace(former, silenced_by=by.name, silenced_until_us=until_us)

        await self._put(alarm, mark, {"did": "alarm silenced", "days": days}, by)
        return alarm

    # ------------------------------------------------------------ steps

    async def _alarms(self, role: Role) -> list[Alarm]:
        if role is Role.STAFF:
            raise NotFound("page", "alarms")
        now_us = self._clock()
        query = LogQuery(
            action=Action.ALARM, since_us=now_us - _BACK_US, limit=_MOST, newest_first=True
        )

        going_on = self._going_on()

        def read(tx: Transaction) -> list[Alarm]:
            records = tx.log.search(query)[::-1]
            return alarms_of(records, tx.alarm_marks.all(), now_us, going_on)

        alarms = await self._store.read(read)
        return [one for one in alarms if is_for(one.what, role)]

    def _going_on(self) -> set[tuple[str, str, str]] | None:
        if self._troubles is None:
            return None
        return {(one.mailbox, one.kind, one.folder) for one in self._troubles() if one.serious}

    async def _put(
        self,
        alarm: Alarm,
        mark: Callable[[AlarmMark], AlarmMark],
        facts: dict[str, object],
        by: Actor,
    ) -> None:
        told = {**facts, "alarm": alarm.number, "what": alarm.what}
        if alarm.person:
            told["login"] = alarm.person

        def write(tx: Transaction) -> None:
            tx.log.append([by.record(Action.ADMIN, told, mailbox=alarm.mailbox)])
            former = {one.cause: one for one in tx.alarm_marks.all()}
            tx.alarm_marks.put(mark(former.get(alarm.cause, AlarmMark(alarm.cause))))

        await self._store.write(write)


def is_for(what: str, role: Role) -> bool:
    return role is Role.ADMIN or (role is Role.AUDITOR and what in OF_THE_LOG)


def _last(tx: Transaction, role: Role) -> int | None:
    query = LogQuery(action=Action.ALARM, limit=_MOST, newest_first=True)
    times = (
        stored.at_us
        for stored in tx.log.search(query)
        if is_for(str(stored.record.detail.get("what", "")), role)
    )
    return next(times, None)
