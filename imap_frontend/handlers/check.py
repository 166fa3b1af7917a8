"""CHECK (RFC 3501 §6.4.1)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Check


async def check(ctx: Context, _command: Check) -> Done:
    await ctx.view.opened.refresh()
    return Done()
