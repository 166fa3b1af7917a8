"""A shared mailbox's truth read from the database when its serving begins, and mended.

A change of configuration, or of people, may have left behind what does not fit any more; whatever
is mended goes through ``Mailroom.change`` like everything else. Afterwards the invariants of
``model.py`` hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from proxyd.domain.deleting import COPY_REMEMBERED_US
from proxyd.domain.folder_names import BACK_ON
from proxyd.domain.guard import Answer
from proxyd.domain.ports.database import Transaction
from proxyd.domain.workflow import HOLD, Event
from proxyd.service.mailbox.begun import interrupted
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.deadlines import stage_clocks
from proxyd.service.mailbox.departures import Departure, Trashed
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Folder, Message, View, WaitingClock
from proxyd.service.mailbox.state import MailboxState


async def load(room: Mailroom) -> None:
    """Read the truth from the database, and mend what a change of configuration left behind."""
    mailbox_id = room.mailbox.id
    before_us = room.shop.clock() - COPY_REMEMBERED_US
    await room.shop.store.write(lambda tx: tx.departures.forget(mailbox_id, before_us))
    by_id = await room.shop.store.read(lambda tx: _read(tx, mailbox_id, room.state))
    await room.doubts.load(room.state.folders, by_id)
    records, finish = await room.shop.store.read(lambda tx: interrupted(tx, mailbox_id))

    await room.half_done.load()
    room.afterthoughts.insert(0, partial(stage_clocks, room))

    def mend(change: Change) -> None:
        _mend(room, change)
        if records:
            change.records += records
            change.also.append(finish)

    await room.change(mend)


def _mend(room: Mailroom, change: Change) -> None:
    state = room.state
    for key in room.shop.statuses.keys:
        change.ensure_view(("status", key))
    change.ensure_view(("overdue", ""))
    for word in BACK_ON if HOLD in room.shop.statuses.keys else ():
        change.ensure_view(("until", word))
    change.ensure_view(("unassigned", ""))
    for person in room.shop.people.all():
        if room.mailbox.id in person.grants:
            change.ensure_views_of(person.id)
    for conversation in state.conversations.values():
        if conversation.status not in room.shop.statuses.keys:
            stage_event(change, room, conversation, Happening(Event.STATUS_GONE))
        if conversation.assignee is not None:
            change.ensure_view(("assignee", str(conversation.assignee)))
        if not conversation.modseq:
            change.renumber(conversation)
    for message in state.messages():
        change.recheck(message)
        if not message.modseq:
            change.retell(message)


def retell_seen(state: MailboxState, change: Change) -> None:
    """Whose \\Seen counts has changed: messages with a mark of somebody's look different now."""
    for message in state.messages():
        if message.seen_by:
            change.retell(message)


def _read(tx: Transaction, mailbox_id: int, state: MailboxState) -> Mapping[int, Message]:
    """The messages by their ids."""
    for stored in tx.mail.folders(mailbox_id):
        attributes = frozenset(stored.attributes.split())
        folder = Folder(stored.id, stored.name, stored.delimiter, attributes)
        folder.uidvalidity, folder.uidnext = stored.uidvalidity, stored.uidnext
        folder.modseq, folder.keywords = stored.modseq, stored.keywords
        if stored.unkept is not None:
            folder.unkept = frozenset(stored.unkept.split())
        state.folders[folder.id] = folder
    _read_conversations(tx, mailbox_id, state)
    by_id = _read_messages(tx, mailbox_id, state)
    for number, flag in tx.owed.all(mailbox_id):
        state.owed.put(by_id[number], flag)
    _read_views(tx, mailbox_id, state, by_id)
    state.drafts = {by_id[id_]: who for id_, who in tx.departures.drafts(mailbox_id).items()}
    for id_, reply in tx.departures.replies(mailbox_id):
        draft = by_id[id_]
        state.replies.put(draft, reply)
        people = {*draft.conversation.replying, reply.account_id}
        draft.conversation.replying = tuple(sorted(people))
    state.turns = tx.rules.last_given(mailbox_id)
    for id_, account_id, at_us in tx.departures.trashed(mailbox_id):
        state.trashed[by_id[id_]] = Trashed(account_id, at_us)
    for id_, account_id, half, at_us in tx.departures.in_vain(mailbox_id):
        state.in_vain.put(half, account_id, by_id[id_], at_us)
    state.modseq = state.highest_modseq()
    return by_id


def _read_conversations(tx: Transaction, mailbox_id: int, state: MailboxState) -> None:
    for row in tx.mail.conversations(mailbox_id):
        conversation = Conversation(row.id, row.status, row.assignee_id, row.modseq)
        conversation.clock = WaitingClock(
            row.finished_us, row.resumed_us, row.until_us, row.waits_us, None, row.overdue
        )
        state.conversations[row.id] = conversation
        state.alarms.put(conversation)
    for one, other in tx.parted.all(mailbox_id):
        state.parted.add((state.conversations[one], state.conversations[other]))
    for known in tx.mail.thread_ids(mailbox_id):
        state.threads[known.message_id] = state.conversations[known.conversation_id]
        if known.arrived:
            state.arrived.add(known.message_id)
        if known.came_us:
            state.came[known.message_id] = known.came_us
    state.left.update((left.message_id, left) for left in tx.mail.left(mailbox_id))
    for given in tx.mail.answers(mailbox_id):
        answer = Answer(given.account_id, given.name, given.at_us, given.message_id, given.people)
        state.conversations[given.conversation_id].answers.append(answer)


def _read_views(
    tx: Transaction, mailbox_id: int, state: MailboxState, by_id: dict[int, Message]
) -> None:
    views: dict[int, View] = {}
    for row in tx.mail.views(mailbox_id):
        view = View(row.id, row.kind, row.subject, row.uidvalidity, row.uidnext, row.modseq)
        views[view.id] = state.views[view.key] = view
        if view.kind == "folder" and int(view.subject) in state.folders:
            state.folders[int(view.subject)].view = view
    for place in tx.mail.view_messages(mailbox_id):
        views[place.view_id].enter(place.uid, by_id[place.message_id], place.saved_us)
    for said in tx.departures.all(mailbox_id):
        departure = Departure(said.deleted, said.into, said.copies, said.at_us, said.elsewhere)
        views[said.view_id].departures.put(said.account_id, said.uid, departure)


def _read_messages(tx: Transaction, mailbox_id: int, state: MailboxState) -> dict[int, Message]:
    by_id: dict[int, Message] = {}
    interned: dict[str, tuple[str, ...]] = {}
    numbers: dict[int, int] = {}  # one object for each, however many messages carry it
    people: dict[bytes | None, bytes | None] = {}
    for row in tx.mail.messages(mailbox_id):
        flags = interned.setdefault(row.flags, tuple(row.flags.split()))
        local = interned.setdefault(row.local_keywords, tuple(row.local_keywords.split()))
        message = Message(
            id_=row.id,
            folder=state.folders[row.folder_id],
            uid=row.uid,
            conversation=state.conversations[row.conversation_id],
            message_id=row.message_id,
            size=row.size,
            internal_date=row.internal_date,
            flags=flags,
            local_keywords=local,
            inbound=row.inbound,
            automatic=row.automatic,
            subject_digest=row.subject_digest,
            modseq=numbers.setdefault(row.modseq, row.modseq),
            origin=row.origin,
            thread=numbers.setdefault(row.thread, row.thread),
            correspondents=people.setdefault(row.correspondents, row.correspondents),
            sent_us=row.sent_us,
        )
        by_id[message.id] = message
        message.folder.by_uid[message.uid] = message
        message.conversation.messages.append(message)
        state.by_message_id.setdefault(message.message_id, []).append(message)
    for own in tx.mail.seen(mailbox_id):
        modseq = numbers.setdefault(own.modseq, own.modseq)
        by_id[own.message_id].set_own_seen(own.account_id, modseq, seen=own.seen)
    return by_id
