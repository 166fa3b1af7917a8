"""A mail that a person has just deleted and now stores again was moved, not deleted.

The order in which mbsync and offlineimap say a move whose source comes first by name
(docs/decisions/021, 036). Into a virtual folder the mail itself comes out of Trash again; in a
folder lies what the client has stored, and Trash gets no second copy.
"""

from __future__ import annotations

import contextlib

from proxyd.domain.deleting import Fate
from proxyd.domain.errors import UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.types import Blob
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.expunging import Expunger
from proxyd.service.mail.same_mail import same_mails
from proxyd.service.mail.transferring import Transfer
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser


class BringingBack:
    """Of one person, out of one mailbox's Trash."""

    def __init__(self, caller: Caller, room: Mailroom, sync: Synchroniser) -> None:
        self._caller = caller
        self._room = room
        self._sync = sync

    async def into(self, folder: Folder, content: Blob, to: str) -> Message | None:
        """The mail that says the same, in ``folder`` again; None where there is none. ``to``: the
        virtual folder, for the log. Raises UpstreamError.
        """
        for message in await self._trashed(content):
            view, name = message.folder.view, message.folder.name
            uid = message.views.get(view, 0) if view is not None else 0
            detail = {"to": to, "by": "append"}
            transfer = Transfer(self._caller, self._room, name, Action.MOVE, detail)
            result = await transfer.move([(uid, message)], folder, self._sync)
            for _, now in result.pairs:
                return folder.view.members.get(now) if folder.view is not None else None
        return None

    async def stored(self, content: Blob, copy: Message | None, to: str) -> None:
        """``copy`` lies in the folder ``to``, so what was deleted goes for good."""
        if copy is None:
            return
        with contextlib.suppress(UpstreamError):  # then it lies in Trash as well
            for message in await self._trashed(content):
                view = message.folder.view
                if message is copy or view is None:
                    continue
                expunger = Expunger(self._caller, self._room, self._sync, view, to)
                await expunger.remove([(message.views.get(view, 0), message)], Fate.MOVED)

    async def _trashed(self, content: Blob) -> list[Message]:
        account_id, trashed = self._caller.account.id, self._room.state.trashed
        now_us = self._room.shop.clock()

        def is_mine(message: Message) -> bool:
            return message in trashed and trashed[message].lately_by(account_id, now_us)

        return await same_mails(self._room, content, is_mine)
