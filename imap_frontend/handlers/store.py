"""STORE and UID STORE (RFC 9051 §6.4.6), conditional or not (UNCHANGEDSINCE, RFC 7162 §3.1.3)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.expected_flags import ExpectedFlags
from imap_frontend.named_uids import uids_named
from imap_frontend.view import ClientView
from proxyd.domain.errors import ProxydError
from proxyd.imapwire.command import Store
from proxyd.imapwire.numset import compact
from proxyd.service.api.changing import FlagMode, StoreResult


async def store(ctx: Context, command: Store) -> Done:
    view = ctx.view
    uids = uids_named(view, command.numbers, uid=command.uid)
    if command.unchanged_since is not None:
        ctx.enable("CONDSTORE")
    if not uids:
        return Done()
    mode = FlagMode(command.mode)
    # What the client has moved away itself is deleted here: that is what it says now (table.Tells).
    deletes = mode is FlagMode.ADD and command.flags == ("\\Deleted",)
    gone = not command.uid and (view.any_taken(uids) if deletes else view.any_gone(uids))
    asked = [uid for uid in uids if not view.any_gone([uid])] if gone else uids
    expected = ExpectedFlags(view, uids, mode, command.flags) if command.silent else None
    try:
        stored = await view.opened.store(
            asked, mode, command.flags, unchanged_since=command.unchanged_since
        )
    except ProxydError as error:
        # The client shows what it wanted: the true flags come first, then NO, and the sentence once
        # more where it will be seen, because a refused STORE shows nothing in Thunderbird.
        view.force(uids)
        ctx.alert_refusal(error)
        raise
    _note(view, command, stored, uids, expected)
    modified = _modified(view, command, stored)
    # By UID what is not there is passed over (RFC 9051 §6.4.9), its EXPUNGE told; not all of it.
    silent = len(stored.gone) == len(uids) if command.uid else bool(stored.gone)
    if gone or silent:
        # RFC 2180 §4.2: OK would say that these have the flags now.
        raise Rejected("gone-meanwhile", modified.decode("ascii") or "EXPUNGEISSUED")
    return Done(code=modified)


def _note(
    view: ClientView,
    command: Store,
    stored: StoreResult,
    uids: list[int],
    expected: ExpectedFlags | None,
) -> None:
    """What the client is to hear of it with the next flush."""
    view.changed(stored.changed)
    if expected is None:
        view.force(uids)
    else:
        expected.settle(stored.modified)
    if command.unchanged_since is not None:
        # RFC 7162 §3.1.3: of each message, .SILENT or not. Of those that were left alone it saves
        # the client from asking why.
        view.force_modseqs(uids)


def _modified(view: ClientView, command: Store, stored: StoreResult) -> bytes:
    """RFC 7162 §3.1.3, in the client's own numbers."""
    if not stored.modified:
        return b""
    return b"MODIFIED " + compact(view.numbers_of(stored.modified, uid=command.uid))
