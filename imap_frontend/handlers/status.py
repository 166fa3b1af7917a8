"""STATUS (RFC 9051 §6.3.11)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire import encode
from proxyd.imapwire.command import Status
from proxyd.service.api import ViewCounts


async def status(ctx: Context, command: Status) -> Done:
    counts = await ctx.mail.counts(command.mailbox)
    ctx.say(status_line(command.mailbox, counts, command.items))
    return Done()


def status_line(name: str, counts: ViewCounts, items: tuple[str, ...]) -> bytes:
    known = {
        "MESSAGES": counts.messages,
        "RECENT": 0,  # gone since RFC 9051; Thunderbird still asks
        "UIDNEXT": counts.uidnext,
        "UIDVALIDITY": counts.uidvalidity,
        "UNSEEN": counts.unseen,
        "SIZE": counts.size,
    }
    pairs = " ".join(f"{item} {known[item]}" for item in items)
    return b"STATUS " + encode.mailbox(name) + b" (" + pairs.encode("ascii") + b")"
