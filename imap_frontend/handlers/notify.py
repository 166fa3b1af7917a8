"""NOTIFY (RFC 5465 §3): which news a client wants outside its commands."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.notifier import Notifier
from imap_frontend.notify_filter import SUPPORTED, Wishes, unknown_events
from proxyd.imapwire.command import Notify

# STATUS is told of each folder asked for before the answer: more folders than anybody has.
STATUS_MOST = 2000


async def notify(ctx: Context, command: Notify) -> Done:
    groups = command.groups or ()
    if unknown_events(groups):
        raise Rejected("no-such-event", f"BADEVENT ({' '.join(SUPPORTED)})")
    if command.status and len(ctx.mail.views()) > STATUS_MOST:
        raise Rejected("notify-overflow", "NOTIFICATIONOVERFLOW")
    if command.groups is not None and ctx.selected is not None:
        # §3.1: SET is a NOOP first: what was changed until now is told, asked for or not
        await ctx.selected.opened.refresh()
        ctx.say_changes(ctx.selected, expunge=True)
    wishes = Wishes(groups, ctx.mail.namespaces().shared)
    notifier = Notifier(ctx, wishes)
    # Followed from before the first count on: what happens meanwhile is told behind it.
    ctx.notify(notifier)
    ctx.mail.follow(notifier if wishes.looks_further else None)
    if command.status:
        await notifier.tell_all()
    return Done()
