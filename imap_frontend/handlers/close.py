"""CLOSE (RFC 9051 §6.4.1): what is \\Deleted goes, and no EXPUNGE is told."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.refusals import refusal
from proxyd.domain.errors import CannotDo, NotPermitted
from proxyd.imapwire.command import Close


async def close(ctx: Context, _command: Close) -> Done:
    if not ctx.view.opened.read_only:
        # Who may not delete can close all the same: the client is done with this folder.
        try:
            await ctx.view.opened.expunge(None)
        except CannotDo as error:  # what was marked here stays: that has to be said
            ctx.alert(refusal(error, ctx.language)[1])
        except NotPermitted:
            pass
    ctx.deselect()
    return Done()
