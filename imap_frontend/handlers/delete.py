"""DELETE (RFC 9051 §6.3.5)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Delete


async def delete(ctx: Context, command: Delete) -> Done:
    selected = ctx.selected
    if selected is not None and selected.opened.name == command.mailbox and ctx.deselect():
        ctx.say_ok(b"CLOSED", "closed")
    await ctx.mail.delete(command.mailbox)
    return Done()
