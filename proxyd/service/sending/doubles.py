"""Two copies of one mail in Sent become one, and who files them is learned.

Many providers file what is sent through them, at once or some seconds later, some under another
Message-ID. As long as nobody knows, our copy is stored at once (a person looks for it) and Sent is
looked at for a while; where the provider's copy turns up, ours goes, and from then on none is
stored here (``conversations.py``).

Invariants: only what was put into Sent through us is removed; never before the other one's octets
were fetched and are the same mail (domain/travelled.py): in doubt both stay; it is in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from proxyd.domain.errors import Busy, StoreUnavailable, UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.outbox import SentPlace
from proxyd.domain.ports.database import Transaction
from proxyd.domain.travelled import is_same_mail
from proxyd.domain.types import LogRecord, Origin
from proxyd.service.mail.storing import whole_message
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sent_folding import (
    PROVIDER,
    PROXYD,
    RECENT_US,
    Own,
    SentFolding,
    newest,
)
from proxyd.service.mailbox.sync import Synchroniser

_log = logging.getLogger(__name__)

# Between looks at Sent for a copy of the provider's: 25 s in all. None later was ever seen.
LOOKS_S = (0.5, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 5.0)
RETRY_S = 30.0
# Two of them are held in memory to be compared; a bigger mail is left twice.
MOST_COMPARED = 32 * 1024 * 1024


class Doubles:
    """Of one shared mailbox."""

    def __init__(
        self,
        room: Mailroom,
        sync: Synchroniser,
        sent: SentFolding,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._room = room
        self._sync = sync
        self._sent = sent
        self._sleep = sleep

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._sent.again.wait()
            try:
                await self._watch()
            except (UpstreamError, StoreUnavailable, Busy) as error:
                name = self._room.mailbox.name
                _log.info("copies in Sent of %s are compared later: %s", name, error)
                await self._sleep(RETRY_S)

    async def recall(self) -> None:
        """What a former process knew, before anything is sent. Raises StoreUnavailable."""
        room, since = self._room, self._room.shop.clock() - RECENT_US

        def work(
            tx: Transaction,
        ) -> tuple[str, list[tuple[str, int, SentPlace]], list[tuple[str, int, SentPlace | None]]]:
            copies, id_ = tx.sent_copies, room.mailbox.id
            return copies.learned(id_), copies.recent(id_, since), copies.senders(id_)

        self._sent.filed_by, recent, senders = await room.shop.store.read(work)
        for message_id, account_id, lies in senders:
            self._sent.senders[message_id] = account_id
            if lies is not None:
                self._sent.same_sender(message_id, lies)
        folder = self._sent.folder()
        for message_id, at_us, place in recent:
            copy = folder.by_uid.get(place.uid) if folder is not None else None
            if copy is not None:
                self._sent.recall(message_id, at_us, place, copy.subject_digest)
        if recent:
            self._sent.again.set()

    async def _watch(self) -> None:
        """Look until there is nothing to wait for."""
        for pause in LOOKS_S:
            self._sent.again.clear()
            folder = self._sent.folder()
            if folder is None or not self._sent.put_by_us():
                return
            # Who set ``again`` may have seen it in a look at the folder that is not taken in yet.
            await self._sync.sync_folder(folder)
            await self.look(folder)
            if self._sent.filed_by:
                return  # one that comes later is seen with the folder's next round
            await self._sleep(pause)
        if not self._sent.filed_by:
            await self._learn(PROXYD)

    async def look(self, folder: Folder) -> None:
        """Fold what lies there twice. Raises UpstreamError, StoreUnavailable."""
        for message_id, own, place in self._sent.put_by_us():
            ours = folder.by_uid.get(place.uid)
            if ours is None or place.uidvalidity != folder.uidvalidity:
                self._sent.settled(message_id)  # somebody has taken it away
                continue
            for other in self._others(folder, message_id, own, ours):
                if await self._is_same(ours, other):
                    await self._remove(folder, message_id, ours, other)
                    break

    def _others(
        self, folder: Folder, message_id: str, own: Own, ours: Message
    ) -> Iterator[Message]:
        """What may be the provider's copy: of the same Message-ID first."""
        taken = self._sent.places()
        near = [
            message
            for uid, message in newest(folder)
            if uid not in taken
            and message.subject_digest == ours.subject_digest
            and abs(message.received_us - own.at_us) <= RECENT_US
        ]
        yield from sorted(near, key=lambda message: message.message_id != message_id)

    async def _is_same(self, ours: Message, other: Message) -> bool:
        if max(ours.size, other.size) > MOST_COMPARED:
            return False
        one = await whole_message(self._room, ours)
        two = await whole_message(self._room, other)
        if one is None or two is None:
            return False
        return is_same_mail(b"".join(one.chunks()), b"".join(two.chunks()))

    async def _remove(self, folder: Folder, message_id: str, ours: Message, other: Message) -> None:
        room, there = self._room, SentPlace(folder.uidvalidity, other.uid, ours=False)
        record = LogRecord(
            action=Action.FILE_SENT,
            mailbox=room.mailbox.name,
            view=folder.name,
            message_id=message_id,
            origin=Origin("proxyd"),
            detail={"removed": "double", "kept": other.message_id},
        )
        async with room.begun.asking([record]) as finish:
            await room.upstream.expunge(folder.name, folder.uidvalidity, [ours.uid])

            def stage(change: Change) -> None:
                change.also.append(finish)
                change.also.append(
                    lambda tx: tx.sent_copies.note(room.mailbox.id, message_id, there)
                )
                change.records.append(record)

            await room.change(stage)
        self._sent.lies(message_id, there)
        await self._sync.sync_folder(folder)
        await self._learn(PROVIDER)

    async def _learn(self, filed_by: str) -> None:
        room, now = self._room, self._room.shop.clock()
        if self._sent.filed_by != filed_by:
            await room.shop.store.write(
                lambda tx: tx.sent_copies.learn(room.mailbox.id, filed_by, now)
            )
            self._sent.filed_by = filed_by
