"""What a CATENATE URL names (RFC 4469, RFC 5092): octets of a mail that is stored already.

Whoever puts a mail's text into another one has it: that is a copy, and recorded as one before the
octets are handed out. Must never tell why there is nothing: a mail that is gone, a folder of
somebody else and a section that is none look the same (promise 6).
"""

from __future__ import annotations

from proxyd.domain.errors import NoSuchReference, UidValidityChanged, UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.types import Blob, BytesBlob
from proxyd.service.api.appending import StoredPart
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message
from proxyd.service.mailbox.wire_value import literal_octets

NIL = b"NIL"


async def referred(caller: Caller, entry: Entry, reference: StoredPart) -> Blob:
    """``entry`` is a view of this person's. Raises NoSuchReference, UpstreamError."""
    room = entry.room
    view = room.state.views.get(entry.key) if room and entry.key else None
    if room is None or view is None:
        raise NoSuchReference
    message = view.members.get(reference.uid)
    if message is None or reference.uidvalidity not in (None, view.uidvalidity):
        raise NoSuchReference
    octets = await _octets(room, message, _attribute(reference))
    if octets is None:
        raise NoSuchReference
    what = {"what": _attribute(reference).decode("latin-1")[:200]}
    await room.record([caller.record(Action.COPY_OUT, room, entry.name, message, detail=what)])
    return octets


def _attribute(reference: StoredPart) -> bytes:
    body = b"BODY.PEEK[%b]" % reference.section
    return body if reference.partial is None else body + b"<%d.%d>" % reference.partial


async def _octets(room: Mailroom, message: Message, attribute: bytes) -> Blob | None:
    folder, uid = message.folder, message.uid
    try:
        rows = await room.upstream.fetch(folder.name, folder.uidvalidity, [uid], [attribute])
    except UidValidityChanged as error:
        raise UpstreamUnavailable("the provider renumbers the folder") from error
    for row in rows:
        for name, value in row.values.items():
            if row.uid == uid and name.upper().startswith(b"BODY["):
                if not isinstance(value, bytes):
                    return value
                return None if value.upper() == NIL else BytesBlob(literal_octets(value))
    return None
