"""LSUB (RFC 3501 §6.3.9)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.folder_lines import say_line
from imap_frontend.listing import subscribed
from proxyd.imapwire.command import Lsub


async def lsub(ctx: Context, command: Lsub) -> Done:
    pattern, left_over = command.reference + command.pattern, ctx.mail.left_over_subscriptions()
    for line in subscribed(ctx.mail.views(), pattern, left_over):
        say_line(ctx, b"LSUB", line)
    return Done()
