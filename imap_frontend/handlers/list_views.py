"""LIST (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.folder_lines import rights_line, say_line, status_line
from imap_frontend.listing import listed
from proxyd.domain.errors import ProxydError
from proxyd.imapwire.command import List
from proxyd.service.api.folder_tree import DELIMITER


async def list_views(ctx: Context, command: List) -> Done:
    if command.patterns == ("",) and not command.extended:
        # "" asks for the delimiter and the root, nothing else.
        ctx.say(b'LIST (\\Noselect) "/" ""')
        return Done()
    roots = {prefix.rstrip(DELIMITER) for prefix in ctx.mail.namespaces().shared}
    for line in listed(ctx.mail.views(), command, ctx.mail.left_over_subscriptions(), roots):
        say_line(ctx, b"LIST", line)
        # RFC 8440 §3: a name without a folder has no rights, and nobody has asked for such a one
        if "MYRIGHTS" in command.returns and line.exists:
            await _say_rights(ctx, line.name)
        if command.status and line.selectable:
            await _say_status(ctx, line.name, command.status)
    if "HIGHESTMODSEQ" in command.status:
        ctx.enable("CONDSTORE")  # RFC 7162 §3.1, as STATUS does
    return Done()


async def _say_rights(ctx: Context, name: str) -> None:
    """RFC 8440 §3: nothing for a folder that went while the others were told of."""
    try:
        ctx.say(await rights_line(ctx, name))
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
