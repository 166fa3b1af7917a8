"""Questions to the access log: search, export, verify. Asking is an access too, and is recorded.

Must never change a record, nor answer before the question itself is in the log. Long answers come
in pages, so that neither memory nor a database snapshot is held for the whole log.

``verify`` follows the keyed chain from the first record on. What the chain alone cannot show, a cut
tail or an old copy put back, shows against the anchor: number and chain value of the head, which
``anchor`` keeps outside the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, fields, replace

from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogCheck, LogFault, LogQuery, StoredRecord
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.log_anchor import Anchor, AnchorKeeper
from proxyd.service.actor import Actor
from proxyd.service.audit.log_end import VERIFY, first_missing_from, headless_at
from proxyd.service.audit.restores import Restore, missing_from, restores

# Records a page: some milliseconds of the reader's thread, a megabyte of memory.
PAGE = 1000

# What a search shows at most unless told otherwise: more than a person reads.
SEARCH_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of ``verify``.

    The records up to ``number`` are good. ``fault`` names the first bad one, with the kinds of
    LogFault; it is the same one however often it was asked for since.
    """

    number: int
    chain: bytes
    fault: LogFault | None
    anchor: Anchor | None  # what it was compared with
    restores: tuple[Restore, ...] = ()  # copies of the database that were put back
    sealed: int = 0  # the records up to here are of a former master key


class Audit:
    def __init__(self, store: Database, keeper: AnchorKeeper | None = None) -> None:
        self._store = store
        self._keeper = keeper
        self._last: Anchor | None = None  # kept by this very process

    async def search(self, query: LogQuery, *, by: Actor) -> list[StoredRecord]:
        query = _tidied(query)
        if query.limit is None:
            query = replace(query, limit=SEARCH_LIMIT)
        await self._record(by, {"did": "search", **_asked(query)})
        return await self._store.read(_searching(query))

    async def export(self, query: LogQuery, *, by: Actor) -> AsyncIterator[StoredRecord]:
        """All matching records up to now, oldest first."""
        query = replace(_tidied(query), newest_first=False)
        await self._record(by, {"did": "export", **_asked(query)})
        # What is appended while we read is not part of the answer: it would never end.
        last, _ = await self._store.read(lambda tx: tx.log.head())
        left = query.limit
        while left is None or left > 0:
            wanted = PAGE if left is None else min(PAGE, left)
            records = await self._store.read(_searching(replace(query, limit=wanted)))
            for record in records:
                if record.number > last:
                    return
                yield record
            if len(records) < wanted:
                return
            query = replace(query, after_number=records[-1].number)
            left = None if left is None else left - wanted

    async def size(self) -> int:
        """The number of the last record: what a progress bar counts up to."""
        number, _ = await self._store.read(lambda tx: tx.log.head())
        return number

    async def verify(
        self,
        *,
        by: Actor,
        anchor: Anchor | None = None,
        progress: Callable[[int, int], None] = lambda _checked, _all: None,
    ) -> Verified:
        """Follow the chain to the head as it is now. ``progress`` hears (checked, of how many).

        ``anchor`` stands in for the one that is kept (one from a backup, or another machine).
        """
        headless = None
        if anchor is None and self._keeper is not None:
            anchor = await asyncio.to_thread(self._keeper.read)
            if anchor is None:
                headless = await self._store.read(headless_at)
        verified = await self._followed(await self.size(), anchor, progress)
        if verified.fault is None and headless is not None:
            verified = replace(verified, fault=headless)
        if verified.fault is None:
            verified = replace(verified, restores=tuple(await self._store.read(restores)))
        detail: dict[str, object] = {"did": VERIFY, "good": verified.number}
        if verified.fault is not None:
            detail |= {"fault": verified.fault.kind, "number": verified.fault.number}
        await self._record(by, detail)
        return verified

    async def anchor(self) -> LogFault | None:
        """Keep the head as it is now. Returns what is wrong where the log does not hold what the
        last anchor saw; that one is then left alone, as the evidence it is. An anchor that was
        taken away or exchanged between two calls, or before the first, is told once, and made anew.
        """
        assert self._keeper is not None
        kept = await asyncio.to_thread(self._keeper.read)
        last, self._last = self._last, None

        def compare(tx: Transaction) -> tuple[LogFault | None, LogFault | None, Anchor]:
            fault = (
                missing_from(tx, last)
                or missing_from(tx, kept)
                or tx.log.surroundings(indexes=False)
            )
            headless = headless_at(tx) if last is None and kept is None else None
            return fault, headless, Anchor(*tx.log.head())

        fault, headless, head = await self._store.read(compare)
        if fault is not None:
            self._last = last
            return fault
        if head != kept:
            await asyncio.to_thread(self._keeper.write, head)
        self._last = head
        # Another process may have kept a later one (the command line, at its end).
        if last is not None and (kept is None or kept.number < last.number):
            return LogFault("anchor", last.number)
        return headless

    @property
    def anchored(self) -> Anchor | None:
        """What ``anchor`` has kept last."""
        return self._last

    # ------------------------------------------------------------ steps

    async def _followed(
        self, head: int, anchor: Anchor | None, progress: Callable[[int, int], None]
    ) -> Verified:
        seal = await self._store.read(lambda tx: tx.log.seal())
        number, chain = 0, b""
        if seal is not None:
            fault = await self._store.read(lambda tx: tx.log.seal_fault(seal))
            if fault is not None:
                return Verified(0, b"", fault, anchor)
            number, chain = seal.number, seal.chain or b""
        while number < head:
            limit = min(PAGE, head - number)
            check = await self._store.read(_checking(number, chain, limit))
            number, chain = check.number, check.chain
            if check.fault is not None:
                return Verified(number, chain, check.fault, anchor)
            progress(number, head)
        fault = await self._store.read(lambda tx: first_missing_from(tx, anchor))
        if fault is not None:
            number = min(number, fault.number - 1)
        else:
            fault = await self._store.read(lambda tx: tx.log.surroundings(indexes=True))
        return Verified(number, chain, fault, anchor, sealed=seal.number if seal else 0)

    async def _record(self, by: Actor, detail: dict[str, object]) -> None:
        record = by.record(Action.AUDIT, detail)
        await self._store.write(lambda tx: tx.log.append([record]))


def _searching(query: LogQuery) -> Callable[[Transaction], list[StoredRecord]]:
    return lambda tx: tx.log.search(query)


def _checking(number: int, chain: bytes, limit: int) -> Callable[[Transaction], LogCheck]:
    return lambda tx: tx.log.check(number, chain if number else None, limit)


def _tidied(query: LogQuery) -> LogQuery:
    """As the records have it: Message-IDs without brackets, logins in lower case."""
    message_id, actor = query.message_id, query.actor
    return replace(
        query,
        message_id=message_id.strip().strip("<>") if message_id is not None else None,
        actor=actor.strip().lower() if actor is not None else None,
    )


def _asked(query: LogQuery) -> dict[str, object]:
    """The criteria that were given."""
    default = LogQuery()
    values = {field.name: getattr(query, field.name) for field in fields(query)}
    return {name: value for name, value in values.items() if value != getattr(default, name)}
