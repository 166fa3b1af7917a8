"""The number that grows with every change of accounts, grants or mailboxes.

Whoever keeps them in memory asks for it to know whether to load them anew.
"""

from __future__ import annotations

from sqlalchemy import Connection, Integer, String, cast, insert, select, update

from proxyd.store.schema import meta

_KEY = "epoch"


def epoch(connection: Connection) -> int:
    value = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    return int(value) if value is not None else 0


def bump_epoch(connection: Connection) -> None:
    grown = cast(cast(meta.c.value, Integer) + 1, String)
    if connection.execute(update(meta).where(meta.c.key == _KEY).values(value=grown)).rowcount == 0:
        connection.execute(insert(meta).values(key=_KEY, value="1"))
