"""CLOSE (RFC 9051 §6.4.1): what is \\Deleted goes, and no EXPUNGE is told."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.domain.errors import NotPermitted, Refused, UpstreamError
from proxyd.imapwire.command import Close


async def close(ctx: Context, _command: Close) -> Done:
    if not ctx.view.opened.read_only:
        # Whatever can't be deleted, this is OK (RFC 9051 §6.4.1 knows no NO): the client is done
        # with this folder. What was marked here stays, and that has to be said.
        try:
            await ctx.view.opened.expunge(None)
        except NotPermitted:
            pass
        except (Refused, UpstreamError) as error:
            ctx.alert_refusal(error, lasting=True)  # what is marked stays so
    ctx.deselect()
    return Done()
