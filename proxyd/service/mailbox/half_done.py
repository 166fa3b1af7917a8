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
  had all of it when the line broke: its row stays as long as that may take, and it is looked for;
- one at a time: what is under way is never taken for what was left behind;
- the row goes in the transaction that brings the real records, so a row says that nothing was
  acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from proxyd.domain.errors import ProxydError, UidValidityChanged, UpstreamRefused
from proxyd.domain.ports.begun import HalfDone, HalfDoneMail
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import Blob, BytesBlob, Clock, LogRecord
from proxyd.domain.workflow import UNFINISHED
from proxyd.service.mailbox.begun import told
from proxyd.service.mailbox.wire_value import literal_octets

_log = logging.getLogger(__name__)

# As long as a provider may ponder over a mail whose line is gone: twice what we wait for an answer.
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

    since_us: int
    interrupted: bool = False
    kept: bool = False  # looked at already, for the sake of one that may come late
    refused: bool = False  # the provider said no to the last one: that one is not there


@dataclass(slots=True)
class _Found:
    ours: list[int] = field(default_factory=list)
    unsure: int = 0  # mails that may be there, and can't be told from somebody else's
    late: HalfDoneMail | None = None  # was never answered, and is not there now


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
            self._left[row.number] = _Left(self._clock(), interrupted=True)

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
            try:
                yield OneByOne(number, self._store, what)
            except ProxydError as error:
                refused = isinstance(error, UpstreamRefused)
                self._left[number] = _Left(self._clock(), refused=refused)
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
        # A row that isn't there any more: its commit was durable, whatever was heard of it.
        there = {row.number: row for row in await self._rows()}
        for number in list(self._left):
            left = self._left[number]
            if number in there:
                await self._take_back(there[number], left)
            if self._left[number] is left:
                del self._left[number]

    async def _take_back(self, row: _Row, left: _Left) -> None:
        what = row.what
        found = _Found([mail.uid for mail in what.mails if mail.uid])
        taken = True
        try:
            await self._find_others(what, found, refused=left.refused)
            if found.late is not None and self._clock() - left.since_us >= LATE_US:
                found.late = None  # it never came
            if found.ours:
                await self._upstream.expunge(what.folder, what.uidvalidity, sorted(found.ours))
        except (UpstreamRefused, UidValidityChanged) as error:
            _log.warning("an APPEND to %s can't be taken back: %s", what.folder, error)
            taken, found.late = False, None
        if found.unsure:
            _log.warning(
                "%d mails of an unfinished APPEND may stay in %s: %s",
                found.unsure,
                what.folder,
                "nothing tells them from somebody else's",
            )
        if left.kept and found.late is not None and not found.ours:
            self._keep(row.number, left)
            return
        records = _records(row, left, found, taken=taken)

        def finish(tx: Transaction) -> int | None:
            tx.log.append(records)
            tx.begun.finish({row.number})
            if found.late is None:
                return None
            again = replace(row.records[0], detail={**row.records[0].detail, LATE: True})
            return self._begin(tx, [again], replace(what, mails=(found.late,)))

        kept = await self._store.write(finish)
        if kept is not None:
            self._keep(kept, left)

    def _keep(self, number: int, left: _Left) -> None:
        """Look again later: one of its mails may still come."""
        self._left[number] = _Left(left.since_us, kept=True)
        self._is_late.set()

    async def _find_others(self, what: HalfDone, found: _Found, *, refused: bool) -> None:
        """Those that are stored, or may be, under a UID that nobody told."""
        wanted = Counter(mail.digest for mail in what.mails if mail.uid == 0)
        # One at most was asked for and not answered: those behind it were never sent.
        unanswered = next((mail for mail in what.mails if mail.uid is None), None)
        if unanswered is not None and not refused:
            wanted[unanswered.digest] += 1
        if not wanted:
            return
        if not what.marked:
            found.unsure = wanted.total()
            return
        known = frozenset(found.ours)
        marked = await self._marked(what, known)
        for digest, number in wanted.items():
            uids = marked.get(digest, [])
            if len(uids) > number:  # somebody has copied one: which is which?
                found.unsure += number
                continue
            found.ours += uids
            missing = number - len(uids)
            if missing and unanswered is not None and unanswered.digest == digest and not refused:
                found.late = unanswered
                missing -= 1
            found.unsure += missing  # was stored, and has lost our keyword or is gone

    async def _marked(self, what: HalfDone, known: frozenset[int]) -> dict[bytes, list[int]]:
        """By their octets: UIDs of mails with our keyword that came since we began."""
        criteria = b"KEYWORD %b UID %d:*" % (UNFINISHED.encode(), what.uidnext)
        uids = await self._upstream.search(what.folder, what.uidvalidity, criteria)
        marked: dict[bytes, list[int]] = {}
        for uid in uids:
            if uid >= what.uidnext and uid not in known:  # RFC 9051 §9: "n:*" has the last one too
                digest = await self._digest(what, uid)
                marked.setdefault(digest, []).append(uid)
        return marked

    async def _digest(self, what: HalfDone, uid: int) -> bytes:
        """One mail at a time: a big one comes spooled. b"" where it is gone."""
        rows = await self._upstream.fetch(what.folder, what.uidvalidity, [uid], [b"BODY.PEEK[]"])
        values = [value for row in rows if row.uid == uid for value in row.values.values()]
        if not values:
            return b""
        value = values[0]
        blob = BytesBlob(literal_octets(value)) if isinstance(value, bytes) else value
        return await digest_of(blob)


async def digest_of(blob: Blob) -> bytes:
    """Of the octets but for CR: servers mend bare line feeds.

    In a thread: a mail may have 50 MB, which is a tenth of a second.
    """
    return await asyncio.to_thread(_sha256, blob)


def _sha256(blob: Blob) -> bytes:
    found = hashlib.sha256()
    for chunk in blob.chunks():
        found.update(chunk.replace(b"\r", b""))
    return found.digest()


def _records(row: _Row, left: _Left, found: _Found, *, taken: bool) -> list[LogRecord]:
    """What was interrupted, mail by mail, and what became of what had been stored."""
    records = [
        told(one, row.at_us) for one in row.records if left.interrupted and LATE not in one.detail
    ]
    if found.ours or found.unsure or not taken:
        detail: dict[str, object] = {"stored": len(found.ours), "taken_back": taken}
        if found.unsure:
            detail["unsure"] = found.unsure
        first = replace(row.records[0], message_id="", subject_digest="", conversation=None)
        records.append(replace(first, outcome="failed", detail=detail))
    return records
