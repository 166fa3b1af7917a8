"""COPY and UID COPY (RFC 9051 §6.4.7) with COPYUID (RFC 4315 §3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from proxyd.imapwire.command import Copy
from proxyd.imapwire.numset import compact_in_order
from proxyd.service.api import CopyResult


async def copy(ctx: Context, command: Copy) -> Done:
    view = ctx.view
    uids = view.uids_at(view.resolve(command.numbers, uid=command.uid))
    if not uids:
        return Done()
    if not command.uid and view.any_gone(uids):
        # RFC 2180 §4.4: all or nothing, and a number no longer names what the client sees.
        raise Rejected("gone-meanwhile", "EXPUNGEISSUED")
    result = await view.opened.copy(uids, command.mailbox)
    return Done(code=copyuid(result))


def copyuid(result: CopyResult) -> bytes:
    """b"" where nothing was copied: the sets of COPYUID can not be empty."""
    if not result.pairs:
        return b""
    pairs = sorted(result.pairs)
    sources = compact_in_order(source for source, _ in pairs)
    targets = compact_in_order(target for _, target in pairs)
    return b"COPYUID %d %b %b" % (result.uidvalidity, sources, targets)
