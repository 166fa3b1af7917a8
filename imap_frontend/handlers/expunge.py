"""EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.named_uids import uids_there_or_waited
from proxyd.imapwire.command import Expunge


async def expunge(ctx: Context, command: Expunge) -> Done:
    view = ctx.view
    uids = None
    if command.uids is not None:
        uids = uids_there_or_waited(view, command.uids, uid=True)
    if uids != []:
        await view.opened.expunge(uids)
    return Done()
