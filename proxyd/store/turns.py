"""What became of each waiting, kept for reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, insert, select

from proxyd.domain.turns import EndedTurn, TurnTimes
from proxyd.store.prepared import Prepared
from proxyd.store.schema import turns

# Rendered once not for its own sake: a year's rows come as the driver has them, in less time.
_ENDED = Prepared(
    select(*(turns.c[column] for column in TurnTimes._fields)).where(
        turns.c.mailbox_id == bindparam("mailbox"),
        turns.c.ended_us >= bindparam("since"),
        turns.c.ended_us < bindparam("until"),
    )
)


class TurnStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, mailbox_id: int, ended: Iterable[EndedTurn]) -> None:
        rows = [
            {
                "mailbox_id": mailbox_id,
                "conversation_id": turn.conversation,
                "account_id": turn.account_id,
                "name": turn.name,
                "outcome": turn.outcome,
                "since_us": turn.since_us,
                "ended_us": turn.ended_us,
                "office_us": turn.office_us,
                "goal_us": turn.goal_us,
            }
            for turn in ended
        ]
        if rows:
            self._connection.execute(insert(turns), rows)

    def ended(self, mailbox_ids: Collection[int], since_us: int, until_us: int) -> list[TurnTimes]:
        """Those that ended from then on and before ``until_us``, in no order."""
        period = {"since": since_us, "until": until_us}
        found: list[TurnTimes] = []
        for mailbox_id in mailbox_ids:
            rows = _ENDED.rows(self._connection, {"mailbox": mailbox_id, **period})
            found.extend(map(TurnTimes._make, rows))
        return found
