"""LOGOUT (RFC 9051 §6.1.3): BYE comes before the tagged OK."""

from __future__ import annotations

from imap_frontend.context import ConnectionState, Context, Done
from proxyd.imapwire.command import Logout


async def logout(ctx: Context, _command: Logout) -> Done:
    ctx.say(b"BYE " + ctx.text("bye").encode())
    ctx.state = ConnectionState.LOGOUT
    return Done()
