"""The workflow's side of sending: conversations, the completed answer, and the copy for Sent.

Implements ``desk.Conversations`` for one mailroom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.guard import Answer
from proxyd.domain.ports import AppendedMail, OwedFlag, Transaction
from proxyd.domain.types import Account, BytesBlob, LogRecord, Origin, SharedMailbox
from proxyd.domain.workflow import Event
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Folder
from proxyd.service.mailbox.sent_folding import SentFolding
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.sending.desk import ConversationFacts

DEFAULT_SENT = "Sent"  # created where the provider has no Sent folder


class RoomConversations:
    def __init__(self, room: Mailroom, sync: Synchroniser, sent: SentFolding) -> None:
        self._room = room
        self._sync = sync
        self._sent = sent
        self._filing = asyncio.Lock()

    @property
    def mailbox(self) -> SharedMailbox:
        return self._room.mailbox

    def find(self, message_ids: Sequence[str]) -> ConversationFacts | None:
        threads = self._room.state.threads
        found = next((threads[id_] for id_ in message_ids if id_ in threads), None)
        if found is None:
            return None
        arrived = {m.message_id: m.received_us for m in found.messages}
        person = self._room.shop.people.by_id(found.assignee or 0)
        return ConversationFacts(
            found.id,
            found.status,
            found.assignee,
            tuple(_answers(found)),
            arrived,
            finished=found.status == self._room.shop.statuses.answered,
            assignee=self._room.told_name(person) if person else "",
        )

    def begin(self, message_id: str) -> None:
        self._sent.begin(message_id)

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
    ) -> None:
        room = self._room

        def stage(change: Change) -> None:
            change.also.append(also)
            change.records += records
            conversation = room.state.conversations.get(conversation_id or 0)
            if conversation is None and conversation_id is not None:
                # Joined with another one while the mail was on its way.
                found = (change.conversation_by_id(id_) for id_ in in_reply_to)
                conversation = next((each for each in found if each is not None), None)
            if conversation is None:
                return
            origin = records[0].origin if records else Origin("smtp")
            _stage_answer(change, room, conversation, account, message_id, in_reply_to, origin)
            _stage_answered(change, room, conversation, account, in_reply_to)

        await room.change(stage)
        room.state.owed.wanted.set()

    async def copy_wanted(self) -> None:
        await self._sent.wanted.wait()

    async def file_sent(self, mails: Sequence[tuple[str, bytes]]) -> None:
        for message_id, _ in mails:
            self._sent.begin(message_id)
        async with self._filing:
            folder = await self._sent_folder()
            await self._sync.sync_folder(folder)  # the provider may have put its own copy there
            first = dict(reversed(mails))  # of several with one Message-ID, the one sent first
            missing = [
                AppendedMail(("\\Seen",), None, BytesBlob(first[id_]))
                for id_ in dict.fromkeys(id_ for id_, _ in mails)
                if self._sent.copy_in(folder, id_) is None
            ]
            await self._append(folder, missing)
        for message_id, _ in mails:
            await self._sent.stored(message_id)

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
        folder = self._room.state.special_folder("\\sent")
        folder = folder or self._room.state.folder_named(DEFAULT_SENT)
        if folder is None:
            await self._room.upstream.create(DEFAULT_SENT)
            await self._sync.list_anew()
            folder = self._room.state.folder_named(DEFAULT_SENT)
        if folder is None:
            raise UpstreamUnavailable("the provider has no folder for sent mail")
        return folder


def _answers(conversation: Conversation) -> list[Answer]:
    """The recorded answers, and what lies in Sent from before our time or from elsewhere."""
    known = {answer.message_id for answer in conversation.answers}
    outside = [
        Answer(None, "", message.received_us, message.message_id)
        for message in conversation.messages
        if message.folder.sent and message.message_id not in known
    ]
    return [*conversation.answers, *outside]


def _stage_answer(
    change: Change,
    room: Mailroom,
    conversation: Conversation,
    account: Account,
    message_id: str,
    in_reply_to: Sequence[str],
    origin: Origin,
) -> None:
    """What the answer does to its conversation, recorded at the mail that was answered."""
    asked = next((id_ for id_ in in_reply_to if id_ in room.state.by_message_id), message_id)
    change.thread([message_id], conversation)
    if not any(answer.message_id == message_id for answer in conversation.answers):
        change.answer(conversation, Answer(account.id, account.name, change.now_us, message_id))
    told = Happening(Event.ANSWERED, asked, actor=account, origin=origin, answer=message_id)
    stage_event(change, room, conversation, told)


def _stage_answered(
    change: Change,
    room: Mailroom,
    conversation: Conversation,
    account: Account,
    in_reply_to: Sequence[str],
) -> None:
    """\\Answered at once for everybody; who opens the mailbox without us sees it too, a moment
    later: the provider is owed it.
    """
    now = change.now_us
    for id_ in in_reply_to:
        for message in room.state.by_message_id.get(id_, []):
            if message.conversation is conversation and "\\Answered" not in message.flags:
                flag = OwedFlag("\\Answered", wanted=True, at_us=now, actor=account.login)
                change.owe(message, flag)
                change.set_flags(message, message.flags)
