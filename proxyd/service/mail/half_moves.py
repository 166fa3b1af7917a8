"""A move in whose middle this process died is brought to its end, whether or not it is asked for
again: what has its copy in the target leaves the folder it was in.

A provider without MOVE copies first, marks, and removes: killed in between, the mail lies in both,
and its source may be marked as deleted for everybody.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from proxyd.domain.errors import UpstreamError, UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.types import Origin
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.unanswered import Unanswered
from proxyd.service.mailbox.asked import asked_of
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.doubts import Command, MoveInDoubt
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser

_log = logging.getLogger(__name__)

RETRY_S = 10.0


class HalfMoves:
    """Of one mailbox, at the beginning."""

    def __init__(self, room: Mailroom, sync: Synchroniser) -> None:
        self._room = room
        self._sync = sync

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until all are at their end, or refused. Waits out a provider that is away. ``RETRY_S``
        and ``sleep`` are in seconds. Raises StoreUnavailable.
        """
        moves = self._room.doubts.moves
        if moves:
            await self._sync.first_round_done.wait()
        while moves:
            try:
                await self._finish(moves[0])
            except UpstreamUnavailable as error:
                name = self._room.mailbox.name
                _log.warning("%s: a move is brought to its end later: %s", name, error)
                await sleep(RETRY_S)
                continue
            except (
                UpstreamError
            ) as error:  # for good: it stays in both, until it is asked for again
                _log.warning("%s: a move stays half done: %s", self._room.mailbox.name, error)
            del moves[0]

    async def _finish(self, move: MoveInDoubt) -> None:
        person = self._room.shop.people.by_id(move.account_id)
        if person is None or move.folder.id not in self._room.state.folders:
            return
        caller = Caller(person, Origin("proxyd"))
        await self._sync.sync_folder(move.folder)
        async with self._room.leaving.of(move.messages):
            of: defaultdict[Folder, list[Message]] = defaultdict(list)
            for message in move.messages:
                of[message.folder].append(message)
            for folder, messages in of.items():
                await self._remove(caller, move, folder, messages)

    async def _remove(
        self, caller: Caller, move: MoveInDoubt, folder: Folder, messages: list[Message]
    ) -> None:
        room, asked = self._room, asked_of(folder, messages)
        command = Command(move.account_id, move.folder, asked.messages.values())
        unanswered = Unanswered(move.account_id, room, move.folder, self._sync, command)
        copies = await unanswered.here(dict.fromkeys(asked.messages.values(), move.since))
        if not copies:
            return
        detail = {"to": move.folder.name, "finished": True}
        records = caller.records(Action.MOVE, room, folder.name, copies, detail=detail)
        async with room.begun.asking(records) as finish:
            await unanswered.remove_sources(asked, copies)

            def stage(change: Change) -> None:
                change.records += records
                change.also.append(finish)
                change.remove_all(copies)

            await room.change(stage)
