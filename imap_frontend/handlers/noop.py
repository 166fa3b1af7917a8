"""NOOP (RFC 9051 §6.1.2): the moment at which a polling client hears what changed."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Noop


async def noop(ctx: Context, _command: Noop) -> Done:
    if ctx.selected is not None:
        await ctx.selected.opened.refresh()
    if ctx.is_roused:
        ctx.is_roused = False
    else:
        ctx.say_alerts()
    return Done()
