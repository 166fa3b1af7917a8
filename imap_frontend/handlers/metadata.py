"""GETMETADATA and SETMETADATA (RFC 5464 §4.2, §4.3): annotations of folders and of the server."""

from __future__ import annotations

from imap_frontend.annotation_lines import say_values
from imap_frontend.context import Context, Done
from proxyd.imapwire.command import GetMetadata, SetMetadata


async def get_metadata(ctx: Context, command: GetMetadata) -> Done:
    kept = await ctx.mail.annotations(command.mailbox)
    found = [entry for entry in sorted(kept) if _is_asked_for(entry, command)]
    most = command.max_size
    short = [entry for entry in found if most is None or len(kept[entry]) <= most]
    if short:
        say_values(ctx, command.mailbox, {entry: kept[entry] for entry in short})
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
