"""What waits before it leaves, in the mailbox's truth: taken in, shown, and gone again.

Its octets are those of the outbox (upstream/noted.py shows them), so one that was taken a moment
before we died is taken in like any other. While it is here nobody's turn changes: an answer among
them shows as ``$replying``. In its folder alone, and counted by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxyd.domain import held
from proxyd.domain.attached import OURS
from proxyd.domain.held import HeldMail
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.ports.upstream_rows import HeaderRow
from proxyd.domain.thread import Headers
from proxyd.domain.types import Origin, Right
from proxyd.mailtext.fields import fields, first
from proxyd.service.mailbox.answering import is_answer
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.identity import identity
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Folder, Message
from proxyd.service.mailbox.replying import stage_reply

SENT_BY = OURS + b"SENT-BY"


def stage_held(
    change: Change, room: Mailroom, folder: Folder, row: HeaderRow, headers: Headers
) -> Message:
    login = (first(fields(row.header), SENT_BY) or b"").decode("utf-8", "replace").strip()
    writer = room.shop.people.by_login(login)
    message_id = identity(headers, row)
    conversation = _conversation(change, room, headers)
    message = Message(
        folder=folder,
        uid=row.uid,
        conversation=conversation,
        message_id=message_id,
        size=row.size,
        internal_date=row.internal_date,
        flags=row.flags,
        inbound=False,
        automatic=headers.automatic,
        subject_digest=room.shop.digest(headers.subject),
        correspondents=b"",  # nobody yet
        sent_us=headers.sent_us,
    )
    if change.conversation_by_id(message_id) is None:
        change.thread((message_id,), conversation)
    change.come(message)
    change.add(message, refers=headers.answered_ids)
    if writer is not None:
        change.draft_by(writer.id, message)
        change.set_seen(writer.id, message, seen=True)
        people = room.people_of(headers.recipients)
        present = change.messages_of(conversation)
        if not headers.automatic and is_answer(headers.answered_ids, present, people):
            stage_reply(change, room, writer, Origin("proxyd"), message, waits=True)
    _stage_tree(change, room, folder)
    return message


def stage_gone(change: Change, room: Mailroom, sending_id: int) -> None:
    """It has left, or is where it came back to."""
    gone = [m for m in held_mails(room) if m.uid == sending_id]
    room.waited.note(gone)
    change.remove_all(gone)
    for message in gone:
        _stage_tree(change, room, message.folder)


def stage_mark_gone(change: Change, room: Mailroom, mail: HeldMail, writer: str) -> None:
    """The flag that a client gives to what it has answered: it has not. What had the flag before,
    or was answered since, keeps it. ``writer``: a login.
    """
    for message_id in mail.unmarked:
        for message in change.mails_of_id(message_id):
            answers = message.conversation.answers
            if message.folder.ours or any(answer.at_us > mail.at_us for answer in answers):
                continue
            flags = change.flags_of(message)
            flag = OwedFlag(mail.mark, wanted=False, at_us=change.now_us, actor=writer)
            local = tuple(w for w in message.local_keywords if w.lower() != flag.word)
            if flag.word in {each.lower() for each in flags}:
                change.owe(message, flag)
            change.set_flags(message, flags, local)


def held_mails(room: Mailroom) -> Iterator[Message]:
    for name in (held.LEAVING, held.TO_APPROVE):
        folder = room.state.folder_named(name)
        if folder is not None:
            yield from folder.by_uid.values()


def _conversation(change: Change, room: Mailroom, headers: Headers) -> Conversation:
    """That of the nearest mail that it names, else of a draft that it was."""
    ids = (*headers.answered_ids, headers.message_id)
    known = filter(None, map(change.conversation_by_id, ids))
    return next(known, None) or change.new_conversation(room.shop.statuses.answered)


def is_shown(room: Mailroom, folder: Folder) -> bool:
    """Where a mail waits, also where none is to wait any more."""
    asked = room.state.folder_named(held.TO_APPROVE) if folder.approves else folder
    return bool(asked and asked.by_uid) or _is_used(room, folder)


def _is_used(room: Mailroom, folder: Folder) -> bool:
    if folder.name == held.LEAVING:
        return bool(room.mailbox.policy.send_delay_s)
    asking, id_ = Right.RESPOND_WITH_APPROVAL, room.mailbox.id
    return any(person.grants.get(id_) is asking for person in room.staff(Right.RESPOND))


def _stage_tree(change: Change, room: Mailroom, folder: Folder) -> None:
    if not _is_used(room, folder):
        change.staged.shown_anew = True


def approval_notices(room: Mailroom) -> list[str]:
    """For an admin: somebody's mails wait, and nobody can approve them."""
    asking = [
        person.login
        for person in room.subscribers_to(Right.RESPOND)
        if person.grants.get(room.mailbox.id) is Right.RESPOND_WITH_APPROVAL
    ]
    if not asking or room.subscribers_to(Right.MANAGE):
        return []
    name = room.mailbox.name
    return [
        f"{name}: what {', '.join(asking)} writes waits for approval, and nobody can give it: run "
        f'"proxyd user grant LOGIN {name}:manage"'
    ]
