"""GETMETADATA and SETMETADATA (RFC 5464 §4.2, §4.3): annotations of folders and of the server."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire import encode
from proxyd.imapwire.command import GetMetadata, SetMetadata


async def get_metadata(ctx: Context, command: GetMetadata) -> Done:
    kept = await ctx.mail.annotations(command.mailbox)
    found = [entry for entry in sorted(kept) if _is_asked_for(entry, command)]
    most = command.max_size
    short = [entry for entry in found if most is None or len(kept[entry]) <= most]
    if short:
        pairs = b" ".join(b"%b %b" % (_entry(entry), _value(kept[entry])) for entry in short)
        ctx.say(b"METADATA %b (%b)" % (encode.mailbox(command.mailbox, utf8=ctx.utf8), pairs))
    if len(short) < len(found):
        longest = max(len(kept[entry]) for entry in found)
        return Done(code=b"METADATA LONGENTRIES %d" % longest)  # §4.2.1
    return Done()


async def set_metadata(ctx: Context, command: SetMetadata) -> Done:
    await ctx.mail.annotate(command.mailbox, dict(command.changes))
    return Done()


def _is_asked_for(entry: str, command: GetMetadata) -> bool:
    """§4.2.2: with DEPTH 1 also what stands right below, with infinity all that stands below."""
    for asked in command.entries:
        if entry == asked:
            return True
        below = entry.removeprefix(asked + "/")
        if below != entry and (
            command.depth == "infinity" or (command.depth == "1" and "/" not in below)
        ):
            return True
    return False


def _entry(entry: str) -> bytes:
    return encode.astring(entry.encode("ascii"))


def _value(value: bytes) -> bytes:
    """``value = nstring / literal8``: literal8 for what no other string can hold."""
    return b"~" + encode.literal(value) if b"\0" in value else encode.quote_or_literal(value)
