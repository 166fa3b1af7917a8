"""CREATE (RFC 9051 §6.3.4)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Create
from proxyd.service.api import DELIMITER


async def create(ctx: Context, command: Create) -> Done:
    # A delimiter at the end only says that children will follow; it is not part of the name.
    await ctx.mail.create(command.mailbox.removesuffix(DELIMITER))
    return Done()
