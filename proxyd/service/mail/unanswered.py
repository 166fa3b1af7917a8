"""What became of a COPY or MOVE whose answer never came: looked for in the target.

A copy is known by what it is: Message-ID and size, among what has come there since it was asked
for. What is there was done, and is not done again; of a MOVE it only remains to remove the source,
which a provider without MOVE does in steps. What is not found stays in doubt (mailbox/doubts.py).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping

from proxyd.domain.errors import UpstreamError
from proxyd.service.mail.storing import LOOK_S
from proxyd.service.mailbox.asked import Asked
from proxyd.service.mailbox.doubts import Doubt
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser

Copies = Mapping[Message, Message]  # of what → its copy in the target


class Unanswered:
    """Of one person, into one folder."""

    def __init__(
        self, account_id: int, room: Mailroom, target: Folder, targets: Synchroniser
    ) -> None:
        self._account_id = account_id
        self._room = room
        self._target = target
        self._targets = targets

    async def repeated(self, messages: Iterable[Message]) -> Copies:
        """Those that were asked for before, by somebody who can't know that they are there.

        Raises UpstreamError while nobody can tell.
        """
        since = {message: self._room.doubts.take(self._doubt(message)) for message in messages}
        doubted = {message: uid for message, uid in since.items() if uid is not None}
        if not doubted:
            return {}
        try:
            await self._targets.sync_folder(self._target)
        except UpstreamError:
            for message, uid in doubted.items():
                self._room.doubts.note(self._doubt(message), uid)
            raise
        return self._here(doubted)

    async def broken_off(self, messages: Iterable[Message], since: int) -> Copies:
        """Those that are there although the line broke; the others are in doubt."""
        wanted, found = dict.fromkeys(messages, since), dict[Message, Message]()
        with contextlib.suppress(UpstreamError, TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._targets.sync_folder(self._target)
                found |= self._here(wanted)
        for message in wanted.keys() - found.keys():
            self._room.doubts.note(self._doubt(message), since)
        return found

    async def remove_sources(self, asked: Asked, copied: Iterable[Message]) -> None:
        """Of what was to be moved, where they are still there. Raises UpstreamError."""
        uids = [asked.numbers[message] for message in copied]
        upstream, name = self._room.upstream, asked.folder.name
        rows = await upstream.fetch(name, asked.uidvalidity, uids, [b"RFC822.SIZE"]) if uids else []
        if left := [row.uid for row in rows if row.uid in uids]:
            await upstream.expunge(name, asked.uidvalidity, left)

    def unheard(self, messages: Iterable[Message], since: int) -> list[tuple[Doubt, int]]:
        return [(self._doubt(message), since) for message in messages]

    def _doubt(self, message: Message) -> Doubt:
        return Doubt(self._account_id, self._target, message)

    def _here(self, wanted: Mapping[Message, int]) -> dict[Message, Message]:
        found: dict[Message, Message] = {}
        for message, since in wanted.items():
            alike = self._room.state.by_message_id.get(message.message_id, ())
            for copy in alike:
                is_there = copy.folder is self._target and copy.uid >= since
                if is_there and copy.size == message.size and copy not in found.values():
                    found[message] = copy
                    break
        return found
