"""EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Expunge


async def expunge(ctx: Context, command: Expunge) -> Done:
    view = ctx.view
    uids = None
    if command.uids is not None:
        uids = view.uids_at(view.resolve(command.uids, uid=True))
    if uids != []:
        await view.opened.expunge(uids)
    return Done()
