"""ID (RFC 2971)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.replies import clean
from proxyd.imapwire.command import Id

_SHOWN = (b"name", b"version")


async def identify(ctx: Context, command: Id) -> Done:
    # No version: it would tell a stranger which bugs to try.
    ctx.say(b'ID ("name" "proxyd")')
    fields = {name.lower(): value for name, value in command.fields or ()}
    words = (fields.get(name) or b"" for name in _SHOWN)
    ctx.client = clean(b" ".join(words).decode("utf-8", "replace"))
    if ctx.client and ctx.signed_in:
        ctx.mail.identify(ctx.client)
        await ctx.identified(ctx.client)
    return Done()
