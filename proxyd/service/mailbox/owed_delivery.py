"""Tells the provider what is owed to it, as soon as it can be reached.

Folder by folder, one STORE for all messages that owe the same flag, so that an outage of a day is
made up for in a handful of round trips. A row goes in the transaction that takes in the answer:
whoever dies in between tells the provider once more, and a flag that is set twice is set.

What the provider refuses for good, or silently leaves out (domain/left_out.py), can't be promised
any longer: what it has is the truth again, and the access log and a warning say whose change was
undone. A keyword that it leaves out is kept here. Never touches memory itself.
Invariants: one STORE of owed flags at a time, and none while an older question about its folder is
unanswered; a message whose flags are being told is under way for every look (flags_under_way.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping

from proxyd.domain.errors import (
    ProxydError,
    StoreUnavailable,
    UidValidityChanged,
    UpstreamFolderMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.left_out import left_out
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.ports.upstream_rows import FlagRow
from proxyd.service.mailbox.asked import Asked, asked_of
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.indexer import upstream_flags
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.owed import ANSWER_S, dropped
from proxyd.service.mailbox.retrying import Retrying

_log = logging.getLogger(__name__)

# What a provider does within a second or two; others get their turn in between.
BATCH = 1_000
# Like the rounds of sync.py; a line that comes up again ends the pause.
# Said of the provider's own state, not of what was asked for (RFC 5530 §3; THROTTLED is Gmail's):
# the same STORE is carried out later. LIMIT and OVERQUOTA of a STORE are about its keywords.
FOR_NOW_CODES = frozenset({"UNAVAILABLE", "INUSE", "THROTTLED", "SERVERBUG"})
NOT_KEPT = "not-kept"  # in the record: the provider said OK, and left it out
MOST_MAPPINGS = 3  # in a row, of a folder that is renumbered again and again


class OwedDelivery:
    def __init__(self, room: Mailroom, sync_folder: Callable[[Folder], Awaitable[object]]) -> None:
        self._room = room
        self._sync_folder = sync_folder
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled."""
        owed = self._room.state.owed
        retrying = Retrying(owed.wanted)
        if len(owed):
            owed.wanted.set()  # left behind by the process before us
        while True:
            await owed.wanted.wait()
            owed.wanted.clear()
            if await self._deliver_all():
                retrying.succeeded()
                continue
            await retrying.after_failure()
            owed.wanted.set()

    async def _deliver_all(self) -> bool:
        """False: some is still owed."""
        if not self._room.line_up:
            return False
        done = True
        for folder in self._room.state.owed.folders():
            try:
                await self.deliver(folder)
            except StoreUnavailable:
                raise  # who keeps us running says so and waits
            except ProxydError as error:
                name = self._room.mailbox.name
                _log.debug("owed to folder %s of %s still: %s", folder.name, name, error)
                done = False
        return done

    async def deliver(self, folder: Folder) -> None:
        """All that is owed of a folder. Raises UpstreamError, StoreUnavailable."""
        owed = self._room.state.owed
        mappings = 0
        while owed.behind(folder):
            await owed.answered(folder)
            async with self._turn:
                try:
                    await self._tell(folder)
                except UidValidityChanged:
                    mappings += 1
                    if mappings > MOST_MAPPINGS:
                        raise
                    await self._sync_folder(folder)  # finds each message again

    async def deliver_soon(self, folders: Iterable[Folder]) -> None:
        """For who waits to have something done upstream that takes the flags along.

        Raises UpstreamError, also where it is not done soon; StoreUnavailable.
        """
        behind = [folder for folder in folders if self._room.state.owed.behind(folder)]
        if not behind:
            return
        task = asyncio.get_running_loop().create_task(self._deliver_each(behind))
        self._room.run_kept(task)
        await asyncio.wait({task}, timeout=ANSWER_S)
        if not task.done():
            raise UpstreamUnavailable("changes of flags are still on their way to the provider")
        if (error := task.result()) is not None:
            raise error

    async def _deliver_each(self, folders: Iterable[Folder]) -> ProxydError | None:
        """What came in between, as a value: who asked may not wait for it any more."""
        try:
            for folder in folders:
                await self.deliver(folder)
        except ProxydError as error:
            return error
        return None

    async def _tell(self, folder: Folder) -> None:
        batch = self._batch(folder)
        if not batch:
            return
        first = next(iter(batch.values()))
        with self._room.flags_under_way.storing(list(batch)):
            asked = asked_of(folder, batch)
            try:
                rows = await self._room.upstream.store_flags(
                    folder.name,
                    asked.uidvalidity,
                    asked.uids,
                    "+" if first.wanted else "-",
                    [first.flag],
                )
                why = NOT_KEPT
            except UpstreamFolderMissing:
                raise  # the next list says what has become of it
            except UpstreamRefused as error:
                if error.code in FOR_NOW_CODES:
                    raise
                name = self._room.mailbox.name
                _log.warning("%s of %s was refused later: %s", first.flag, name, error.text)
                rows = await self._room.upstream.scan_flags(folder.name, asked.uidvalidity)
                why = "refused-later"
            await self._take_in(asked, rows, batch, why)

    def _batch(self, folder: Folder) -> Mapping[Message, OwedFlag]:
        """The oldest, and others of the folder that want the very same."""
        owed = self._room.state.owed.in_folder(folder)
        every = (flag for flags in owed.values() for flag in flags.values())
        first = min(every, key=lambda flag: flag.at_us, default=None)
        found: dict[Message, OwedFlag] = {}
        if first is None:
            return found
        for message, flags in owed.items():
            flag = flags.get(first.word)
            if flag is not None and flag.wanted is first.wanted:
                found[message] = flag
                if len(found) >= BATCH:
                    break
        return found

    async def _take_in(
        self,
        asked: Asked,
        rows: Iterable[FlagRow],
        batch: Mapping[Message, OwedFlag],
        why: str,
    ) -> None:
        now = {asked.messages[row.uid]: row.flags for row in rows if row.uid in asked.messages}
        mailbox = self._room.mailbox.name

        def stage(change: Change) -> int:
            undone: defaultdict[str, list[tuple[Message, OwedFlag]]] = defaultdict(list)
            for message, flag in batch.items():
                change.settle(message, flag)
                if message not in now:
                    undone["gone"].append((message, flag))
                    continue
                add, remove = ([flag.flag], ()) if flag.wanted else ((), [flag.flag])
                left, kept = left_out(add, remove, now[message]), message.local_keywords
                if left.keywords and why == NOT_KEPT:
                    kept = tuple(sorted({*kept, *left.keywords}))
                elif left:
                    undone[why].append((message, flag))
                change.set_flags(message, upstream_flags(now[message]), kept)
            for reason, pairs in undone.items():
                for message, flag in pairs:
                    change.records += dropped(mailbox, message, [flag], reason)
            return sum(map(len, undone.values()))

        failed = await self._room.change(stage)
        if failed:
            _log.warning(
                "%d changes of flags that mailbox %s had acknowledged were not taken by the"
                " provider: see the access log",
                failed,
                mailbox,
            )
