"""Whether a copy says what a mail of the mailbox says: its texts, with their tags, and its files.

For what was sent, of which clients and providers have copies of their own. The fields are not
looked at: what goes out has no Bcc, and providers add theirs; nor how it is encoded, divided and
folded. In doubt they are two mails.
"""

from __future__ import annotations

import asyncio
import contextlib

from proxyd.domain.attached import without_ours
from proxyd.domain.errors import UpstreamError
from proxyd.domain.guard import body_digest
from proxyd.domain.mail_content import content_of
from proxyd.domain.types import Blob
from proxyd.service.mail.same_mail import body_fingerprint, still_there
from proxyd.service.mail.storing import whole_message
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message

# One of them at a time is held in memory. What is bigger is the same only to the octet.
MOST_READ = 32 * 1024 * 1024


async def says_the_same(room: Mailroom, content: Blob, message: Message) -> bool:
    """And is at the provider; False where nobody can tell. The work is done in a thread."""
    with contextlib.suppress(UpstreamError):
        there = await whole_message(room, message)
        same = there is not None and await asyncio.to_thread(_say_the_same, content, there)
        return same and (not room.line_up or bool(await still_there(room, [message])))
    return False


def _say_the_same(one: Blob, other: Blob) -> bool:
    if body_fingerprint(one) == body_fingerprint(other):  # as a rule, and nothing is in memory
        return True
    if max(one.size, other.size) > MOST_READ:
        return False
    said = _said(one)
    return said is not None and said == _said(other)


def _said(blob: Blob) -> tuple[str, tuple[str, ...]] | None:
    """None where not all of it is looked at."""
    # Of a mail that is attached the field with a login goes when it is sent.
    content = content_of(without_ours(b"".join(blob.chunks())))
    return (
        None if content.cut else (body_digest(one.text for one in content.written), content.files)
    )
