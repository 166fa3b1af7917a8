"""SUBSCRIBE and UNSUBSCRIBE (RFC 9051 §6.3.7, §6.3.8)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Subscribe, Unsubscribe


async def subscribe(ctx: Context, command: Subscribe) -> Done:
    await ctx.mail.subscribe(command.mailbox, subscribed=True)
    return Done()


async def unsubscribe(ctx: Context, command: Unsubscribe) -> Done:
    await ctx.mail.subscribe(command.mailbox, subscribed=False)
    return Done()
