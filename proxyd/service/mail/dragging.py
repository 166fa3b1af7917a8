"""What waits before it leaves, brought to Drafts or Trash by APPEND: mbsync and offlineimap, which
keep copies, move mails so. It is the COPY that other clients say, and takes the mail back.

Told by the octets alone: those that are shown where it waits have a field of ours, so no draft
that a client makes of the same mail is taken for it. Who brings them once more, or after it was
taken back another way (a client that removes first, or on two lines at once, or that was cut off
before it heard the OK), gets what lies there already. What has left, or is somebody else's, is a
mail like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.deleting import place_of
from proxyd.domain.errors import CannotDo
from proxyd.domain.types import Blob
from proxyd.mailtext.fields import fields, header_end
from proxyd.service.api.appending import AppendResult
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.same_mail import same_mails, written_fingerprint
from proxyd.service.mail.storing import beginning_of
from proxyd.service.mail.taking_back import INTO, STOPPED, TakingBack, barred
from proxyd.service.mail.tree import client_name
from proxyd.service.mailbox.held_mails import SENT_BY
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser


async def dragged(
    caller: Caller, room: Mailroom, sync: Synchroniser, folder: Folder, content: Blob
) -> AppendResult | None:
    """Where it lies now; None where this is no such mail.

    Raises CannotDo(STOPPED): it will not be sent, and lies nowhere yet. Raises UpstreamError.
    """
    into = INTO.get(place_of(folder.attributes))
    view = folder.view
    if into is None or view is None:
        return None

    def fits(message: Message) -> bool:
        return message.folder.held and not barred(caller, room, message)

    taking = TakingBack(caller, room, sync, client_name(folder))
    waiting = await same_mails(room, content, fits)
    for message in waiting:
        try:
            copies = await taking.take([(message.uid, message)], into)
        except CannotDo as refusal:
            if refusal.reason == STOPPED:
                raise
            continue
        return _lies(folder, [copy for _, copy in copies])
    if waiting or not _was_shown_here(content):
        return None

    def is_there(message: Message) -> bool:
        return message.folder is folder

    there = await same_mails(room, content, is_there, by=written_fingerprint)
    return _lies(folder, there[:1]) if there else None


def _lies(folder: Folder, messages: Sequence[Message]) -> AppendResult:
    view = folder.view
    assert view is not None
    uids = tuple(message.views[view] for message in messages if view in message.views)
    return AppendResult(view.uidvalidity, uids)


def _was_shown_here(content: Blob) -> bool:
    """Drafts have no field of ours: this is a copy of what waited, or of what was sent."""
    start = beginning_of(content)
    return any(field.name == SENT_BY for field in fields(start[: header_end(start)]))
