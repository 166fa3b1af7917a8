"""SEARCH and UID SEARCH (RFC 9051 §6.4.4, answered as in RFC 3501 §7.2.5)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.replies import wrong
from imap_frontend.search_terms import term_of
from proxyd.imapwire.command import Search

CHARSETS = ("US-ASCII", "UTF-8")


async def search(ctx: Context, command: Search) -> Done:
    view = ctx.view
    if command.returns is not None:
        raise wrong("no-esearch")
    if command.charset is not None and command.charset not in CHARSETS:
        raise Rejected("charset", f"BADCHARSET ({' '.join(CHARSETS)})")
    found = await view.opened.search(term_of(command.key, view))
    # What arrived meanwhile has no number yet: the client hears of it first.
    told = [(uid, view.index(uid)) for uid in found]
    numbers = [uid if command.uid else index + 1 for uid, index in told if index is not None]
    ctx.say(" ".join(["SEARCH", *map(str, numbers)]).encode("ascii"))
    return Done()
