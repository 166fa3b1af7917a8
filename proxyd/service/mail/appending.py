"""APPEND: messages somebody puts into a real folder.

Must never alter an octet of them, nor hold one in memory as a whole where it came as a Blob. Words
of the workflow among the flags are wished for as STORE would: refused before anything is stored, as
far as that can be told then. What lies elsewhere in the mailbox, to the octet, was copied.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from proxyd.domain.deleting import FolderUse, place_of
from proxyd.domain.errors import CannotDo, Refused, UnknownEncoding, UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.guard import Answer
from proxyd.domain.held import DRAFTS
from proxyd.domain.keywords import check_folder, check_message, keywords_in
from proxyd.domain.outbox import SentPlace
from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.thread import Headers
from proxyd.domain.types import Blob, LogRecord, Right
from proxyd.domain.workflow import Wish, is_ours, wish_of
from proxyd.service.api.appending import AppendResult, NewMessage
from proxyd.service.mail.appended_flags import AppendedFlags, asked_again
from proxyd.service.mail.bringing_back import BringingBack
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.coming_back import folder_for
from proxyd.service.mail.departing import stage_copied, stage_deleted
from proxyd.service.mail.dragging import dragged
from proxyd.service.mail.same_mail import same_mails
from proxyd.service.mail.same_words import says_the_same
from proxyd.service.mail.shared_flags import recorded
from proxyd.service.mail.storing import Storing, header_of
from proxyd.service.mail.tree import Entry, client_name
from proxyd.service.mail.waiting_copy import came_back, lies_elsewhere, waits
from proxyd.service.mail.workflow import refusal_of, rehearse, stage_wish
from proxyd.service.mailbox.answering import is_answer
from proxyd.service.mailbox.begun import Finish
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message, View
from proxyd.service.mailbox.replying import stage_reply
from proxyd.service.mailbox.sent_folding import SentFolding
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.mailbox.waiting import whom_for

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
    keywords: bool  # upstream keeps them
    uid: int = 0
    uidvalidity: int = 0
    repeated: bool = False  # it was stored when it was asked for before
    theirs: Headers | None = None  # of what is filed in Sent
    folded: AppendResult | None = None  # a copy of what went out through us lies there already

    def kept(self, *, upstream: bool) -> tuple[str, ...]:
        """Its flags that are kept there, or those that are kept here because they can't be."""
        wanted = (flag for flag in self.message.flags if not is_ours(flag) and flag != DELETED)
        return tuple(f for f in wanted if (self.keywords or f.startswith("\\")) == upstream)

    def mail(self) -> AppendedMail:
        message = self.message
        binary = message.binary and has_nul(message.content)
        kept = self.kept(upstream=True)
        return AppendedMail(kept, message.internal_date, message.content, binary)


class Appender:
    """One APPEND of one person into one folder."""

    def __init__(
        self, caller: Caller, target: Entry, targets: Synchroniser, sent: SentFolding | None = None
    ) -> None:
        """``sent`` knows what went out through us.

        Raises CannotDo("holds-no-mail") for what is no real folder, and NotPermitted.
        """
        room, folder = target.room, target.folder
        if room is None or folder is None or not folder.selectable or folder.view is None:
            raise CannotDo("holds-no-mail")
        caller.need(Right.RESPOND, room)
        if folder.held:
            raise CannotDo("waits-by-itself")
        self._caller = caller
        self._room: Mailroom = room
        self._folder: Folder = folder
        self._view: View = folder.view
        self._name = target.name
        self._targets = targets
        self._sent = sent
        self._storing = Storing(caller, room, folder, targets)

    async def append(self, messages: Sequence[NewMessage]) -> AppendResult:
        """All or none (RFC 3502): what can be refused is refused before anything is stored."""
        self._check(messages)
        wishes = [self._wish(message) for message in messages]
        headers = [header_of(message.content) for message in messages]
        if any(wishes):
            rehearse(self._caller, self._room, self._name, zip(headers, wishes, strict=True))
        return await self.put(messages)

    async def put(self, messages: Sequence[NewMessage]) -> AppendResult:
        """The same for flags that mails have already."""
        fresh, there, refused = await self._put(messages)
        placed = [self._place(one, there.get(one.uid)) for one in fresh]
        uids = tuple(placed) if all(placed) else ()
        return AppendResult(self._view.uidvalidity, uids, refused)

    async def put_in(self, messages: Sequence[NewMessage]) -> list[Message | None]:
        """What is there then; None where somebody has taken it away at once."""
        self._check(messages)
        fresh, there, _ = await self._put(messages)
        return [there.get(one.uid) for one in fresh]

    async def _put(
        self, messages: Sequence[NewMessage]
    ) -> tuple[Sequence[_Fresh], Mapping[int, Message], Refused | None]:
        await self._check_binary(messages)
        # Asked once: what is kept here must be what was not stored there.
        keywords = await self._targets.keeps_keywords(self._folder)
        fresh = [_Fresh(one, keywords, folded=await self._instead(one)) for one in messages]
        await self._find_repeated(fresh)
        for one in fresh:
            one.theirs = self._theirs(one.message) if one.folded is None else None
        missing = [one for one in fresh if one.folded is None and not one.uid]
        mails = [one.mail() for one in missing]
        records = [self._record(one, None) for one in fresh]
        if not records:
            return fresh, {}, None
        ids = [header_of(one.message.content).message_id for one in missing]
        with self._room.brought.bringing(ids):
            again = [(one.message.content, one.uid) for one in fresh if one.repeated]
            async with self._storing.store(mails, records, again) as stored:
                for one, place in zip(missing, stored.places, strict=True):
                    one.uidvalidity, one.uid = place
                there = await self._there([one for one in fresh if one.uid])
                pairs = ((there.get(one.uid), one.kept(upstream=True)) for one in missing)
                wanted = [(message, flags) for message, flags in pairs if message is not None]
                async with asked_again(self._room, self._folder, wanted) as flags:
                    late = await self._take_in(fresh, there, flags, stored.finish)
        self._note_theirs(fresh)
        trash = BringingBack(self._caller, self._room, self._targets)
        for one in fresh:
            # Also what was stored when it was asked for before: its answer may have been lost.
            if one.folded is None:
                await trash.stored(one.message.content, there.get(one.uid), self._name)
        return fresh, there, late

    # ------------------------------------------------------------------ before

    async def _find_repeated(self, fresh: Sequence[_Fresh]) -> None:
        """What the same person asked for before without hearing that it is stored, it is."""
        for one in fresh:
            place = None if one.folded else await self._storing.repeated(one.message.content)
            if place is not None:
                one.uidvalidity, one.uid, one.repeated = *place, True

    def _check(self, messages: Sequence[NewMessage]) -> None:
        for message in messages:
            check_keywords(self._folder, message.flags)

    def _wish(self, message: NewMessage) -> Wish:
        """Raises UnknownStatus."""
        return wish_of(message.flags, remove=False, statuses=self._room.shop.statuses)

    async def _check_binary(self, messages: Sequence[NewMessage]) -> None:
        """RFC 3516 §4.4: a NUL can be stored only where the provider takes literal8."""
        for message in messages:
            if message.binary and has_nul(message.content):
                if "BINARY" not in await self._room.upstream.capabilities():
                    raise UnknownEncoding
                return

    async def is_double(self, message: NewMessage) -> bool:
        """Of what went out through us and lies there: nothing would be stored of it.

        Raises UpstreamUnavailable.
        """
        return await self._folded(message) is not None or await came_back(
            self._room, message.content
        )

    async def _instead(self, message: NewMessage) -> AppendResult | None:
        """What is answered where nothing is to be stored. Raises CannotDo, UpstreamError."""
        if self._sent is not None and self._folder.sent:
            return await self._settled(message)
        return await dragged(self._caller, self._room, self._targets, self._folder, message.content)

    async def _settled(self, message: NewMessage) -> AppendResult | None:
        """A copy for Sent that is not stored there. Of what came back it would be a lie for good;
        its words are in Drafts then, where they are nowhere else. Raises UpstreamError.
        """
        folded = await self._folded(message)
        if folded is not None:
            return folded
        if not await came_back(self._room, message.content):
            return None
        if not await lies_elsewhere(self._room, message.content):
            folder = await folder_for(self._room, self._targets, DRAFTS)
            entry = Entry(client_name(folder), self._room, folder=folder)
            drafts = Appender(self._caller, entry, self._targets)
            await drafts.put([replace(message, flags=("\\Draft", "\\Seen"))])
        return AppendResult(self._view.uidvalidity, ())

    async def _folded(self, message: NewMessage) -> AppendResult | None:
        if self._sent is None or not self._folder.sent:
            return None
        same = partial(says_the_same, self._room, message.content)
        id_ = header_of(message.content).message_id
        if await waits(self._room, self._caller.account.id, message.content):
            return AppendResult(self._view.uidvalidity, ())  # it is in Sent when it has left
        return await self._sent.fold(id_, self._folder, same)

    def _theirs(self, message: NewMessage) -> Headers | None:
        """What a person files in Sent is nobody else's answer, be it sent before or after."""
        if self._sent is None or not self._folder.sent:
            return None
        headers = header_of(message.content)
        if headers.message_id and headers.message_id in self._sent.senders:
            self._sent.begin_another(headers)
            return None
        self._sent.begin(headers, self._caller.account.id)
        return headers

    def _note_theirs(self, stored: Sequence[_Fresh]) -> None:
        for one in stored:
            if one.theirs is not None and self._sent is not None and one.uid:
                place = SentPlace(one.uidvalidity, one.uid, ours=True)
                self._sent.lies(one.theirs.message_id, place)

    # ------------------------------------------------------------------ afterwards

    async def _take_in(
        self,
        fresh: Sequence[_Fresh],
        there: Mapping[int, Message],
        flags: AppendedFlags,
        finish: Finish,
    ) -> Refused | None:
        """Returns what was refused of its words by who was faster, or of its flags by the provider;
        stored it is all the same.
        """
        copies = await self._copies(fresh, there)

        def stage(change: Change) -> Refused | None:
            change.also.append(finish)
            late: Refused | None = flags.refused
            flags.stage(change, self._caller, self._room, self._name)
            for one in fresh:
                message = there.get(one.uid)
                change.records.append(self._record(one, message, flags.undone_of(message)))
                if message is not None:
                    late = self._stage(change, one, message) or late
                    self._stage_answer(change, one, message)
            for origin, copy in copies:
                stage_copied(change, self._caller, {origin: copy})
            return late

        return await self._room.change(stage)

    async def _copies(
        self, fresh: Sequence[_Fresh], there: Mapping[int, Message]
    ) -> list[tuple[Message, Message]]:
        """(mail elsewhere, what was stored) where both say the same: mbsync moves mail so."""
        if self._folder.sent or place_of(self._folder.attributes) is FolderUse.DRAFTS:
            return []  # those are written here
        found: list[tuple[Message, Message]] = []
        with contextlib.suppress(UpstreamError):  # then it goes to Trash, where it is twice
            for one in fresh:
                copy = there.get(one.uid)
                if copy is not None:
                    same = await same_mails(self._room, one.message.content, self._is_elsewhere)
                    found += [(origin, copy) for origin in same]
        return found

    def _is_elsewhere(self, message: Message) -> bool:
        return message.folder is not self._folder

    def _stage(self, change: Change, one: _Fresh, there: Message) -> Refused | None:
        caller, room, name, message = self._caller, self._room, self._name, one.message
        if local := one.kept(upstream=False):
            change.set_flags(there, change.flags_of(there), tuple(sorted(set(local))))
        self._stage_seen(change, message, there)
        if place_of(self._folder.attributes) is FolderUse.DRAFTS:
            change.draft_by(caller.account.id, there)
            if header_of(message.content).in_reply_to:
                stage_reply(change, room, caller.account, caller.origin, there)
        if DELETED in message.flags:
            stage_deleted(change, caller, room, self._view, name, [there], deleted=True)
        wish = self._wish(message)
        late = None
        if wish:
            late = refusal_of(caller, room, name, [there], wish, must_show=False)
        if wish and late is None:
            stage_wish(change, caller, room, name, [there], wish)
        return late

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

    def _stage_seen(self, change: Change, message: NewMessage, there: Message) -> None:
        """As the client says (RFC 9051 §6.3.12), whatever became of the same mail elsewhere."""
        account_id, seen = self._caller.account.id, "\\Seen" in message.flags
        if self._room.seen(there, account_id) != seen:
            change.set_seen(account_id, there, seen=seen)

    def _stage_answer(self, change: Change, one: _Fresh, there: Message) -> None:
        """Theirs, and for good. What it does to the conversation is decided when it is sent."""
        if one.theirs is None or not one.theirs.answered_ids:
            return
        account, conversation = self._caller.account, there.conversation
        if any(each.message_id == there.message_id for each in conversation.answers):
            return
        names, people = one.theirs.answered_ids, there.correspondents or b""
        others = [each for each in change.messages_of(conversation) if each is not there]
        if is_answer(names, others, people):
            people = whom_for(people, names, others)
            answer = Answer(account.id, account.name, change.now_us, there.message_id, people)
            change.answer(conversation, answer)

    def _place(self, one: _Fresh, there: Message | None) -> int:
        """0: nobody can say, or somebody has taken it away in the same instant."""
        if one.folded is not None:
            return one.folded.uids[0] if one.folded.uids else 0
        return there.views.get(self._view, 0) if there is not None else 0

    def _record(self, one: _Fresh, there: Message | None, undone: Sequence[str] = ()) -> LogRecord:
        """``undone``: its flags that the provider does not keep."""
        content, room = one.message.content, self._room
        detail: dict[str, object] = {"octets": content.size}
        if one.folded is not None:
            detail = {"folded": header_of(content).message_id}
        if one.repeated:
            detail["repeated"] = True
        if undone:
            detail["not-kept"] = recorded(undone)
        record = self._caller.record(Action.APPEND, room, self._name, there, detail=detail)
        # Not seen there yet, or not any more: it is named all the same.
        return record if there else replace(record, message_id=header_of(content).message_id)


def has_nul(blob: Blob) -> bool:
    return any(b"\0" in chunk for chunk in blob.chunks())
