"""What became of a COPY or MOVE whose answer never came: looked for in the target.

A copy is known by what it is: the same octets, among what has come there since it was asked for. A
Message-ID is no proof: whoever believes in it removes the only copy of another mail. What is there
was done, and is not done again; of a MOVE it only remains to remove the source, which a provider
without MOVE does in steps. What is not found stays in doubt (mailbox/doubts.py).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping

from proxyd.domain.errors import UpstreamError
from proxyd.service.mail.storing import LOOK_S, whole_message
from proxyd.service.mailbox.asked import Asked
from proxyd.service.mailbox.doubts import Command, Doubt
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.stored_by_us import digest_of
from proxyd.service.mailbox.sync import Synchroniser

Copies = Mapping[Message, Message]  # of what → its copy in the target


class Unanswered:
    """Of one person, into one folder."""

    def __init__(
        self,
        account_id: int,
        room: Mailroom,
        target: Folder,
        targets: Synchroniser,
        command: Command,
    ) -> None:
        self._account_id = account_id
        self._command = command
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
        before = self._target.uidvalidity
        try:
            await self._targets.sync_folder(self._target)
            # Under another UIDVALIDITY nobody can tell what is new there: it is done once more.
            return await self.here(doubted) if before in (0, self._target.uidvalidity) else {}
        except UpstreamError:
            for message, uid in doubted.items():
                self._room.doubts.note(self._command, [self._doubt(message)], uid)
            raise

    async def broken_off(self, messages: Iterable[Message]) -> Copies:
        """Those that are there although the line broke. Where one is not, whoever asked hears NO
        and asks again for all of them: so all are in doubt.
        """
        command = self._command
        wanted, found = dict.fromkeys(messages, command.since), dict[Message, Message]()
        with contextlib.suppress(UpstreamError, TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._targets.sync_folder(self._target)
                if command.uidvalidity in (0, self._target.uidvalidity):
                    found |= await self.here(wanted)
        if len(found) < len(wanted):
            self._room.doubts.note(command, command.doubts, command.since)
        return found

    async def remove_sources(self, asked: Asked, copied: Iterable[Message]) -> None:
        """Of what was to be moved, where they are still there.

        Raises UpstreamError, UpstreamRefused among them: the copies are there all the same, and
        whoever asks again gets no others.
        """
        uids = [asked.numbers[message] for message in copied]
        if not uids:
            return
        upstream, name = self._room.upstream, asked.folder.name
        try:
            rows = await upstream.fetch(name, asked.uidvalidity, uids, [b"RFC822.SIZE"])
            if left := [row.uid for row in rows if row.uid in uids]:
                await upstream.expunge(name, asked.uidvalidity, left)
        except UpstreamError:
            command = self._command
            self._room.doubts.note(command, command.doubts, command.since)
            raise

    def _doubt(self, message: Message) -> Doubt:
        return Doubt(self._account_id, self._target, message)

    async def here(self, wanted: Mapping[Message, int]) -> dict[Message, Message]:
        """The copies of ``wanted`` in the target, from these UIDs on. Raises UpstreamError."""
        found: dict[Message, Message] = {}
        for message, since in wanted.items():
            alike = self._room.state.by_message_id.get(message.message_id, ())
            for copy in list(alike):
                is_there = copy.folder is self._target and copy.uid >= since
                # In its own folder it is not its own copy.
                if (
                    copy is message
                    or not is_there
                    or copy.size != message.size
                    or copy in found.values()
                ):
                    continue
                if await self._same(message, copy):
                    found[message] = copy
                    break
        return found

    async def _same(self, message: Message, copy: Message) -> bool:
        """To the octet; or the source is no longer there, so that nothing is left to be lost."""
        source = await whole_message(self._room, message)
        if source is None:
            return True
        there = await whole_message(self._room, copy)
        return there is not None and await digest_of(there) == await digest_of(source)
