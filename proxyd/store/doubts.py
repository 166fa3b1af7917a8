"""What somebody asked the provider for, and may not have heard the end of. Never a body."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from proxyd.domain.ports.doubts import DoubtRow
from proxyd.store.prepared import Prepared
from proxyd.store.schema import doubts

_FINISH = Prepared(delete(doubts).where(doubts.c.id == bindparam("number")))
_FORGET = Prepared(
    delete(doubts).where(
        doubts.c.mailbox_id == bindparam("mailbox"), doubts.c.at_us < bindparam("before_us")
    )
)


class DoubtStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, mailbox_id: int, row: DoubtRow) -> int:
        """Returns its number."""
        values = {
            "mailbox_id": mailbox_id,
            "account_id": row.account_id,
            "folder_id": row.folder_id,
            "uidvalidity": row.uidvalidity,
            "uidnext": row.uidnext,
            "at_us": row.at_us,
            "what": json.dumps(row.what, ensure_ascii=True),
            "moving": row.moving,
        }
        made = self._connection.execute(insert(doubts).values(values)).inserted_primary_key
        assert made is not None
        return int(made[0])

    def finish(self, ids: Collection[int]) -> None:
        _FINISH.run(self._connection, [{"number": number} for number in ids])

    def forget(self, mailbox_id: int, before_us: int) -> None:
        """Those that were asked for before then."""
        _FORGET.run(self._connection, [{"mailbox": mailbox_id, "before_us": before_us}])

    def all(self, mailbox_id: int) -> list[tuple[int, DoubtRow]]:
        """With their numbers; the oldest first."""
        query = select(doubts).where(doubts.c.mailbox_id == mailbox_id).order_by(doubts.c.id)
        return [(row.id, _row(row)) for row in self._connection.execute(query)]


def _row(row: Row[Any]) -> DoubtRow:
    what = [one if isinstance(one, int) else (one[0], one[1]) for one in json.loads(row.what)]
    facts = row.account_id, row.folder_id, row.uidvalidity, row.uidnext, row.at_us
    return DoubtRow(*facts, what, row.moving)
