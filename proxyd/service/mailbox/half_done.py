"""Several mails that go to a provider one by one, of which all or none shall be there.

Before the first is asked for, what they are stands on disk, and after each answer its UID. Whatever
comes in between (an error, a kill -9) leaves a row behind, and what the row knows to be ours is
taken back: at once, or as soon as the provider can be reached again.

Invariants:
- nothing is taken back but what was stored by us: what the provider gave a UID from the folder's
  UIDNEXT on, and what has our keyword, the very octets and such a UID. What could be somebody
  else's stays, and the access log says so;
- our keyword is gone before the commit, so that nothing that was acknowledged ever has it;
- a mail that was asked for and not answered may be stored after we have looked, by a server that
  had all of it when the line broke: its row stays as long as that may take, counted from our first
  look because nobody knows how long the server stood still before, and it is looked for;
- a NO may mean "not now": the row stays as long, and only then it is told what was not taken back;
- one at a time: what is under way is never taken for what was left behind;
- the row goes in the transaction that brings the real records, so a row says that nothing was
  acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace

from proxyd.domain.errors import ProxydError, UidValidityChanged, UpstreamRefused
from proxyd.domain.ports.begun import HalfDone
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import Clock, LogRecord
from proxyd.service.mailbox.begun import told
from proxyd.service.mailbox.stored_by_us import (
    Place,
    StoredByUs,
    known,
    known_places,
    others,
    stored_by_us,
)

_log = logging.getLogger(__name__)

# As long as a provider may ponder over a mail whose line is gone, or have no time for us: twice
# what we wait for an answer.
LATE_US = 120_000_000
LATE = "late"  # in the record of a row that is kept for the sake of one mail
LOOKS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)  # until then; soon at first, most come soon


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    at_us: int
    records: Sequence[LogRecord]
    what: HalfDone


@dataclass(slots=True)
class _Left:
    """A row that somebody left behind. ``interrupted``: by a process that died."""

    interrupted: bool = False
    refused: bool = False  # the provider said no to the last one: that one is not there
    looked_us: int | None = None  # when it was first looked at, and has stayed since

    def is_over(self, now_us: int) -> bool:
        """Whether it has waited long enough."""
        return self.looked_us is not None and now_us - self.looked_us >= LATE_US


class OneByOne:
    """The mails of one command on their way."""

    def __init__(self, number: int, store: Database, what: HalfDone) -> None:
        self.what = what
        self._number = number
        self._store = store

    async def stored(self, position: int, uidvalidity: int, uid: int) -> None:
        """On disk when it returns. A ``uid`` of 0: nobody can say for sure."""
        sure = uidvalidity == self.what.uidvalidity and uid >= self.what.uidnext
        kept = uid if sure else 0
        await self._store.write(lambda tx: tx.begun.stored_mail(self._number, position, kept))

    def finish(self, tx: Transaction) -> None:
        tx.begun.finish({self._number})


class HalfDones:
    """Of one mailbox."""

    def __init__(
        self, mailbox_id: int, store: Database, upstream: UpstreamMailbox, clock: Clock
    ) -> None:
        self._mailbox_id = mailbox_id
        self._store = store
        self._upstream = upstream
        self._clock = clock
        self._turn = asyncio.Lock()
        self._left: dict[int, _Left] = {}
        self._is_late = asyncio.Event()

    async def load(self) -> None:
        """What a process that died has left behind. Call it before anything is begun."""
        for row in await self._rows():
            self._left[row.number] = _Left(interrupted=True)

    @contextlib.asynccontextmanager
    async def storing(
        self, records: Sequence[LogRecord], prepare: Callable[[], Awaitable[HalfDone]]
    ) -> AsyncIterator[OneByOne]:
        """Ask the provider inside, and carry the result out in the transaction of the records.

        ``prepare`` looks at the folder when it is our turn. Raises StoreUnavailable before
        anything was asked, and UpstreamError while something older can't be taken back.
        """
        async with self._turn:
            await self._take_back_all()
            what = await prepare()
            number = await self._store.write(lambda tx: self._begin(tx, records, what))
            self._left[number] = _Left()  # also by what nobody has foreseen; a round settles it
            try:
                yield OneByOne(number, self._store, what)
                del self._left[number]
            except ProxydError as error:
                self._left[number] = _Left(refused=isinstance(error, UpstreamRefused))
                with contextlib.suppress(ProxydError):  # else later: the first error is the cause
                    await self._take_back_all()
                raise

    async def settle(self) -> None:
        """Take back what was left behind. Raises UpstreamError while that is not possible.

        Whoever is storing has done that first.
        """
        if self._left and not self._turn.locked():
            async with self._turn:
                await self._take_back_all()

    async def look_on(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled: what is stored late is taken back soon."""
        while True:
            await self._is_late.wait()
            self._is_late.clear()
            for pause in LOOKS_S:
                await sleep(pause)
                with contextlib.suppress(ProxydError):  # the rounds say what is wrong
                    await self.settle()
                if not self._left:
                    self._is_late.clear()
                    break

    def _begin(self, tx: Transaction, records: Sequence[LogRecord], what: HalfDone) -> int:
        number = tx.begun.begin(self._mailbox_id, self._clock(), records)
        tx.begun.begin_mails(number, what)
        return number

    async def _rows(self) -> list[_Row]:
        rows = await self._store.read(lambda tx: tx.begun.half_done(self._mailbox_id))
        return [_Row(*row) for row in rows]

    # ------------------------------------------------------------------ taking back

    async def _take_back_all(self) -> None:
        if not self._left:
            return
        # It is our turn: every row was left behind. One that isn't there any more: its commit was
        # durable, whatever was heard of it.
        rows = {row.number: row for row in await self._rows()}
        self._left = {number: self._left.get(number, _Left()) for number in rows}
        taken = {place for row in rows.values() for place in known_places(row.what)}
        for number, left in list(self._left.items()):
            stays = await self._take_back(rows[number], left, taken)
            del self._left[number]
            if stays is not None:
                now_us = self._clock() if left.looked_us is None else left.looked_us
                self._left[stays] = replace(left, looked_us=now_us)
                self._is_late.set()

    async def _take_back(self, row: _Row, left: _Left, taken: Collection[Place]) -> int | None:
        """The number of the row that stays, to be looked at again."""
        what, is_over = row.what, left.is_over(self._clock())
        found, taken_back = known(what), True
        try:
            found = await self._found(what, left, taken)
            if found.ours:
                await self._upstream.expunge(what.folder, what.uidvalidity, sorted(found.ours))
        except (UpstreamRefused, UidValidityChanged) as error:
            if isinstance(error, UpstreamRefused) and not is_over:
                return row.number
            _log.warning("an APPEND to %s can't be taken back: %s", what.folder, error)
            taken_back, found.late = False, None
        if found.unsure:
            _log.warning(
                "%d mails of an unfinished APPEND may stay in %s: %s",
                found.unsure,
                what.folder,
                "nothing tells them from somebody else's",
            )
        if left.looked_us is not None and found.late is not None and not found.ours:
            return row.number
        records = _records(row, left, found, taken_back=taken_back)

        def finish(tx: Transaction) -> int | None:
            tx.log.append(records)
            tx.begun.finish({row.number})
            if found.late is None:
                return None
            again = replace(row.records[0], detail={**row.records[0].detail, LATE: True})
            return self._begin(tx, [again], replace(what, mails=(found.late,)))

        return await self._store.write(finish)

    async def _found(self, what: HalfDone, left: _Left, taken: Collection[Place]) -> StoredByUs:
        is_over = left.is_over(self._clock())
        try:
            found = await stored_by_us(self._upstream, what, taken, refused=left.refused)
        except UpstreamRefused:  # what is known is taken back all the same
            if not is_over:
                raise
            found = known(what)
            found.unsure = others(what, refused=left.refused).total()
        if is_over:
            found.late = None  # it never came
        return found


def _records(row: _Row, left: _Left, found: StoredByUs, *, taken_back: bool) -> list[LogRecord]:
    """What was interrupted, mail by mail, and what became of what had been stored."""
    outcome = "failed" if taken_back and not found.unsure else "unsure"
    records = [
        told(one, row.at_us, outcome)
        for one in row.records
        if left.interrupted and LATE not in one.detail
    ]
    if found.ours or found.unsure or not taken_back:
        detail: dict[str, object] = {"stored": len(found.ours), "taken_back": taken_back}
        if found.unsure:
            detail["unsure"] = found.unsure
        first = replace(row.records[0], message_id="", subject_digest="", conversation=None)
        records.append(replace(first, outcome=outcome, detail=detail))
    return records
