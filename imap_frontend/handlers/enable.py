"""ENABLE (RFC 5161 §3.1): nothing announced here changes by it, so nothing is enabled."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Enable


async def enable(ctx: Context, _command: Enable) -> Done:
    ctx.say(b"ENABLED")
    return Done()
