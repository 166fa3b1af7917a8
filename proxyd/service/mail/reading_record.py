"""What reading leaves behind: records in the access log, and \\Seen where a mail was opened.

Both are durable before the reader sees a row (promise 5). A list of headers is one record, however
many rows; a mail opened or copied is one each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from proxyd.domain.copied_out import Extent, extent_of
from proxyd.domain.errors import CannotDo, NotPermitted, UpstreamRefused
from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord, SeenMode
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.reading import Reading
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.flagging import FlagChange
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.shop import MailsTaken

ATTRIBUTES_RECORDED = 200  # characters: enough to see what a client was after

_ACTIONS = {
    Reading.LIST: Action.LIST,
    Reading.OPEN: Action.OPEN,
    Reading.COPY: Action.COPY_OUT,
}


class ReadingRecord:
    """Of one FETCH in the view ``place``, which the person calls ``view``."""

    def __init__(
        self,
        caller: Caller,
        room: Mailroom,
        place: View,
        view: str,
        attributes: Sequence[bytes],
        reading: Reading,
    ) -> None:
        self._caller = caller
        self._room = room
        self._place = place
        self._view = view
        self._reading = reading
        self.action = _ACTIONS[reading]
        what = b" ".join(attributes).decode("latin-1")
        if reading is Reading.OPEN:  # what is asked of the provider marks nothing as read there
            what = what.replace("BODY.PEEK[", "BODY[").replace("BINARY.PEEK[", "BINARY[")
        self.what = what[:ATTRIBUTES_RECORDED]
        self._extent = extent_of(attributes)

    async def write(self, wanted: Sequence[tuple[int, Message]], *, read_only: bool) -> None:
        """Raises StoreUnavailable. ``read_only``: the view was opened so, and nothing is marked."""
        if not wanted:
            return
        caller, room = self._caller, self._room
        messages = [message for _, message in wanted]
        if self._reading is Reading.LIST:
            detail = {"first": wanted[0][0], "last": wanted[-1][0], "count": len(wanted)}
            one = messages[0] if len(messages) == 1 else None
            await room.record([caller.record(self.action, room, self._view, one, detail=detail)])
            return
        self._tell(messages)
        what = {"what": self.what}
        records = caller.records(self.action, room, self._view, messages, detail=what)
        if self._reading is Reading.COPY or read_only:
            await room.record(records)
        else:
            await self._open(messages, records)

    def _tell(self, messages: Sequence[Message]) -> None:
        if self._extent is Extent.NOTHING:
            return
        caller, room = self._caller, self._room
        copied = MailsTaken(
            caller.account,
            caller.origin,
            room.mailbox,
            self._place.id,
            [message.id for message in messages],
            self._extent is Extent.WHOLE,
            sum(len(folder.by_uid) for folder in room.state.folders.values()),
        )
        room.shop.copied(copied)

    async def _open(self, messages: list[Message], records: list[LogRecord]) -> None:
        """Opening makes messages \\Seen (RFC 9051 §6.4.5, BODY[])."""
        caller, room = self._caller, self._room
        unseen = [m for m in messages if not room.seen(m, caller.account.id)]
        if unseen and room.mailbox.seen is SeenMode.SHARED:
            await room.record(records)
            # Who may only read leaves no mark for others, and reads all the same; nor does anybody
            # where the provider keeps none (RFC 4314 "s").
            with contextlib.suppress(NotPermitted, CannotDo, UpstreamRefused):
                view, seen = self._view, ["\\Seen"]
                store = FlagChange(caller, room, self._place, view, FlagMode.ADD, seen)
                await store.carry_out(unseen)
            return

        def stage(change: Change) -> None:
            change.records += records
            for message in unseen:
                change.set_seen(caller.account.id, message, seen=True)

        if unseen:
            await room.change(stage)
        else:
            await room.record(records)
