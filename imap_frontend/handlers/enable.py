"""ENABLE (RFC 5161 §3.1): the answer names what is on now and was not before."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire.command import Enable

# Upper case → as it is announced. Whatever else a client names is passed over in silence.
EXTENSIONS = {
    "CONDSTORE": "CONDSTORE",
    "QRESYNC": "QRESYNC",
    "UIDONLY": "UIDONLY",
    "UTF8=ACCEPT": "UTF8=ACCEPT",
    "IMAP4REV2": "IMAP4rev2",
}


async def enable(ctx: Context, command: Enable) -> Done:
    fresh = [name for name in command.names if name in EXTENSIONS and not ctx.has(name)]
    for name in fresh:
        ctx.enable(name)
    words = " ".join(["ENABLED", *(EXTENSIONS[name] for name in fresh)])
    ctx.say(words.encode("ascii"))
    return Done()
