"""The access log: its records, its chain, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.types import LogRecord


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record of the access log as it stands in the chain."""

    number: int  # 1, 2, 3, … without gaps
    at_us: int
    record: LogRecord
    chain: bytes  # HMAC-SHA256 over the previous record's chain and this record


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Criteria are joined by AND; None asks for anything."""

    actor: str | None = None
    # Its own records, and those of its conversation that concern every mail in it
    # (events.OF_CONVERSATION): who answered a mail stands under the answer's Message-ID.
    message_id: str | None = None
    mailbox: str | None = None
    action: str | None = None
    outcome: str | None = None
    address: str | None = None  # an IP address, or a network: 192.0.2.0/24
    conversation: int | None = None
    since_us: int | None = None
    until_us: int | None = None  # exclusive
    after_number: int = 0  # keyset paging: records with a greater number
    before_number: int | None = None  # and records with a smaller one
    limit: int | None = None
    newest_first: bool = False
    actions: tuple[str, ...] = ()  # one of these; (): any
    not_actions: tuple[str, ...] = ()
    client: str | None = None  # a part of what it calls itself, in capitals or not
    subject_digest: str | None = None
    accounts_only: bool = False  # events.OF_ACCOUNTS, and nothing that names a mail


@dataclass(frozen=True, slots=True)
class LogFault:
    """What is wrong with the record ``number``.

    "missing": there is no such record although later ones exist. "changed": its content is not what
    was written. "chain": it does not follow from the record before it (put in, swapped, or its
    chain value altered).

    What lies around the records, where the chain does not look: "added": a record with a number
    below the first. "emptied": none is left. "foreign": ``what`` (a trigger, a view, a table or
    index of other make) decides what is written and found. "index": searches don't find all.

    Where the log ends: "cut": before this record, which was there. "replaced": this record is not
    the one that was there. "anchor": what is kept of the end was taken away or exchanged.
    "headless": nothing is kept of it, though a proxy has kept it here; the last record is this.
    """

    kind: str
    number: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class LogCheck:
    """How far the chain was followed: the last good record, its chain value, how many were good."""

    number: int
    chain: bytes
    count: int
    fault: LogFault | None


@dataclass(frozen=True, slots=True)
class LogSeal:
    """The records up to ``number`` were chained under a former master key."""

    number: int
    chain: bytes | None  # of the last of them; None where there are none
    digest: str  # over all of them


class AccessLog(Protocol):
    def append(self, records: Iterable[LogRecord]) -> None:
        """Number, chain and insert, in this transaction."""
        ...

    def search(self, query: LogQuery) -> list[StoredRecord]: ...

    def numbers(self, query: LogQuery) -> list[int]:
        """The same, without reading more of them than their numbers."""
        ...

    def of_numbers(self, numbers: Sequence[int]) -> list[StoredRecord]:
        """Those that are there, newest first."""
        ...

    def within(self, since_us: int, until_us: int) -> tuple[int, int] | None:
        """The lowest and the highest number of that time; None where there is none. A clock that
        went back makes records of other times lie between them.
        """
        ...

    def unsound(self, numbers: Sequence[int]) -> LogFault | None:
        """The first of these that does not follow from the one before it, as ``check`` has it."""
        ...

    def actors(self) -> list[str]:
        """Everybody who did anything."""
        ...

    def head(self) -> tuple[int, bytes]:
        """Number and chain value of the last record; (0, …) for an empty log."""
        ...

    def check(self, after: int, chain: bytes | None, limit: int) -> LogCheck:
        """Compute the chain of up to ``limit`` records after number ``after`` again.

        ``chain`` is that record's value; None at the beginning of the log.
        """
        ...

    def seal(self) -> LogSeal | None:
        """Up to where the records are of a former key, and what they must be."""
        ...

    def seal_fault(self, seal: LogSeal) -> LogFault | None:
        """ "missing" as ``check``; "sealed": one of the records up to this number was changed."""
        ...

    def surroundings(self, *, indexes: bool) -> LogFault | None:
        """Whether a search and ``check`` look at the same rows, and nothing meddles with them.

        Looking at the indexes takes as long as following the chain; the rest no time.
        """
        ...
