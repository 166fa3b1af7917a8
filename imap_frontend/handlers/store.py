"""STORE and UID STORE (RFC 9051 §6.4.6)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.expected_flags import ExpectedFlags
from imap_frontend.replies import refusal
from proxyd.domain.errors import ProxydError
from proxyd.imapwire.command import Store
from proxyd.service.api import FlagMode


async def store(ctx: Context, command: Store) -> Done:
    view = ctx.view
    uids = view.uids_at(view.resolve(command.numbers, uid=command.uid))
    if not uids:
        return Done()
    gone = not command.uid and view.any_gone(uids)
    mode = FlagMode(command.mode)
    expected = ExpectedFlags(view, uids, mode, command.flags) if command.silent else None
    try:
        stored = await view.opened.store(uids, mode, command.flags)
    except ProxydError as error:
        # The client shows what it wanted: the true flags come first, then NO, and the sentence once
        # more where it will be seen, because a refused STORE shows nothing in Thunderbird.
        view.force(uids)
        ctx.alert(refusal(error, ctx.language)[1])
        raise
    view.changed(stored.changed)
    if expected is None:
        view.force(uids)
    else:
        expected.settle()
    if gone:
        # RFC 2180 §4.2: OK would say that these have the flags now.
        raise Rejected("gone-meanwhile", "EXPUNGEISSUED")
    return Done()
