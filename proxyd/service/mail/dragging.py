"""What waits before it leaves, brought to Drafts or Trash by APPEND: mbsync and offlineimap, which
keep copies, move mails so. It is the COPY that other clients say, and takes the mail back.

Told by the octets alone: those that are shown where it waits have a field of ours, so no draft
that a client makes of the same mail is taken for it. What has left, or is somebody else's, is a
mail like any other.
"""

from __future__ import annotations

from proxyd.domain.deleting import place_of
from proxyd.domain.errors import CannotDo
from proxyd.domain.types import Blob
from proxyd.service.api.appending import AppendResult
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.same_mail import same_mails
from proxyd.service.mail.taking_back import INTO, STOPPED, TakingBack, barred
from proxyd.service.mail.tree import client_name
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
    for message in await same_mails(room, content, fits):
        try:
            copies = await taking.take([(message.uid, message)], into)
        except CannotDo as refusal:
            if refusal.reason == STOPPED:
                raise
            continue
        uids = tuple(copy.views[view] for _, copy in copies if view in copy.views)
        return AppendResult(view.uidvalidity, uids)
    return None
