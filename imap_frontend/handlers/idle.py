"""IDLE (RFC 2177): changes are told as they happen, until the client says DONE.

It may take as long as it likes: a peer that is gone is found by the lines that keep it alive.
"""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.replies import wrong
from proxyd.imapwire.command import Idle
from proxyd.imapwire.framer import RawLine


async def idle(ctx: Context, _command: Idle) -> Done:
    ctx.wire.write(b"+ " + ctx.text("idling").encode() + b"\r\n")
    ctx.framer.expect_line()
    before = ctx.wire.written
    if ctx.selected is not None and ctx.notifier is None:
        ctx.wire.write(ctx.selected.remind())
    while (event := ctx.next_event()) is None:
        if ctx.selected is not None and ctx.selected.is_lost:
            ctx.hang_up("lost")
            return Done()
        if ctx.notifier is not None:
            await ctx.notifier.tell(idling=True)  # RFC 5465 §4: what NOTIFY asked for, no more
        elif ctx.selected is not None:
            ctx.say_changes(ctx.selected, expunge=True)
            ctx.selected.heeded()
        await ctx.wire.drain()
        if not await ctx.wire.wait(ctx.options.keepalive_s):
            ctx.say(b"OK " + ctx.text("still-here").encode())
    if isinstance(event, RawLine) and event.line.upper() == b"DONE":
        ctx.is_roused = ctx.wire.written > before
        return Done()
    raise wrong("no-done")
