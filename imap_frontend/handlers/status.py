"""STATUS (RFC 9051 §6.3.11), with the items of RFC 7162, 7889, 8438, 8474 and 9208."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.folder_lines import status_line
from proxyd.imapwire.command import Status


async def status(ctx: Context, command: Status) -> Done:
    counts = await ctx.mail.counts(command.mailbox)
    ctx.say(status_line(ctx, command.mailbox, counts, command.items))
    if "HIGHESTMODSEQ" in command.items:
        # RFC 7162 §3.1: asking for it enables CONDSTORE.
        ctx.enable("CONDSTORE")
    return Done()
