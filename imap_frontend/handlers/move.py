"""MOVE and UID MOVE (RFC 6851): COPYUID is told before the EXPUNGEs (§4.3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.handlers.copy import copyuid, meant, refuse_nothing, tell_lost
from proxyd.imapwire.command import Move


async def move(ctx: Context, command: Move) -> Done:
    uids = meant(ctx, command)
    if not uids:
        return Done()
    result = await ctx.view.opened.move(uids, command.mailbox)
    refuse_nothing(uids, result)
    tell_lost(ctx, result)
    code = copyuid(result)
    if code:
        ctx.say_ok(code, "done")
    return Done()
