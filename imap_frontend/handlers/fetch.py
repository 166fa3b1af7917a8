"""FETCH and UID FETCH (RFC 9051 §6.4.5), CHANGEDSINCE and VANISHED (RFC 7162 §3.1.4, §3.2.6)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.fetch_answer import answer
from proxyd.imapwire.command import Fetch


async def fetch(ctx: Context, command: Fetch) -> Done:
    await answer(ctx, command)
    return Done()
