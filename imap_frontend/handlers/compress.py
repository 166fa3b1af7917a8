"""COMPRESS=DEFLATE (RFC 4978)."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.replies import wrong
from proxyd.imapwire.command import Compress


async def compress(ctx: Context, command: Compress) -> Done:
    if not ctx.options.compress or command.algorithm != "DEFLATE":
        raise Rejected("no-compression", "CANNOT")
    if ctx.wire.compressed:
        raise Rejected("compressed-already", "COMPRESSIONACTIVE")
    if ctx.framer.pending or ctx.wire.waiting:
        # §3: the client waits for the answer. Is what it sent compressed? Nobody could tell.
        raise wrong("behind-compress")
    return Done("compressing", then=ctx.wire.start_compression)
