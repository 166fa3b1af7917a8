"""The one copy in Sent: a client's own copy is folded into ours (DESIGN.md §3 "Sending").

Whatever client and provider do, a mail that went out through us lies in Sent once.
"""

from __future__ import annotations

import asyncio

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.outbox import SendState
from proxyd.service.api import AppendResult
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message

FOLD_WAIT_S = 30.0  # a client's copy waits so long for ours to be stored; then it may try again


class SentFolding:
    """Knows which Message-IDs went out through us, and where their one copy lies."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        self._stored = asyncio.Condition()
        self._on_their_way: set[str] = set()
        self._waiting = 0
        self.wanted = asyncio.Event()  # a client waits for a copy

    def is_own(self, message_id: str) -> bool:
        """The mail is being sent or filed by us now: its copy in Sent is no outside answer."""
        return message_id in self._on_their_way

    def begin(self, message_id: str) -> None:
        """The mail is about to go out. Ended by ``stored`` or ``give_up``."""
        self._on_their_way.add(message_id)

    def give_up(self, message_id: str) -> None:
        """It did not go out."""
        self._on_their_way.discard(message_id)

    async def stored(self, message_id: str) -> None:
        async with self._stored:
            self._on_their_way.discard(message_id)
            self._stored.notify_all()

    def copy_in(self, folder: Folder, message_id: str) -> Message | None:
        copies = self._room.state.by_message_id.get(message_id, [])
        return next((message for message in copies if message.folder is folder), None)

    async def fold(self, message_id: str, folder: Folder) -> AppendResult | None:
        """The one copy's UID, for a client that appends its own; None: store it as it is.

        Raises UpstreamUnavailable when our copy can't be stored at the moment.
        """
        mailbox_id = self._room.mailbox.id
        store = self._room.shop.store
        state = await store.read(lambda tx: tx.mail.sending_state(mailbox_id, message_id))
        if not message_id or state not in (SendState.RELAYED, SendState.FILED):
            return None
        if state == SendState.RELAYED:
            await self._wait_for(message_id, folder)
        copy = self.copy_in(folder, message_id)
        if copy is None or folder.view is None or folder.view not in copy.views:
            return None  # somebody has deleted it since
        return AppendResult(folder.view.uidvalidity, (copy.views[folder.view],))

    async def _wait_for(self, message_id: str, folder: Folder) -> None:
        self._waiting += 1
        self.wanted.set()
        try:
            async with asyncio.timeout(FOLD_WAIT_S), self._stored:
                await self._stored.wait_for(lambda: self.copy_in(folder, message_id) is not None)
        except TimeoutError as error:
            raise UpstreamUnavailable("the copy in Sent is still on its way") from error
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.wanted.clear()
