"""CAPABILITY (RFC 9051 §6.1.1)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Capability


async def capability(ctx: Context, _command: Capability) -> Done:
    ctx.say(b"CAPABILITY " + ctx.capabilities())
    return Done()
