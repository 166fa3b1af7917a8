"""SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3); CONDSTORE, QRESYNC (RFC 7162 §3.1.8, §3.2.5).

The order: what every client hears, HIGHESTMODSEQ, what went and what changed since the client was
last here, the tagged OK.
"""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.folder_lines import say_line
from imap_frontend.listing import line_of
from imap_frontend.replies import wrong
from imap_frontend.resync import resync
from imap_frontend.view import ClientView
from proxyd.imapwire.command import Select
from proxyd.imapwire.encode import flag_list
from proxyd.imapwire.flags import SYSTEM_FLAGS

# The first unread mail is told for old clients and is optional (RFC 3501 §6.3.1). Looking for it in
# a big folder where all is read would cost more than the rest of SELECT.
UNSEEN_WITHIN = 2000


async def select(ctx: Context, command: Select) -> Done:
    if command.qresync is not None and not ctx.has("QRESYNC"):
        raise wrong("no-qresync")
    if ctx.deselect():
        ctx.say_ok(b"CLOSED", "closed")
    view = ClientView(ctx.wire.poke, ctx.enabled)
    opened = await ctx.mail.open(command.mailbox, read_only=command.read_only, observer=view)
    if command.condstore:
        ctx.enable("CONDSTORE")  # only now: a SELECT that fails turns nothing on
    view.attach(opened)
    ctx.select(view)
    kept = permanent_flags(view)
    describe(ctx, view, kept)
    if command.qresync is not None:
        await resync(ctx, view, command.qresync)
    ctx.say_alerts()
    # RFC 9051 §6.3.2: READ-ONLY must be said where the client may change nothing.
    return Done(code=b"READ-WRITE" if kept else b"READ-ONLY")


def permanent_flags(view: ClientView) -> tuple[str, ...]:
    """What of a STORE is kept (RFC 9051 §7.1 PERMANENTFLAGS)."""
    opened = view.opened
    if opened.read_only or not opened.may_mark_seen:
        return ()
    if not opened.may_change:
        return ("\\Seen",)
    # "\*" always: without it Thunderbird sends no STORE.
    return (*opened.kept_flags, *view.flags.keywords, "\\*")


def describe(ctx: Context, view: ClientView, kept: tuple[str, ...]) -> None:
    opened = view.opened
    ctx.say(b"FLAGS " + flag_list((*SYSTEM_FLAGS, *view.flags.keywords)))
    ctx.say_ok(b"PERMANENTFLAGS " + flag_list(kept), "flags-kept")
    ctx.say(b"%d EXISTS" % view.count)
    if ctx.has("IMAP4REV2"):
        # RFC 9051 §6.3.2 and Appendix E: the name as it is, and neither RECENT nor UNSEEN.
        say_line(ctx, b"LIST", line_of(ctx.mail.views(), opened.name))
    else:
        _describe_for_rev1(ctx, view)
    ctx.say_ok(b"UIDVALIDITY %d" % opened.uidvalidity, "uids-valid")
    ctx.say_ok(b"UIDNEXT %d" % opened.uidnext, "next-uid")
    ctx.say_ok(b"HIGHESTMODSEQ %d" % opened.highest_modseq, "highest")
    ctx.say_ok(b"MAILBOXID (%b)" % opened.mailbox_id.encode("ascii"), "mailbox-id")


def _describe_for_rev1(ctx: Context, view: ClientView) -> None:
    ctx.say(b"%d RECENT" % view.recent_count())
    # It is a sequence number.
    first = None if ctx.has("UIDONLY") else view.first_unseen(UNSEEN_WITHIN)
    if first is not None:
        ctx.say_ok(b"UNSEEN %d" % first, "first-unseen")
