"""The access log as rows: append, search, check.

Records are only ever added. The head is read under the same write lock that appends, because other
processes append as well: number and chain follow each other without gaps. What this process wrote
it goes on from, also where somebody has taken it away meanwhile: the gap stays for ever.
Must never see a body or a secret, and never leave out a record because of what stands in it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.ports.access_log import LogCheck, LogFault, LogQuery, LogSeal, StoredRecord
from proxyd.domain.types import Clock, LogRecord, Origin
from proxyd.store.chain import FIELDS, chained, genesis
from proxyd.store.engine import driver_of
from proxyd.store.group_notes import committed_notes, notes
from proxyd.store.log_criteria import is_network, where
from proxyd.store.log_seal import seal_fault, seal_of
from proxyd.store.log_surroundings import surroundings_fault
from proxyd.store.log_text import CLIENT_LIMIT, detail_text, visible
from proxyd.store.prepared import Prepared
from proxyd.store.schema import log

# As they lie in the file: what somebody wrote there by hand need not have the column's type.
_RAW = [type_coerce(log.c[name], NullType()).label(name) for name in (*FIELDS, "chain")]

_INSERT = Prepared(insert(log))
_HIGHEST = select(func.max(log.c.number)).scalar_subquery()
_LAST = Prepared(select(log.c.number, log.c.chain).where(log.c.number == _HIGHEST))

# The year 9999 ends: what somebody wrote beyond that is no time, and shown as the epoch's first.
_NO_TIME_US = 253_402_300_800_000_000

_LAST_NUMBER = 2**63 - 1  # SQLite's

_HEAD = "log head"  # among the notes of a group


class AccessLog:
    def __init__(self, connection: Connection, key: bytes, clock: Clock) -> None:
        self._connection = connection
        self._key = key
        self._clock = clock

    def append(self, records: Iterable[LogRecord]) -> None:
        """Number, chain and insert, in this transaction."""
        now = self._clock()
        rows = [_row(record, now) for record in records]
        if not rows:
            return
        known = notes(self._connection)
        number, chain = known.get(_HEAD) or self._to_go_on_from()
        if number > _LAST_NUMBER - len(rows):
            raise StoreUnavailable("the access log was tampered with: there is no next number")
        for row in rows:
            number += 1
            row["number"] = number
            row["chain"] = chain = chained(self._key, chain, row)
        self._insert(rows)
        known[_HEAD] = number, chain

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        """So many changes, and no others: a trigger in the database could take a record away."""
        driver = driver_of(self._connection)
        before = driver.total_changes
        _INSERT.run(self._connection, rows)
        if driver.total_changes - before != len(rows):
            raise StoreUnavailable(
                "the access log does not keep what is written; `proxyd audit verify` names why"
            )

    def head(self) -> tuple[int, bytes]:
        """Number and chain value of the last record; (0, …) for an empty log."""
        for number, chain in _LAST.rows(self._connection):
            if number > 0:  # what somebody put below the first is no record
                return number, chain
        return 0, genesis(self._key)

    def _to_go_on_from(self) -> tuple[int, bytes]:
        """The head, or what this process committed last where the log no longer has it."""
        head = self.head()
        written: tuple[int, bytes] = committed_notes(self._connection).get(_HEAD, head)
        return head if head[0] > written[0] else written

    def surroundings(self, *, indexes: bool) -> LogFault | None:
        return surroundings_fault(self._connection, indexes=indexes)

    def search(self, query: LogQuery) -> list[StoredRecord]:
        return [_stored(row) for row in self._connection.execute(self._found(_RAW, query))]

    def numbers(self, query: LogQuery) -> list[int]:
        return list(self._connection.scalars(self._found([log.c.number], query)))

    def of_numbers(self, numbers: Sequence[int]) -> list[StoredRecord]:
        there = select(*_RAW).where(log.c.number.in_(numbers)).order_by(log.c.number.desc())
        return [_stored(row) for row in self._connection.execute(there)]

    def within(self, since_us: int, until_us: int) -> tuple[int, int] | None:
        """From the index of times alone."""
        asked = (log.c.at_us >= since_us, log.c.at_us < until_us)
        ends = select(func.min(log.c.number), func.max(log.c.number)).where(*asked)
        first, last = self._connection.execute(ends).one()
        return None if first is None else (first, last)

    def unsound(self, numbers: Sequence[int]) -> LogFault | None:
        seal = self.seal()
        checked = sorted(number for number in numbers if seal is None or number > seal.number)
        for number in checked:
            before = self._raw(number - 2, 1) if number > 1 else []
            chain = before[0].chain if before and before[0].number == number - 1 else None
            if number > 1 and chain is None:
                return LogFault("missing", number - 1)
            if (fault := self.check(number - 1, chain, 1).fault) is not None:
                return fault
        return None

    def _found(self, columns: Sequence[Any], query: LogQuery) -> Select[*tuple[Any, ...]]:
        order = log.c.number.desc() if query.newest_first else log.c.number
        found = where(select(*columns), query).order_by(order).limit(query.limit)
        if query.address is not None and is_network(query.address):
            # One parameter, however many addresses: SQLite takes a limited number of them.
            listed = json.dumps(self._addresses_in(ip_network(query.address)))
            addresses = func.json_each(listed).table_valued("value")
            found = found.where(log.c.address.in_(select(addresses.c.value)))
        return found

    def actors(self) -> list[str]:
        """Everybody who did anything; from an index."""
        return list(self._connection.scalars(select(log.c.actor).distinct()))

    def check(self, after: int, chain: bytes | None, limit: int) -> LogCheck:
        """Compute the chain of up to ``limit`` records after number ``after`` again.

        ``chain`` is that record's value; None at the beginning of the log.
        """
        previous = genesis(self._key) if chain is None else chain
        number = after
        try:
            rows = self._raw(after, limit)
        except DBAPIError:  # a text in there is no text: go step by step, to name the record
            rows = self._raw_until_unreadable(after, limit)
        for place, row in enumerate(rows):
            if row.number != number + 1:
                return LogCheck(number, previous, place, LogFault("missing", number + 1))
            number = row.number
            if not self._fits(previous, row):
                kind = self._kind_of_fault(row)
                return LogCheck(number - 1, previous, place, LogFault(kind, number))
            previous = row.chain
        if len(rows) < limit and (unread := self._next_number(number)) is not None:
            # Either it was appended meanwhile (the next call reads it) or it cannot be read.
            return self._unreadable(number, previous, len(rows), unread)
        return LogCheck(number, previous, len(rows), None)

    def seal(self) -> LogSeal | None:
        """Up to where the records are of a former key, and what they must be."""
        return seal_of(self._connection, self._key)

    def seal_fault(self, seal: LogSeal) -> LogFault | None:
        return seal_fault(self._connection, seal)

    def _addresses_in(self, network: IPv4Network | IPv6Network) -> list[str]:
        """The addresses of the log that lie in it, from the index: a log has far fewer of them than
        records.
        """
        known = self._connection.scalars(select(log.c.address).distinct())
        return [address for address in known if _lies_in(address, network)]

    # ------------------------------------------------------------ checking

    def _raw(self, after: int, limit: int) -> list[Row[Any]]:
        rows = select(*_RAW).where(log.c.number > after).order_by(log.c.number).limit(limit)
        return list(self._connection.execute(rows))

    def _raw_until_unreadable(self, after: int, limit: int) -> list[Row[Any]]:
        rows: list[Row[Any]] = []
        while len(rows) < limit:
            try:
                found = self._raw(after, 1)
            except DBAPIError:
                break
            if not found:
                break
            rows += found
            after = found[0].number
        return rows

    def _next_number(self, after: int) -> int | None:
        return self._connection.scalar(
            select(log.c.number).where(log.c.number > after).order_by(log.c.number).limit(1)
        )

    def _unreadable(self, number: int, chain: bytes, count: int, unread: int) -> LogCheck:
        kind = "missing" if unread != number + 1 else "changed"
        return LogCheck(number, chain, count, LogFault(kind, number + 1))

    def _fits(self, previous: bytes, row: Row[Any]) -> bool:
        try:
            expected = chained(self._key, previous, row._asdict())
        except (TypeError, ValueError):  # a column holds what no record ever holds
            return False
        return isinstance(row.chain, bytes) and hmac.compare_digest(expected, row.chain)

    def _kind_of_fault(self, row: Row[Any]) -> str:
        """Where the next record still fits this one's chain value, only the content was changed."""
        try:
            following = self._raw(row.number, 1)
        except DBAPIError:
            return "changed"
        if not following or not isinstance(row.chain, bytes):
            return "changed"
        return "changed" if self._fits(row.chain, following[0]) else "chain"


def _row(record: LogRecord, now: int) -> dict[str, Any]:
    origin = record.origin
    return {
        "at_us": now,
        "action": visible(record.action),
        "outcome": visible(record.outcome),
        "actor": visible(record.actor),
        "mailbox": visible(record.mailbox),
        "view": visible(record.view),
        "message_id": visible(record.message_id),
        "subject_digest": visible(record.subject_digest),
        "conversation": record.conversation,
        "door": visible(origin.door),
        "address": visible(origin.address),
        "client": visible(origin.client, CLIENT_LIMIT),
        "session": visible(origin.session),
        "detail": detail_text(record.detail),
    }


def _stored(row: Row[*tuple[Any, ...]]) -> StoredRecord:
    """A search shows what is there, also where somebody damaged it; ``check`` tells."""
    record = LogRecord(
        action=_text(row.action),
        outcome=_text(row.outcome),
        actor=_text(row.actor),
        mailbox=_text(row.mailbox),
        view=_text(row.view),
        message_id=_text(row.message_id),
        subject_digest=_text(row.subject_digest),
        conversation=row.conversation if isinstance(row.conversation, int) else None,
        origin=Origin(_text(row.door), _text(row.address), _text(row.client), _text(row.session)),
        detail=_detail(row.detail),
    )
    chain = row.chain if isinstance(row.chain, bytes) else b""
    known = isinstance(row.at_us, int) and 0 <= row.at_us < _NO_TIME_US
    return StoredRecord(row.number, row.at_us if known else 0, record, chain)


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _detail(text: object) -> Mapping[str, object]:
    try:
        detail = json.loads(_text(text))
    except ValueError:
        detail = None
    return detail if isinstance(detail, dict) else {"unreadable": _text(text)}


def _lies_in(text: object, network: IPv4Network | IPv6Network) -> bool:
    try:
        address = ip_address(_text(text))
    except ValueError:  # a door without addresses, such as the command line
        return False
    # A listener on [::] sees IPv4 clients as ::ffff:192.0.2.7.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address in network or (mapped is not None and mapped in network)
