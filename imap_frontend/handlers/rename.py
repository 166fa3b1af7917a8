"""RENAME (RFC 9051 §6.3.6)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Rename
from proxyd.service.api.folder_tree import DELIMITER


async def rename(ctx: Context, command: Rename) -> Done:
    await ctx.mail.rename(command.mailbox, command.to.removesuffix(DELIMITER))
    return Done()
