"""The copy that a client files in Sent of a mail that has not left: nothing must stand there as if
it had. What waits is that mail, and its copy comes to Sent when it leaves; what came back is in
Drafts, or wherever somebody has put it since (docs/decisions/051).
"""

from __future__ import annotations

import asyncio

from proxyd.domain.attached import without_ours
from proxyd.domain.guard import body_digest, copy_digest
from proxyd.domain.mail_content import content_of
from proxyd.domain.outbox import SendState
from proxyd.domain.ports.database import Transaction
from proxyd.domain.travelled import is_same_mail
from proxyd.domain.types import Blob
from proxyd.mailtext.fields import fields, first, header_end
from proxyd.service.mail.same_words import MOST_READ, says_the_same
from proxyd.service.mail.storing import header_of, whole_message
from proxyd.service.mailbox.held_mails import held_mails
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message
from proxyd.service.mailbox.sent_folding import MOST_COMPARED


async def waits(room: Mailroom, account_id: int, content: Blob) -> bool:
    """Whether what this person files in Sent has been handed in and has not left.

    Without a Message-ID it is told by its words: the one that waits has got one from us. Under
    another one, as some clients give their own copy, by all else that it says.
    """
    headers = header_of(content)
    mine = [m for m in held_mails(room) if room.state.drafts.get(m) == account_id]
    if not headers.message_id:
        return await _any_says_the_same(room, content, mine)
    named = room.state.by_message_id.get(headers.message_id, ())
    if await _any_says_the_same(room, content, [m for m in named if m.folder.held]):
        return True
    subject = room.shop.digest(headers.subject)
    alike = [m for m in mine if m.subject_digest == subject and m not in named]
    for message in alike[:MOST_COMPARED]:
        there = await whole_message(room, message)
        if there is not None and await asyncio.to_thread(_is_same, content, there):
            return True
    return False


async def came_back(room: Mailroom, content: Blob) -> bool:
    """Whether this very making of it (Message-ID, Date, text) has waited, and did not leave: it
    never can, because handed in again it is refused. Where nothing of that Message-ID has left, its
    words are enough.
    """
    message_id, mailbox_id = header_of(content).message_id, room.mailbox.id
    if not message_id or content.size > MOST_READ:
        return False

    def work(tx: Transaction) -> tuple[set[str], bool]:
        told = tx.sent_copies.state(mailbox_id, message_id)
        withdrawn = told is not None and told[0] is SendState.WITHDRAWN
        return tx.outbox.came_back(mailbox_id, message_id), withdrawn

    makings, withdrawn = await room.shop.store.read(work)
    if makings and await asyncio.to_thread(_made, content) in makings:
        return True
    return withdrawn and await lies_elsewhere(room, content)


async def lies_elsewhere(room: Mailroom, content: Blob) -> bool:
    """Its words, in a folder where nobody takes it for sent."""
    named = room.state.by_message_id.get(header_of(content).message_id, ())
    return await _any_says_the_same(room, content, [m for m in named if not m.folder.sent])


async def _any_says_the_same(room: Mailroom, content: Blob, messages: list[Message]) -> bool:
    for message in messages[:MOST_COMPARED]:
        if await says_the_same(room, content, message):
            return True
    return False


def _is_same(one: Blob, other: Blob) -> bool:
    if max(one.size, other.size) > MOST_READ:
        return False
    return is_same_mail(b"".join(one.chunks()), b"".join(other.chunks()))


def _made(content: Blob) -> str:
    """As it is of what is handed in (service/sending/outgoing.py)."""
    mail = without_ours(b"".join(content.chunks()))
    found = fields(mail[: header_end(mail)])
    date, id_ = ((first(found, name) or b"").decode("latin-1") for name in (b"DATE", b"MESSAGE-ID"))
    return copy_digest(id_.strip(), date, body_digest(content_of(mail).texts))
