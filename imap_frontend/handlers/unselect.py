"""UNSELECT (RFC 3691, RFC 9051 §6.4.2): like CLOSE, and nothing is removed."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Unselect


async def unselect(ctx: Context, _command: Unselect) -> Done:
    ctx.deselect()
    return Done()
