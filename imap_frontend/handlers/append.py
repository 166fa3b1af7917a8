"""APPEND (RFC 9051 §6.3.12) with APPENDUID (RFC 4315 §3)."""

from __future__ import annotations

from typing import cast

from imap_frontend.context import Context, Done, Rejected
from proxyd.domain.types import Blob, BytesBlob
from proxyd.imapwire.command import Append
from proxyd.imapwire.frame import Literal
from proxyd.service.api import NewMessage


async def append(ctx: Context, command: Append) -> Done:
    data = _only_literal(command).data
    first = command.messages[0]
    # What is not bytes came out of ``Options.spool``, whose spools finish as Blobs.
    message = BytesBlob(data) if isinstance(data, bytes) else cast("Blob", data)
    if getattr(message, "error", None) is not None:
        # The disk was full while the message came; a framer can't refuse in mid-literal.
        raise Rejected("no-room", "UNAVAILABLE")
    if any(b"\0" in chunk for chunk in message.chunks()):
        # RFC 9051 §9: CHAR8 has no NUL; what is stored must be possible to fetch.
        raise Rejected("nul-in-mail", "CANNOT")
    result = await ctx.mail.append(command.mailbox, [NewMessage(first.flags, first.date, message)])
    return Done(code=b"APPENDUID %d %d" % (result.uidvalidity, result.uids[0]))


def _only_literal(command: Append) -> Literal:
    """The message of an APPEND that is neither several nor put together."""
    part = command.messages[0].parts[0]
    if len(command.messages) > 1 or command.messages[0].catenate or not isinstance(part, Literal):
        raise Rejected("cannot", "CANNOT")
    return part
