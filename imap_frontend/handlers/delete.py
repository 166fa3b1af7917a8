"""DELETE (RFC 9051 §6.3.5)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Delete


async def delete(ctx: Context, command: Delete) -> Done:
    selected = ctx.selected
    is_open = selected is not None and selected.opened.name == command.mailbox
    await ctx.mail.delete(command.mailbox)
    if is_open and ctx.deselect():  # only now: where it is refused the folder stays open
        ctx.say_ok(b"CLOSED", "closed")
    return Done()
