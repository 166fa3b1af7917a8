"""How one folder is told: LIST and LSUB, STATUS, MYRIGHTS.

Several commands say these (RFC 5819, RFC 8440, RFC 9051 §6.3.2), and so does the news of NOTIFY.
"""

from __future__ import annotations

from imap_frontend.context import Context
from imap_frontend.listing import ListLine
from proxyd.imapwire import encode
from proxyd.service.api.folder_tree import DELIMITER, ViewCounts


def say_line(ctx: Context, response: bytes, line: ListLine, extended: bytes = b"") -> None:
    """``extended``: what follows the name, in parentheses (RFC 5258 §6 mbox-list-extended)."""
    info = b' ("CHILDINFO" ("SUBSCRIBED"))' if line.childinfo else extended
    attributes = " ".join(line.attributes).encode("ascii")
    name = encode.mailbox(line.name, utf8=ctx.utf8)
    ctx.say(b'%b (%b) "%b" %b%b' % (response, attributes, DELIMITER.encode(), name, info))


def status_line(ctx: Context, name: str, counts: ViewCounts, items: tuple[str, ...]) -> bytes:
    known: dict[str, int | str] = {
        "MESSAGES": counts.messages,
        "RECENT": _recent(ctx, name, counts),
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


def _recent(ctx: Context, name: str, counts: ViewCounts) -> int:
    """Gone since RFC 9051 (Appendix E); in the selected folder it is what this client has."""
    if ctx.has("IMAP4REV2"):
        return 0
    view = ctx.selected
    return counts.recent if view is None or view.opened.name != name else view.recent_count()


async def rights_line(ctx: Context, name: str) -> bytes:
    """Raises NoSuchView."""
    rights = encode.astring((await ctx.mail.rights(name)).encode())
    return b"MYRIGHTS %b %b" % (encode.mailbox(name, utf8=ctx.utf8), rights)
