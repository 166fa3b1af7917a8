"""APPEND: messages somebody puts into a real folder.

Must never alter an octet of them, nor hold one in memory as a whole where it came as a Blob.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from proxyd.domain.deleting import Place, place_of
from proxyd.domain.errors import CannotDo, UnknownEncoding, UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.keywords import check_folder, check_message, keywords_in
from proxyd.domain.ports import AppendedMail
from proxyd.domain.types import Blob, LogRecord, Right
from proxyd.domain.workflow import is_ours
from proxyd.service.api import AppendResult, NewMessage
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.storing import Storing, header_of
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.begun import Finish
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message, View
from proxyd.service.mailbox.sent_folding import SentFolding
from proxyd.service.mailbox.sync import Synchroniser

_log = logging.getLogger(__name__)


def check_keywords(folder: Folder, flags: Sequence[str]) -> None:
    """Raises CannotDo where a client gives a new message keywords without bounds."""
    wanted = [flag for flag in flags if not is_ours(flag)]
    check_message((), wanted)
    if keywords_in(wanted):
        check_folder(folder.keywords_in_use(), wanted)


@dataclass(eq=False, slots=True)
class _Fresh:
    """A message on its way. ``uid`` is upstream's, 0 while it is not stored."""

    message: NewMessage
    uid: int = 0
    uidvalidity: int = 0
    folded: AppendResult | None = None  # a copy of what went out through us lies there already


class Appender:
    """One APPEND of one person into one folder."""

    def __init__(
        self, caller: Caller, target: Entry, targets: Synchroniser, sent: SentFolding | None = None
    ) -> None:
        """``sent`` knows what went out through us.

        Raises CannotDo("virtual-append") for what is no real folder, and NotPermitted.
        """
        room, folder = target.room, target.folder
        if room is None or folder is None or not folder.selectable or folder.view is None:
            raise CannotDo("virtual-append")
        caller.need(Right.RESPOND, room)
        self._caller = caller
        self._room: Mailroom = room
        self._folder: Folder = folder
        self._view: View = folder.view
        self._name = target.name
        self._targets = targets
        self._sent = sent
        self._storing = Storing(room, folder, targets)

    async def append(self, messages: Sequence[NewMessage]) -> AppendResult:
        """All or none (RFC 3502): what can be refused is refused before anything is stored."""
        for message in messages:
            check_keywords(self._folder, message.flags)
        return await self.put(messages)

    async def put(self, messages: Sequence[NewMessage]) -> AppendResult:
        """The same for flags that mails have already."""
        await self._check_binary(messages)
        fresh = [_Fresh(message, folded=await self._folded(message)) for message in messages]
        missing = [one for one in fresh if one.folded is None]
        mails = [self._mail(one.message) for one in missing]
        records = [self._record(one, None) for one in fresh]
        async with self._storing.store(mails, records) as stored:
            for one, place in zip(missing, stored.places, strict=True):
                one.uidvalidity, one.uid = place
            return await self._take_in(fresh, stored.finish)

    # ------------------------------------------------------------------ before

    async def _check_binary(self, messages: Sequence[NewMessage]) -> None:
        """RFC 3516 §4.4: a NUL can be stored only where the provider takes literal8."""
        for message in messages:
            if message.binary and has_nul(message.content):
                if "BINARY" not in await self._room.upstream.capabilities():
                    raise UnknownEncoding
                return

    async def _folded(self, message: NewMessage) -> AppendResult | None:
        if self._sent is None or not self._folder.sent:
            return None
        return await self._sent.fold(header_of(message.content).message_id, self._folder)

    # ------------------------------------------------------------------ upstream

    def _kept(self, message: NewMessage) -> list[str]:
        """The flags that upstream keeps."""
        wanted = (flag for flag in message.flags if not is_ours(flag))
        return [flag for flag in wanted if self._folder.keywords or flag.startswith("\\")]

    def _mail(self, message: NewMessage) -> AppendedMail:
        binary = message.binary and has_nul(message.content)
        kept = tuple(self._kept(message))
        return AppendedMail(kept, message.internal_date, message.content, binary)

    # ------------------------------------------------------------------ afterwards

    async def _take_in(self, fresh: Sequence[_Fresh], finish: Finish) -> AppendResult:
        there = await self._there([one for one in fresh if one.uid])

        def stage(change: Change) -> None:
            change.also.append(finish)
            for one in fresh:
                change.records.append(self._record(one, there.get(one.uid)))
                self._stage_keywords(change, one.message, there.get(one.uid))
                self._stage_seen(change, one.message, there.get(one.uid))
                self._stage_draft(change, there.get(one.uid))

        await self._room.change(stage)
        placed = [self._place(one, there.get(one.uid)) for one in fresh]
        return AppendResult(self._view.uidvalidity, tuple(placed) if all(placed) else ())

    async def _there(self, stored: Sequence[_Fresh]) -> Mapping[int, Message]:
        """By upstream UID. All are stored, whatever became of those that can't be seen."""
        folder = self._folder
        if not stored:
            return {}
        uidvalidity = stored[-1].uidvalidity
        there: dict[int, Message] = {}
        if folder.uidvalidity == uidvalidity:
            there = {one.uid: folder.by_uid[one.uid] for one in stored if one.uid in folder.by_uid}
        missing = [one.uid for one in stored if one.uid not in there]
        try:
            if missing:
                there |= await self._targets.ingest(folder, uidvalidity, missing)
        except UpstreamError as error:
            _log.warning("what was stored in %s is not known yet: %s", folder.name, error)
        return there

    def _stage_keywords(self, change: Change, message: NewMessage, there: Message | None) -> None:
        """Those that upstream can't keep are kept here."""
        wanted = {flag for flag in message.flags if not is_ours(flag)}
        local = wanted - set(self._kept(message))
        if there is not None and local:
            change.set_flags(there, change.flags_of(there), tuple(sorted(local)))

    def _stage_seen(self, change: Change, message: NewMessage, there: Message | None) -> None:
        """As the client says (RFC 9051 §6.3.12), whatever became of the same mail elsewhere."""
        account_id, seen = self._caller.account.id, "\\Seen" in message.flags
        if there is not None and self._room.seen(there, account_id) != seen:
            change.set_seen(account_id, there, seen=seen)

    def _stage_draft(self, change: Change, there: Message | None) -> None:
        """Who has written it may replace it (domain/deleting.py)."""
        if there is not None and place_of(self._folder.attributes) is Place.DRAFTS:
            change.draft_by(self._caller.account.id, there)

    def _place(self, one: _Fresh, there: Message | None) -> int:
        """0: nobody can say, or somebody has taken it away in the same instant."""
        if one.folded is not None:
            return one.folded.uids[0]
        return there.views.get(self._view, 0) if there is not None else 0

    def _record(self, one: _Fresh, there: Message | None) -> LogRecord:
        content, room = one.message.content, self._room
        if one.folded is None:
            detail: dict[str, object] = {"octets": content.size}
            return self._caller.record(Action.APPEND, room, self._name, there, detail=detail)
        message_id = header_of(content).message_id
        record = self._caller.record(Action.APPEND, room, self._name, detail={"folded": message_id})
        return replace(record, message_id=message_id)


def has_nul(blob: Blob) -> bool:
    return any(b"\0" in chunk for chunk in blob.chunks())
