"""CLOSE (RFC 9051 §6.4.1): what is \\Deleted goes, and no EXPUNGE is told."""

from __future__ import annotations

import contextlib

from imap_frontend.context import Context, Done
from proxyd.domain.errors import NotPermitted
from proxyd.imapwire.command import Close


async def close(ctx: Context, _command: Close) -> Done:
    if not ctx.view.opened.read_only:
        # Who may not delete can close all the same: the client is done with this folder.
        with contextlib.suppress(NotPermitted):
            await ctx.view.opened.expunge(None)
    ctx.deselect()
    return Done()
