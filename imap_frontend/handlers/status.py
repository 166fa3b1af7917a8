"""STATUS (RFC 9051 §6.3.11), with the items of RFC 7162, 7889, 8438, 8474 and 9208."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire import encode
from proxyd.imapwire.command import Status
from proxyd.service.api import ViewCounts


async def status(ctx: Context, command: Status) -> Done:
    counts = await ctx.mail.counts(command.mailbox)
    ctx.say(status_line(ctx, command.mailbox, counts, command.items))
    if "HIGHESTMODSEQ" in command.items:
        # RFC 7162 §3.1: asking for it enables CONDSTORE.
        ctx.enable("CONDSTORE")
    return Done()


def status_line(ctx: Context, name: str, counts: ViewCounts, items: tuple[str, ...]) -> bytes:
    known: dict[str, int | str] = {
        "MESSAGES": counts.messages,
        "RECENT": 0,  # gone since RFC 9051; Thunderbird still asks
        "UIDNEXT": counts.uidnext,
        "UIDVALIDITY": counts.uidvalidity,
        "UNSEEN": counts.unseen,
        "SIZE": counts.size,
        "DELETED": counts.deleted,
        "DELETED-STORAGE": counts.deleted_size,
        "HIGHESTMODSEQ": counts.highest_modseq,
        "MAILBOXID": f"({counts.mailbox_id})",
        "APPENDLIMIT": ctx.options.limits.append,
    }
    pairs = " ".join(f"{item} {known[item]}" for item in items)
    return b"STATUS %b (%b)" % (encode.mailbox(name, utf8=ctx.utf8), pairs.encode("ascii"))
