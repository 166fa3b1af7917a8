"""Flags of messages that the provider has still to be told of.

One row for each message and flag: what was wanted last. Goes with its message. Never a body.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from proxyd.domain.ports.owed import OwedFlag
from proxyd.store.schema import folders, messages, owed

_OF_MESSAGE = (owed.c.message_id == bindparam("m")) & (owed.c.word == bindparam("w"))


class OwedStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, mailbox_id: int) -> list[tuple[int, OwedFlag]]:
        """With the message's number, the oldest first."""
        query = (
            select(owed)
            .join(messages, messages.c.id == owed.c.message_id)
            .join(folders, folders.c.id == messages.c.folder_id)
            .where(folders.c.mailbox_id == mailbox_id)
            .order_by(owed.c.at_us, owed.c.message_id, owed.c.word)
        )
        rows = self._connection.execute(query)
        return [(r.message_id, OwedFlag(r.flag, r.wanted, r.at_us, r.actor)) for r in rows]

    def count(self, mailbox_id: int) -> tuple[int, int]:
        """How many, and since when (0 where there are none)."""
        query = (
            select(func.count(), func.min(owed.c.at_us))
            .select_from(owed)
            .join(messages, messages.c.id == owed.c.message_id)
            .join(folders, folders.c.id == messages.c.folder_id)
            .where(folders.c.mailbox_id == mailbox_id)
        )
        count, oldest = self._connection.execute(query).one()
        return int(count), int(oldest or 0)

    def owe(self, changes: Iterable[tuple[int, OwedFlag]]) -> None:
        """What was owed of the same message and flag is owed no more."""
        changes = list(changes)
        self.settle([(number, each.word) for number, each in changes])
        if changes:
            rows = [{"message_id": n, "word": e.word, **asdict(e)} for n, e in changes]
            self._connection.execute(insert(owed), rows)

    def settle(self, keys: Collection[tuple[int, str]]) -> None:
        """(message, word): nothing is owed any more."""
        if keys:
            self._connection.execute(
                delete(owed).where(_OF_MESSAGE), [{"m": m, "w": word} for m, word in keys]
            )
