"""COPY and UID COPY (RFC 9051 §6.4.7) with COPYUID (RFC 4315 §3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.named_uids import uids_named
from proxyd.imapwire.command import Copy, Move
from proxyd.imapwire.numset import compact_in_order
from proxyd.service.api.changing import CopyResult


async def copy(ctx: Context, command: Copy) -> Done:
    uids = meant(ctx, command)
    if not uids:
        return Done()
    result = await ctx.view.opened.copy(uids, command.mailbox)
    refuse_nothing(uids, result)
    tell_lost(ctx, result)
    ctx.view.let_go(uids)
    return Done(code=copyuid(result))


def meant(ctx: Context, command: Copy | Move) -> list[int]:
    """The UIDs. RFC 2180 §4.4: all or nothing, where a number has lost what the client sees."""
    view = ctx.view
    uids = uids_named(view, command.numbers, uid=command.uid)
    if not command.uid and not view.opened.waits and view.any_gone(uids):
        raise Rejected("gone-meanwhile", "EXPUNGEISSUED")
    return uids


def refuse_nothing(uids: list[int], result: CopyResult) -> None:
    """What was copied is told by COPYUID; where upstream had none of it there is nothing to tell.

    Raises Rejected.
    """
    if len(result.gone) == len(uids):
        raise Rejected("gone-meanwhile", "EXPUNGEISSUED")


def tell_lost(ctx: Context, result: CopyResult) -> None:
    """RFC 4314 §4: flags that can't be kept there are no reason for NO; they are lost all the
    same.
    """
    if result.refused is not None:
        ctx.alert_refusal(result.refused)


def copyuid(result: CopyResult) -> bytes:
    """b"" where nothing was copied: the sets of COPYUID can not be empty."""
    if not result.pairs:
        return b""
    pairs = sorted(result.pairs)
    sources = compact_in_order(source for source, _ in pairs)
    targets = compact_in_order(target for _, target in pairs)
    return b"COPYUID %d %b %b" % (result.uidvalidity, sources, targets)
