"""Exports of the access log: written in the background, for who asked and nobody else, for a day.

The file has what the screen had: the same question, the same moment, up to the same record. Asking
for one and fetching it are records before anything happens. Invariants: one person has two at a
time at most, and the server writes two at a time; a file without its row is removed, and a row
whose writing the server's end interrupted says so.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from proxyd.domain.errors import Busy, ExportsUnderWay, NotFound, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.log_export import MOST, ExportState, LogExport
from proxyd.domain.log_period import AskedPeriod
from proxyd.domain.log_question import LogQuestion, parsed, written
from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.log_exports import ExportFolder
from proxyd.domain.types import Account, Clock
from proxyd.service.actor import Actor
from proxyd.service.audit.asking import query_of
from proxyd.service.audit.export import FileKind, head_of, text_of
from proxyd.service.audit.log_part import LogPart, part_of
from proxyd.service.audit.looking import stretches

_log = logging.getLogger(__name__)

PAGE: Final = 1_000  # records read and written at once
AT_ONCE: Final = 2  # of all people
PIECE: Final = 256 * 1024  # octets of a file read at once
TIDY_S: Final = 600.0
_NAME_OCTETS: Final = 16


@dataclass(slots=True)
class ExportProgress:
    """``done`` of ``all`` records were looked at; ``rows`` are in the file."""

    done: int = 0
    all: int = 0
    rows: int = 0

    @property
    def percent(self) -> int:
        return 100 * self.done // self.all if self.all else 0


class Exports:
    def __init__(
        self,
        store: Database,
        folder: ExportFolder,
        clock: Clock,
        zone: Callable[[], tzinfo],
        digest: Callable[[str], str],
    ) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock
        self._zone = zone
        self._digest = digest
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._progress: dict[int, ExportProgress] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    # ------------------------------------------------------------ what a person does

    async def begin(
        self,
        question: LogQuestion,
        period: AskedPeriod,
        last: int,
        kind: FileKind,
        *,
        account: Account,
        by: Actor,
        subject: str = "",
    ) -> LogExport:
        """Written from now on. Raises BadQuestion, NotFound, ExportsUnderWay."""
        part = part_of(account.role)
        part.check(question)
        export = LogExport(
            0,
            account.id,
            written(question),
            self._digest(subject) if subject else "",
            period.since_us,
            period.until_us,
            last,
            kind,
            part.accounts_only,
            f"{secrets.token_hex(_NAME_OCTETS)}.{kind}",
            self._clock(),
        )
        facts = {"did": "export", "question": export.question, "format": str(kind)}

        def add(tx: Transaction) -> LogExport:
            running = (one for one in tx.log_exports.all() if one.state is ExportState.RUNNING)
            if sum(one.account_id == account.id for one in running) >= MOST:
                raise ExportsUnderWay(MOST)
            tx.log.append([by.record(Action.AUDIT, facts)])
            return tx.log_exports.add(export)

        export = await self._store.write(add)
        self._progress[export.id] = ExportProgress()
        task = asyncio.get_running_loop().create_task(self._written(export))  # kept in _tasks
        self._tasks[export.id] = task
        return export

    async def of(self, account: Account) -> list[tuple[LogExport, ExportProgress | None]]:
        """One's own, newest first; with how far it is, while it is written."""
        now_us, part = self._clock(), part_of(account.role)
        found = await self._store.read(lambda tx: tx.log_exports.all())
        return [
            (one, self._progress.get(one.id))
            for one in found
            if _is_for(one, account, part) and not one.is_over(now_us)
        ]

    async def fetch(
        self, export_id: int, *, account: Account, by: Actor
    ) -> tuple[LogExport, AsyncIterator[bytes]]:
        """Raises NotFound: also another's, one that is not ready, and one that lay too long."""
        export = await self._own(export_id, account)
        if export.state is not ExportState.DONE:
            raise NotFound("export", str(export_id))
        await self._record(by, {"did": "export fetched", "question": export.question})
        return export, self._pieces(export)

    async def remove(self, export_id: int, *, account: Account, by: Actor) -> None:
        """Also one that is being written. Raises NotFound."""
        export = await self._own(export_id, account)
        await self._record(by, {"did": "export removed", "question": export.question})
        if (task := self._tasks.get(export_id)) is not None:
            task.cancel()
            await asyncio.wait([task])
        await self._away(export)

    # ------------------------------------------------------------ in the background

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.tidy()
            except (StoreUnavailable, Busy, OSError) as error:
                _log.warning("exports are tidied up later: %s", error)
            await sleep(TIDY_S)

    async def tidy(self) -> None:
        """What lay for a day goes; so do files that nobody's row knows."""
        now_us = self._clock()
        for export in await self._store.read(lambda tx: tx.log_exports.all()):
            if export.is_over(now_us) and export.id not in self._tasks:
                await self._away(export)
            elif export.state is ExportState.RUNNING and export.id not in self._tasks:
                await asyncio.to_thread(self._folder.remove, export.file)
                await self._state(export, ExportState.FAILED)
        names = set(await asyncio.to_thread(self._folder.names))
        known = {one.file for one in await self._store.read(lambda tx: tx.log_exports.all())}
        for name in names - known:
            await asyncio.to_thread(self._folder.remove, name)

    async def close(self) -> None:
        """What is being written ends; the next start says that it failed."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _written(self, export: LogExport) -> None:
        try:
            async with self._turns:
                await self._write(export)
        except (OSError, StoreUnavailable, Busy) as error:
            _log.error("an export of the access log failed: %s", error)
            await asyncio.to_thread(self._folder.remove, export.file)
            await self._state(export, ExportState.FAILED)
        finally:
            self._tasks.pop(export.id, None)
            self._progress.pop(export.id, None)

    async def _write(self, export: LogExport) -> None:
        kind, zone = FileKind(export.kind), self._zone()
        progress = self._progress[export.id]
        period = AskedPeriod(export.since_us, export.until_us)
        query = query_of(parsed(export.question), period, export.subject_digest)
        query = replace(LogPart(export.accounts_only).of(query), newest_first=False)
        ends = await self._store.read(lambda tx: tx.log.within(export.since_us, export.until_us))
        first, last = (ends[0], min(ends[1], export.last)) if ends is not None else (1, 0)
        progress.all = max(0, last - first + 1)
        await asyncio.to_thread(self._folder.begin, export.file)
        octets = await asyncio.to_thread(self._folder.append, export.file, head_of(kind))

        def append(records: list[StoredRecord]) -> int:
            return self._folder.append(export.file, text_of(records, kind, zone))

        for low, high in stretches(first, last, newest_first=False):
            stretch = replace(query, after_number=low - 1, before_number=high + 1)
            async for records in self._pages(stretch):
                octets = await asyncio.to_thread(append, records)
                progress.rows += len(records)
                progress.done = records[-1].number - first + 1
            progress.done = high - first + 1
        await self._state(export, ExportState.DONE, progress.rows, octets)

    async def _pages(self, query: LogQuery) -> AsyncIterator[list[StoredRecord]]:
        while records := await self._store.read(_searching(replace(query, limit=PAGE))):
            yield records
            if len(records) < PAGE:
                return
            query = replace(query, after_number=records[-1].number)

    async def _pieces(self, export: LogExport) -> AsyncIterator[bytes]:
        at = 0
        while piece := await asyncio.to_thread(self._folder.piece, export.file, at, PIECE):
            at += len(piece)
            yield piece

    # ------------------------------------------------------------ steps

    async def _own(self, export_id: int, account: Account) -> LogExport:
        found = await self._store.read(lambda tx: tx.log_exports.find(export_id))
        part = part_of(account.role)
        if found is None or not _is_for(found, account, part) or found.is_over(self._clock()):
            raise NotFound("export", str(export_id))
        return found

    async def _away(self, export: LogExport) -> None:
        await asyncio.to_thread(self._folder.remove, export.file)
        await self._store.write(lambda tx: tx.log_exports.remove(export.id))

    async def _state(
        self, export: LogExport, state: ExportState, rows: int = 0, octets: int = 0
    ) -> None:
        await self._store.write(lambda tx: tx.log_exports.set_state(export.id, state, rows, octets))

    async def _record(self, by: Actor, facts: dict[str, object]) -> None:
        record = by.record(Action.AUDIT, facts)
        await self._store.write(lambda tx: tx.log.append([record]))


def _is_for(export: LogExport, account: Account, part: LogPart) -> bool:
    """Whose role reads less by now does not get what it read then."""
    return export.account_id == account.id and part.covers(LogPart(export.accounts_only))


def _searching(query: LogQuery) -> Callable[[Transaction], list[StoredRecord]]:
    return lambda tx: tx.log.search(query)
