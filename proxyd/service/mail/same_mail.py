"""Which mails of a mailbox are the very mail that a client brings: what it says, to the octet.

Never by Message-ID alone: two mails may have the same (docs/design.md §3 "Who belongs together").
What differs is what no sender wrote: line ends, which servers mend, and the fields in which clients
keep their books (mbsync writes X-TUID into its own copy of every mail).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Sequence

from proxyd.domain.attached import OURS
from proxyd.domain.errors import UidValidityChanged, UpstreamFolderMissing
from proxyd.domain.types import Blob
from proxyd.mailtext.fields import MAX_HEADER, fields, header_end
from proxyd.service.mail.storing import header_of, whole_message
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message

# mbsync, offlineimap; Thunderbird's local folders; mbox files of mutt, alpine and their kin.
BOOKKEEPING = frozenset(
    {b"X-TUID", b"X-OFFLINEIMAP", b"X-MOZILLA-STATUS", b"X-MOZILLA-STATUS2", b"X-MOZILLA-KEYS"}
    | {b"X-ACCOUNT-KEY", b"X-UIDL", b"X-UID", b"X-IMAP", b"X-IMAPBASE", b"X-KEYWORDS"}
    | {b"STATUS", b"X-STATUS", b"CONTENT-LENGTH", b"LINES"}
)
# Of one Message-ID; more are a machine's that gives all the same one.
MOST_READ = 10


async def same_mails(
    room: Mailroom,
    content: Blob,
    fits: Callable[[Message], bool],
    by: Callable[[Blob], Awaitable[bytes]] | None = None,
) -> list[Message]:
    """Those that say the same (``by``: what of them; by default all that was sent) and ``fits``,
    and are at the provider at this moment, as far as that can be asked. Raises UpstreamError.
    """
    by = by or fingerprint
    known = [message for message in alike(room, content) if fits(message)][:MOST_READ]
    if not known:
        return []
    wanted = await by(content)
    found: list[Message] = []
    for message in known:
        there = await whole_message(room, message)
        if there is not None and await by(there) == wanted:
            found.append(message)
    return await still_there(room, found) if room.line_up else found


async def still_there(room: Mailroom, found: Sequence[Message]) -> list[Message]:
    """Those that are at the provider at this moment: what others have removed just now we may not
    have heard of, and have in the cache. Raises UpstreamError.
    """
    there: list[Message] = []
    for message in found:
        folder = message.folder
        with contextlib.suppress(UidValidityChanged, UpstreamFolderMissing):
            if await room.upstream.present(folder.name, folder.uidvalidity, [message.uid]):
                there.append(message)
    return there


def alike(room: Mailroom, content: Blob) -> list[Message]:
    """Those that may: of the same Message-ID, or without one of the same subject."""
    headers = header_of(content)
    if headers.message_id:
        return room.state.by_message_id.get(headers.message_id, [])
    subject = room.shop.digest(headers.subject)
    return [
        message
        for message_id, messages in room.state.by_message_id.items()
        if message_id.startswith("no-id-")
        for message in messages
        if message.subject_digest == subject
    ]


async def fingerprint(blob: Blob) -> bytes:
    """In a thread: a mail may have 50 MB, which is a tenth of a second."""
    return await asyncio.to_thread(_fingerprint, blob, _is_sent)


async def written_fingerprint(blob: Blob) -> bytes:
    """Of what its writer wrote: the same for a mail that waits, or went out, and for the draft that
    is made of it (as_draft.py), which has a Bcc and no field of ours.
    """
    return await asyncio.to_thread(_fingerprint, blob, _is_written)


def body_fingerprint(blob: Blob) -> bytes:
    """Of the body, and of the fields that say how to read it. To be called in a thread."""
    return _fingerprint(blob, _is_about_the_body)


def _is_sent(name: bytes) -> bool:
    return name not in BOOKKEEPING


def _is_written(name: bytes) -> bool:
    return _is_sent(name) and name != b"BCC" and not name.startswith(OURS)


def _is_about_the_body(name: bytes) -> bool:
    return name.startswith(b"CONTENT-") and name not in BOOKKEEPING


def _fingerprint(blob: Blob, counts: Callable[[bytes], bool]) -> bytes:
    """``counts``: which fields do."""
    found, head, in_head, ends = hashlib.sha256(), b"", True, 0
    for chunk in blob.chunks():
        text = chunk.replace(b"\r", b"")
        if in_head:
            head += text
            in_head = header_end(head) == len(head) and len(head) < MAX_HEADER
            if in_head:
                continue
            text, head = _with_fields(head, counts), b""
        ends = _hash(found, text, ends)
    _hash(found, _with_fields(head, counts), ends)
    return found.digest()


def _hash(found: hashlib._Hash, text: bytes, ends: int) -> int:
    """Line ends at the end of all are nobody's; returns how many are held back."""
    bare = text.rstrip(b"\n")
    if not bare:
        return ends + len(text)
    found.update(b"\n" * ends + bare)
    return len(text) - len(bare)


def _with_fields(text: bytes, counts: Callable[[bytes], bool]) -> bytes:
    end = header_end(text)
    lines = [field.raw for field in fields(text[:end]) if counts(field.name)]
    if lines and lines[0].startswith(b"From "):  # of an mbox file
        del lines[0]
    return b"".join(lines) + b"\n" + text[end:]
