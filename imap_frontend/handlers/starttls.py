"""STARTTLS (RFC 9051 §6.2.1)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.replies import wrong
from proxyd.imapwire.command import StartTls


async def starttls(ctx: Context, _command: StartTls) -> Done:
    if not ctx.tls_offered:
        raise wrong("no-starttls")
    if ctx.framer.discard() or ctx.wire.take():
        # A command sent ahead of the handshake may be anybody's (CVE-2011-0411 and its kind).
        ctx.hang_up("injected")
        raise wrong("behind-starttls")
    # Knowledge gained in clear is forgotten (RFC 9051 §6.2.1).
    ctx.client = ""
    return Done("begin-tls", then=ctx.wire.start_tls)
