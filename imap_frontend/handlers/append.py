"""APPEND (RFC 9051 §6.3.12) with APPENDUID (RFC 4315 §3): one message, several (RFC 3502), put
together (RFC 4469) or with octets of any kind (RFC 3516 §4.4).
"""

from __future__ import annotations

from imap_frontend.catenating import catenated, sent
from imap_frontend.context import Context, Done, Rejected
from proxyd.imapwire.command import Append, AppendMessage
from proxyd.imapwire.frame import Literal
from proxyd.imapwire.numset import compact_in_order
from proxyd.service.api.appending import NewMessage


async def append(ctx: Context, command: Append) -> Done:
    if any(message.catenate for message in command.messages):
        # A missing folder is told as that, whatever the parts name (RFC 4469 §3).
        await ctx.mail.check_append(command.mailbox)
    try:
        messages = await _all(ctx, command)
    except Rejected as rejected:
        await ctx.mail.record_refused_append(command.mailbox, rejected.key)
        raise
    result = await ctx.mail.append(command.mailbox, messages)
    if result.refused is not None:
        ctx.alert_refusal(result.refused)
    if not result.uids:
        return Done()  # RFC 4315 §3: stored, and where is not known
    uids = compact_in_order(result.uids)
    return Done(code=b"APPENDUID %d %b" % (result.uidvalidity, uids))


async def _all(ctx: Context, command: Append) -> list[NewMessage]:
    messages = [await _new(ctx, message) for message in command.messages]
    if any(message.content.size == 0 for message in messages):
        # RFC 3502 §6.3.11: that cancels all of them; providers differ in what they make of it
        raise Rejected("empty-mail", "CANNOT")
    return messages


async def _new(ctx: Context, message: AppendMessage) -> NewMessage:
    first = message.parts[0]
    if not message.catenate and isinstance(first, Literal):
        return NewMessage(message.flags, message.date, sent(first), binary=first.binary)
    binary = any(isinstance(part, Literal) and part.binary for part in message.parts)
    return NewMessage(message.flags, message.date, await catenated(ctx, message), binary=binary)
