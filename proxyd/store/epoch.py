"""The number that grows with every change of people, grants, mailboxes, rules or closed days.

Whoever keeps them in memory asks for it to know whether to load them anew.
"""

from __future__ import annotations

from sqlalchemy import Connection, Integer, String, bindparam, cast, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from proxyd.store.prepared import Prepared
from proxyd.store.schema import meta

_KEY = "epoch"
_BUMP = Prepared(
    insert(meta)
    .values(key=bindparam("which"), value=literal_column("'1'"))
    .on_conflict_do_update(
        index_elements=[meta.c.key],
        set_={"value": cast(cast(meta.c.value, Integer) + literal_column("1"), String)},
    )
)


def epoch(connection: Connection) -> int:
    value = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    return int(value) if value is not None else 0


def bump_epoch(connection: Connection) -> None:
    _BUMP.run(connection, [{"which": _KEY}])
