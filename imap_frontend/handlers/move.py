"""MOVE and UID MOVE (RFC 6851): COPYUID is told before the EXPUNGEs (§4.3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.handlers.copy import copyuid
from proxyd.imapwire.command import Move


async def move(ctx: Context, command: Move) -> Done:
    view = ctx.view
    uids = view.uids_at(view.resolve(command.numbers, uid=command.uid))
    if not uids:
        return Done()
    if not command.uid and view.any_gone(uids):
        # RFC 2180 §4.4: all or nothing, and a number no longer names what the client sees.
        raise Rejected("gone-meanwhile", "EXPUNGEISSUED")
    result = await view.opened.move(uids, command.mailbox)
    code = copyuid(result)
    if code:
        ctx.say_ok(code, "done")
    return Done()
