"""LOGIN (RFC 9051 §6.2.3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.entry import enter, need_privacy
from proxyd.imapwire.command import Login


async def login(ctx: Context, command: Login) -> Done:
    need_privacy(ctx)
    return await enter(ctx, command.user, command.password)
