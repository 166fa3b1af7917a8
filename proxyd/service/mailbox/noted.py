"""An internal note is taken in: whose it is, what it stands with, and whom it names.

All of that stands in its header, which we have written (service/notes/making.py): so a note that
was stored a moment before we died is taken in like any other. Changes nobody's turn.
"""

from __future__ import annotations

from proxyd.domain import notes
from proxyd.domain.ports.upstream_rows import HeaderRow
from proxyd.domain.thread import Headers
from proxyd.mailtext.fields import fields, first
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.identity import identity
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Folder, Message


def stage_note(
    change: Change, room: Mailroom, folder: Folder, row: HeaderRow, headers: Headers
) -> Message:
    written = fields(row.header)
    author = room.shop.people.by_login(_word(first(written, notes.AUTHOR.upper())))
    named = _word(first(written, notes.MENTIONED.upper())).split()
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
        local_keywords=tuple(sorted(notes.MENTION_PREFIX + login for login in named)),
        inbound=False,
        automatic=False,
        subject_digest=room.shop.digest(headers.subject),
        correspondents=b"",  # nobody outside
        sent_us=headers.sent_us,
    )
    change.thread((message_id,), conversation)
    change.come(message)
    change.add(message, refers=headers.answered_ids)
    if author is not None:
        change.draft_by(author.id, message)
        change.set_seen(author.id, message, seen=True)
    return message


def _conversation(change: Change, room: Mailroom, headers: Headers) -> Conversation:
    """That of the nearest mail that it names; a colleague may name any that is here."""
    known = filter(None, map(change.conversation_by_id, headers.answered_ids))
    return next(known, None) or change.new_conversation(room.shop.statuses.answered)


def _word(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace").strip()
