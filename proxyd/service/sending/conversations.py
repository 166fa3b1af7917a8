"""The workflow's side of sending: conversations, the completed answer, and the copy for Sent.

Implements ``desk.Conversations`` for one mailroom.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.guard import Answer
from proxyd.domain.note_leaks import Leaks
from proxyd.domain.outbox import SentPlace
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.mail_rows import Alike
from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.travelled import is_same_mail
from proxyd.domain.types import Account, BytesBlob, LogRecord, Origin, SharedMailbox
from proxyd.domain.workflow import Event, keyword_of
from proxyd.service.mail.approving import show_held
from proxyd.service.mail.coming_back import come_back
from proxyd.service.mail.same_words import says_the_same
from proxyd.service.mail.storing import whole_message
from proxyd.service.mail.taking_back import marked_by
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.condition import TroubleKind
from proxyd.service.mailbox.held_mails import stage_gone
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Folder, Message
from proxyd.service.mailbox.sent_folding import (
    DEFAULT_SENT,
    PROVIDER,
    RECENT_US,
    SentFolding,
    newest,
)
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.notes.writing import NoteWriter
from proxyd.service.sending.desk import ConversationFacts
from proxyd.service.sending.room_facts import RoomFacts
from proxyd.service.sending.went_out import Sent, stage_answer, stage_forward

HEADER_MOST = 262_144
# Between looks for the copy that a provider files itself, where it does: 20 s, less than a client's
# own copy waits.
PROVIDER_LOOKS_S = (0.25, 0.25, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 5.0)
_log = logging.getLogger(__name__)


class RoomConversations:
    def __init__(self, room: Mailroom, sync: Synchroniser, sent: SentFolding) -> None:
        self._room = room
        self._sync = sync
        self._sent = sent
        self._filing = asyncio.Lock()
        self._facts = RoomFacts(room, sent)

    @property
    def mailbox(self) -> SharedMailbox:
        return self._room.mailbox

    @property
    def leaks(self) -> Leaks:
        return self._room.leaks

    async def note(self, account: Account, message: bytes, origin: Origin) -> bool:
        room = self._room

        def record(there: Message | None) -> LogRecord:
            return LogRecord(
                action=Action.APPEND,
                outcome="ok",
                actor=account.login,
                mailbox=room.mailbox.name,
                message_id=there.message_id if there else "",
                subject_digest=there.subject_digest if there else "",
                conversation=there.conversation.id if there else None,
                origin=origin,
                detail={"what": "note"},
            )

        writer = NoteWriter(room, self._sync)
        done = await room.carried(writer.write(account, message, record))
        return not done.repeated

    def find(
        self, message_ids: Sequence[str], recipients: Sequence[str]
    ) -> ConversationFacts | None:
        return self._facts.find(message_ids, recipients)

    def guess(
        self, alike: Sequence[Alike], recipients: Sequence[str], now_us: int
    ) -> ConversationFacts | None:
        return self._facts.guess(alike, recipients, now_us)

    def answers_alike(
        self, conversation_id: int | None, alike: Sequence[Alike]
    ) -> Sequence[Answer]:
        return self._facts.answers_alike(conversation_id, alike)

    def begin(self, headers: Headers, account: Account) -> None:
        self._sent.begin(headers, account.id)

    def give_up(self, message_id: str) -> None:
        self._sent.give_up(message_id)

    async def complete(
        self,
        conversation_id: int | None,
        account: Account,
        message_id: str,
        in_reply_to: Sequence[str],
        also: Callable[[Transaction], None],
        records: Sequence[LogRecord],
        *,
        answers: bool,
        origin: Origin | None = None,
        recipients: Sequence[str] = (),
        names: Sequence[str] = (),
        left: int = 0,
    ) -> None:
        room, people = self._room, self._room.people_of(recipients)

        def stage(change: Change) -> None:
            change.also.append(also)
            change.records += records
            conversation = self._meant(change, conversation_id, in_reply_to)
            if conversation is not None:
                stage_in(change, conversation)
            if left:  # behind it: an answer that went out is none that was not sent
                stage_gone(change, room, left)

        def stage_in(change: Change, conversation: Conversation) -> None:
            by = origin or (records[0].origin if records else Origin("smtp"))
            sent = Sent(account, message_id, in_reply_to, by, recipients, people, names)
            in_it = stage_answer if answers else stage_forward
            in_it(change, room, conversation, sent)

        await room.change(stage)
        room.state.owed.wanted.set()

    def _meant(
        self, change: Change, number: int | None, in_reply_to: Sequence[str]
    ) -> Conversation | None:
        """Joined with another one, or split, while the mail was on its way: then its ids tell."""
        known = self._room.state.conversations.get(number or 0)
        if number is None or (known is not None and not change.is_parted(known)):
            return known
        found = (change.conversation_by_id(id_) for id_ in in_reply_to)
        return next((each for each in found if each is not None), known)

    @property
    def held_news(self) -> asyncio.Event:
        return self._room.held_news

    def mark_of(
        self, conversation_id: int | None, message_ids: Sequence[str], *, answers: bool
    ) -> tuple[str, tuple[str, ...]]:
        mark = keyword_of(Event.ANSWERED if answers else Event.FORWARDED)
        known = self._room.state.conversations.get(conversation_id or 0)
        bare = {
            message.message_id: None
            for message in (known.messages if known is not None else ())
            if message.message_id in message_ids
            if mark not in (*message.flags, *message.local_keywords)
        }
        return mark, tuple(bare)

    async def show_held(self, sending_id: int) -> None:
        await show_held(self._room, self._sync, sending_id)

    async def come_back(self, sending_id: int) -> None:
        await come_back(self._room, self._sync, sending_id)

    def leaving_trouble(self, reason: str) -> None:
        if reason:
            self._room.conditions.begin(TroubleKind.LEAVING, reason)
        else:
            self._room.conditions.end(TroubleKind.LEAVING)

    def marked_by(self, sending_id: int) -> Account | None:
        return marked_by(self._room, sending_id)

    async def copy_wanted(self) -> None:
        await self._sent.wanted.wait()

    async def file_sent(self, mails: Sequence[tuple[str, bytes]]) -> Mapping[str, SentPlace]:
        left, places = list(dict.fromkeys(mails)), dict[str, SentPlace]()
        several = {id_ for id_, count in Counter(id_ for id_, _ in left).items() if count > 1}
        while left:  # of several with one Message-ID the one sent first, and then the next
            first: dict[str, bytes] = {}
            for id_, message in left:
                first.setdefault(id_, message)
            left = [each for each in left if first[each[0]] != each[1]]
            places |= await self._file(first, several)
        return places

    async def _file(
        self, first: Mapping[str, bytes], several: Collection[str]
    ) -> Mapping[str, SentPlace]:
        """By Message-ID. ``several``: those of which there are other mails to be filed."""
        for message in first.values():
            self._sent.begin(parse_headers(message[:HEADER_MOST]))
        async with self._filing:
            folder = await self._sent_folder()
            await self._sync.sync_folder(folder)  # the provider may have put its own copy there
            others = await self._others(folder, first, several)
            if self._sent.filed_by == PROVIDER:
                await self._wait_for_provider(folder, first, others)
            missing = [id_ for id_ in first if self._sent.copy_in(folder, id_, others) is None]
            copies = [AppendedMail(("\\Seen",), None, BytesBlob(first[id_])) for id_ in missing]
            if copies:
                await self._append(folder, copies)
            places = self._places(folder, first, missing, others)
        for message_id, place in places.items():
            self._sent.lies(message_id, place)
        for message_id in first:
            await self._sent.stored(message_id)
        return places

    async def _others(
        self, folder: Folder, mails: Mapping[str, bytes], several: Collection[str]
    ) -> set[Message]:
        """Other mails of the same Message-IDs: none of them is the copy of what has gone out. Where
        several have gone out under one, a copy is that of the one that it says, whoever has filed
        it: a former process may have, and died before it could say so.
        """
        sent = self._sent
        return {
            there
            for id_, message in mails.items()
            for there in (sent.copies_in if id_ in several else sent.not_the_providers)(folder, id_)
            if not await says_the_same(self._room, BytesBlob(message), there)
        }

    def _places(
        self,
        folder: Folder,
        ids: Iterable[str],
        put: Collection[str],
        others: Collection[Message],
    ) -> dict[str, SentPlace]:
        """``put``: those that were stored here now. A client's own copy was put through us too."""
        by_us = {place.uid for _, _, place in self._sent.put_by_us()}
        found = {id_: self._sent.copy_in(folder, id_, others) for id_ in ids}
        return {
            id_: SentPlace(folder.uidvalidity, copy.uid, ours=id_ in put or copy.uid in by_us)
            for id_, copy in found.items()
            if copy is not None
        }

    async def _wait_for_provider(
        self, folder: Folder, mails: Mapping[str, bytes], others: Collection[Message]
    ) -> None:
        """For the copies that it files itself; what has not come by then is filed here."""
        for pause in PROVIDER_LOOKS_S:
            for id_, message in mails.items():
                if self._sent.copy_in(folder, id_, others) is None:
                    await self._find_renamed(folder, id_, message)
            if all(self._sent.copy_in(folder, id_, others) for id_ in mails):
                return
            await asyncio.sleep(pause)
            await self._sync.sync_folder(folder)
        _log.warning("%s: the provider files no copy in Sent any more", self.mailbox.name)
        self._sent.filed_by = ""

    async def _find_renamed(self, folder: Folder, message_id: str, message: bytes) -> None:
        """A copy under another Message-ID; what is the same mail is sure."""
        digest = self._room.shop.digest(parse_headers(message[:HEADER_MOST]).subject)
        oldest = self._room.shop.clock() - RECENT_US
        taken = self._sent.places()
        for uid, there in newest(folder):
            fits = there.subject_digest == digest and there.received_us >= oldest
            if not fits or uid in taken or there.size > 2 * len(message) + HEADER_MOST:
                continue
            blob = await whole_message(self._room, there)
            if blob is not None and is_same_mail(message, b"".join(blob.chunks())):
                self._sent.lies(message_id, SentPlace(folder.uidvalidity, uid, ours=False))
                return

    async def _append(self, folder: Folder, mails: Sequence[AppendedMail]) -> None:
        """In one command where the provider has MULTIAPPEND (RFC 3502)."""
        upstream = self._room.upstream
        places: list[tuple[int, int] | None]
        if len(mails) > 1 and "MULTIAPPEND" in await upstream.capabilities():
            told = await upstream.append_all(folder.name, mails)
            places = [(told[0], uid) for uid in told[1]] if told else [None]
        else:
            places = [
                await upstream.append(folder.name, mail.flags, None, mail.content) for mail in mails
            ]
        known = [place for place in places if place is not None]
        if len(known) < len(places):
            await self._sync.sync_folder(folder)
        elif known:
            await self._sync.ingest(folder, known[0][0], [uid for _, uid in known])

    async def _sent_folder(self) -> Folder:
        folder = self._sent.folder()
        if folder is None:
            await self._room.upstream.create(DEFAULT_SENT)
            await self._sync.list_anew()
            folder = self._room.state.folder_named(DEFAULT_SENT)
        if folder is None:
            raise UpstreamUnavailable("the provider has no folder for sent mail")
        return folder
