"""Orders of the command line to the proxy that is running (ports.orders)."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select, update

from proxyd.domain.ports.orders import Order, Outcome, Wanted
from proxyd.domain.types import Clock, Origin
from proxyd.store.epoch import bump_epoch
from proxyd.store.schema import orders

# Who placed an order takes it away with its outcome, unless somebody ended the command.
KEPT_US = 86_400_000_000


class OrderStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def place(self, mailbox_id: int, wanted: Wanted) -> int:
        now_us = self._clock()
        self._connection.execute(delete(orders).where(orders.c.at_us < now_us - KEPT_US))
        row = {"mailbox_id": mailbox_id, "at_us": now_us, "text": json.dumps(asdict(wanted))}
        made = self._connection.execute(insert(orders).values(row)).inserted_primary_key
        assert made is not None
        bump_epoch(self._connection)  # what a running proxy looks at
        return int(made[0])

    def waiting(self) -> list[Order]:
        query = select(orders).where(orders.c.outcome.is_(None)).order_by(orders.c.id)
        rows = self._connection.execute(query)
        return [Order(row.id, row.mailbox_id, row.at_us, _wanted(row.text)) for row in rows]

    def done(self, number: int, outcome: Outcome) -> None:
        """Not where it was withdrawn."""
        values = {"outcome": json.dumps(asdict(outcome))}
        self._connection.execute(update(orders).where(orders.c.id == number).values(values))

    def outcome(self, number: int) -> Outcome | None:
        text = self._connection.scalar(select(orders.c.outcome).where(orders.c.id == number))
        if text is None:
            return None
        facts = json.loads(text)
        return Outcome(**{**facts, "refused": tuple(facts["refused"])})

    def withdraw(self, number: int) -> None:
        self._connection.execute(delete(orders).where(orders.c.id == number))


def _wanted(text: str) -> Wanted:
    facts = json.loads(text)
    return Wanted(**{**facts, "origin": Origin(**facts["origin"])})
