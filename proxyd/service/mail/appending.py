"""APPEND: a message somebody puts into a real folder, and a message read whole to be put elsewhere.

Must never alter an octet of it, nor hold it in memory as a whole where it came as a Blob.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.errors import CannotDo
from proxyd.domain.events import Action
from proxyd.domain.keywords import check_folder, check_message, keywords_in
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.types import Blob, BytesBlob, LogRecord, Right
from proxyd.domain.workflow import is_ours
from proxyd.service.api import AppendResult
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser

HEADER_MOST = 65_536  # octets looked through for a Message-ID in an appended message


def check_keywords(folder: Folder, flags: Sequence[str]) -> None:
    """Raises CannotDo where a client gives a new message keywords without bounds."""
    wanted = [flag for flag in flags if not is_ours(flag)]
    check_message((), wanted)
    if keywords_in(wanted):
        check_folder(folder.keywords_in_use(), wanted)


async def append(
    caller: Caller,
    target: Entry,
    targets: Synchroniser,
    flags: Sequence[str],
    internal_date: str | None,
    message: Blob,
) -> AppendResult:
    """Store a message in a real folder upstream. Raises CannotDo("virtual-append") for others."""
    room, folder = target.room, target.folder
    if room is None or folder is None or not folder.selectable:
        raise CannotDo("virtual-append")
    caller.need(Right.RESPOND, room)
    assert folder.view is not None
    wanted = [flag for flag in flags if not is_ours(flag)]
    kept = [flag for flag in wanted if folder.keywords or flag.startswith("\\")]
    where = await room.upstream.append(folder.name, kept, internal_date, message)
    if where is None:
        there = await _appended(room, folder, targets, message)
    else:
        there = (await targets.ingest(folder, where[0], [where[1]])).get(where[1])

    def stage(change: Change) -> None:
        if there is not None and len(kept) < len(wanted):
            local = tuple(sorted(set(wanted) - set(kept)))
            change.set_flags(there, change.flags_of(there), local)
        change.records.append(_append_record(caller, room, target, there, message))

    await room.change(stage)
    if there is None or folder.view not in there.views:
        # Somebody has taken it away in the same instant: it was stored all the same.
        raise CannotDo("vanished")
    return AppendResult(folder.view.uidvalidity, (there.views[folder.view],))


async def _appended(
    room: Mailroom, folder: Folder, targets: Synchroniser, message: Blob
) -> Message | None:
    """No APPENDUID (RFC 4315): the newest message of that Message-ID, or simply the newest."""
    await targets.sync_folder(folder)
    message_id = header_of(message).message_id
    newest = sorted(folder.by_uid)[::-1]
    same = (u for u in newest if message_id and folder.by_uid[u].message_id == message_id)
    uid = next(same, newest[0] if newest else 0)
    return folder.by_uid.get(uid)


def _append_record(
    caller: Caller, room: Mailroom, target: Entry, there: Message | None, blob: Blob
) -> LogRecord:
    return caller.record(Action.APPEND, room, target.name, there, detail={"octets": blob.size})


def header_of(message: Blob) -> Headers:
    """The facts of a message that is about to be stored."""
    start = b""
    for chunk in message.chunks():
        start += chunk
        if b"\r\n\r\n" in start or len(start) >= HEADER_MOST:
            break
    return parse_headers(start)


async def whole_message(room: Mailroom, message: Message) -> Blob | None:
    """All octets of a message, or None when upstream no longer has it."""
    folder = message.folder
    rows = await room.upstream.fetch(
        folder.name, folder.uidvalidity, [message.uid], [b"BODY.PEEK[]"]
    )
    for row in rows:
        for key, value in row.values.items():
            if row.uid == message.uid and key.upper() == b"BODY[]":
                return BytesBlob(literal_octets(value)) if isinstance(value, bytes) else value
    return None


def literal_octets(value: bytes) -> bytes:
    """The octets of a string as upstream wrote it: a literal, a quoted string or NIL."""
    if value.startswith((b"{", b"~{")):
        return value.partition(b"\r\n")[2]
    if value.startswith(b'"'):
        return value[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    return b""
