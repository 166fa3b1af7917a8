"""Answers under an Idempotency-Key as rows (ports.api_answers). Must never see one in clear."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from proxyd.domain.ports.api_answers import Asked, KnownAnswer
from proxyd.domain.types import Clock
from proxyd.store.schema import api_answers as t


class ApiAnswerStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def find(self, token: int, key: str, since_us: int) -> KnownAnswer | None:
        these = (t.c.token_id == token) & (t.c.key == key) & (t.c.begun_us > since_us)
        query = select(t.c.digest, t.c.sealed).where(these)
        for digest, sealed in self._connection.execute(query):
            return KnownAnswer(digest, sealed)
        return None

    def begin(self, asked: Asked, since_us: int) -> bool:
        if self.find(asked.token, asked.key, since_us) is not None:
            return False
        self._connection.execute(delete(t).where(_row(asked)))
        self._connection.execute(insert(t).values(self._values(asked)))
        return True

    def answered(self, asked: Asked, sealed: bytes) -> None:
        there = self._connection.execute(update(t).where(_row(asked)).values(sealed=sealed))
        if not there.rowcount:
            self._connection.execute(insert(t).values({**self._values(asked), "sealed": sealed}))

    def all(self) -> list[tuple[int, str, bytes]]:
        query = select(t.c.token_id, t.c.key, t.c.sealed).where(t.c.sealed.is_not(None))
        return [(row.token_id, row.key, row.sealed) for row in self._connection.execute(query)]

    def forget(self, before_us: int) -> int:
        return self._connection.execute(delete(t).where(t.c.begun_us <= before_us)).rowcount

    def _values(self, asked: Asked) -> dict[str, object]:
        return {
            "token_id": asked.token,
            "key": asked.key,
            "digest": asked.digest,
            "begun_us": self._clock(),
        }


def _row(asked: Asked) -> ColumnElement[bool]:
    return (t.c.token_id == asked.token) & (t.c.key == asked.key)
