"""LIST (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.handlers.acl import rights_line
from imap_frontend.handlers.status import status_line
from imap_frontend.listing import Line, listed
from proxyd.domain.errors import ProxydError
from proxyd.imapwire import encode
from proxyd.imapwire.command import List
from proxyd.service.api import DELIMITER


async def list_views(ctx: Context, command: List) -> Done:
    if command.patterns == ("",) and not command.extended:
        # "" asks for the delimiter and the root, nothing else.
        ctx.say(b'LIST (\\Noselect) "/" ""')
        return Done()
    roots = {prefix.rstrip(DELIMITER) for prefix in ctx.mail.namespaces().shared}
    for line in listed(ctx.mail.views(), command, ctx.mail.left_over_subscriptions(), roots):
        say_line(ctx, b"LIST", line)
        if "MYRIGHTS" in command.returns:
            _say_rights(ctx, line.name)
        if command.status and line.selectable:
            await _say_status(ctx, line.name, command.status)
    if "HIGHESTMODSEQ" in command.status:
        ctx.enable("CONDSTORE")  # RFC 7162 §3.1, as STATUS does
    return Done()


def say_line(ctx: Context, response: bytes, line: Line, extended: bytes = b"") -> None:
    """``extended``: what follows the name, in parentheses (RFC 5258 §6 mbox-list-extended)."""
    info = b' ("CHILDINFO" ("SUBSCRIBED"))' if line.childinfo else extended
    attributes = " ".join(line.attributes).encode("ascii")
    name = encode.mailbox(line.name, utf8=ctx.utf8)
    ctx.say(b'%b (%b) "%b" %b%b' % (response, attributes, DELIMITER.encode(), name, info))


def _say_rights(ctx: Context, name: str) -> None:
    """RFC 8440 §3: nothing for a folder that went while the others were told of."""
    try:
        ctx.say(rights_line(ctx, name))
    except ProxydError:
        return


async def _say_status(ctx: Context, name: str, items: tuple[str, ...]) -> None:
    """RFC 5819 §2: a folder whose counts can't be had gets no STATUS, and LIST is still OK."""
    try:
        counts = await ctx.mail.counts(name)
    except ProxydError:
        return
    ctx.say(status_line(ctx, name, counts, items))
    await ctx.wire.drain()
