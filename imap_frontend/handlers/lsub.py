"""LSUB (RFC 3501 §6.3.9)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.handlers.list_views import say_line
from imap_frontend.listing import subscribed
from proxyd.imapwire.command import Lsub


async def lsub(ctx: Context, command: Lsub) -> Done:
    for line in subscribed(ctx.mail.views(), command.reference + command.pattern):
        say_line(ctx, b"LSUB", line)
    return Done()
