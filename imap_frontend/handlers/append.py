"""APPEND (RFC 9051 §6.3.12) with APPENDUID (RFC 4315 §3)."""

from __future__ import annotations

from typing import cast

from imap_frontend.context import Context, Done
from proxyd.domain.types import Blob, BytesBlob
from proxyd.imapwire.command import Append


async def append(ctx: Context, command: Append) -> Done:
    data = command.message.data
    # What is not bytes came out of ``Options.spool``, whose spools finish as Blobs.
    message = BytesBlob(data) if isinstance(data, bytes) else cast("Blob", data)
    result = await ctx.mail.append(command.mailbox, command.flags, command.date, message)
    return Done(code=b"APPENDUID %d %d" % (result.uidvalidity, result.uid))
