"""The access log under a master key that is gone: sealed as it is, and gone on with under another.

The chain of former records can't be computed again. A digest over all of them, in the first record
of the new chain, takes its place: from then on nothing in them can be changed unseen. Whether they
were sound before is said in that record by who sealed them. Must never change a record.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, text, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from proxyd.domain.ports.access_log import LogFault, LogSeal
from proxyd.store.chain import FIELDS, chained
from proxyd.store.schema import log

PAGE = 1000

_RAW = [type_coerce(log.c[name], NullType()).label(name) for name in (*FIELDS, "chain")]

# As octets with their type: a value that somebody damaged has a digest as well.
_EACH = " || '.' || ".join(f"typeof({n}) || hex(CAST({n} AS BLOB))" for n in (*FIELDS, "chain"))
_OCTETS = text(
    f"SELECT number, {_EACH} FROM log WHERE number > :after AND number <= :last"  # noqa: S608
    " ORDER BY number LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is to stand in the record that follows."""

    last: int
    digest: str

    def detail(self) -> dict[str, object]:
        return {"sealed": self.last, "digest": self.digest}


def sealed_now(connection: Connection) -> Sealed:
    """All that is there."""
    last = connection.scalar(select(log.c.number).order_by(log.c.number.desc()).limit(1)) or 0
    return Sealed(last, digest_to(connection, last)[0])


def digest_to(connection: Connection, last: int) -> tuple[str, int | None]:
    """Over the records 1 to ``last``; and the number of the first that is missing."""
    found, number = hashlib.sha256(), 0
    while number < last:
        rows = connection.execute(_OCTETS, {"after": number, "last": last, "most": PAGE}).all()
        if not rows:
            return found.hexdigest(), number + 1
        for row in rows:
            if row[0] != number + 1:
                return found.hexdigest(), number + 1
            number = row[0]
            found.update(row[1].encode("ascii") + b"\n")
    return found.hexdigest(), None


def seal_of(connection: Connection, key: bytes) -> LogSeal | None:
    """The newest one that is of this key's chain."""
    for number in connection.scalars(_CANDIDATES).all():
        rows = _rows(connection, number)
        sealed = _detail(rows[1].detail) if len(rows) == 2 else None
        if sealed and sealed.last == number - 1 and _follows(key, rows):
            return LogSeal(sealed.last, rows[0].chain, sealed.digest)
    return None


def seal_fault(connection: Connection, seal: LogSeal) -> LogFault | None:
    digest, missing = digest_to(connection, seal.number)
    if missing is not None:
        return LogFault("missing", missing)
    if not hmac.compare_digest(digest, seal.digest):
        return LogFault("sealed", seal.number)
    return None


_CANDIDATES = text(
    "SELECT number FROM log WHERE action = 'admin' AND instr(detail, '\"sealed\":') > 0"
    " ORDER BY number DESC"
)


def _rows(connection: Connection, number: int) -> list[Row[Any]]:
    """That record, behind the one before it."""
    query = select(*_RAW).where(log.c.number.in_([number - 1, number])).order_by(log.c.number)
    try:
        return list(connection.execute(query))
    except DBAPIError:  # a text in there is no text
        return []


def _detail(stored: object) -> Sealed | None:
    try:
        detail = json.loads(str(stored))
        return Sealed(int(detail["sealed"]), str(detail["digest"]))
    except (ValueError, TypeError, KeyError):
        return None


def _follows(key: bytes, rows: list[Row[Any]]) -> bool:
    """Only who has the key could have written the second behind the first."""
    if not isinstance(rows[0].chain, bytes):
        return False
    try:
        expected = chained(key, rows[0].chain, rows[1]._asdict())
    except (TypeError, ValueError):
        return False
    return isinstance(rows[1].chain, bytes) and hmac.compare_digest(expected, rows[1].chain)
