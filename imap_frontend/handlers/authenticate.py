"""AUTHENTICATE (RFC 9051 §6.2.2): AUTH=PLAIN (RFC 4616), AUTH=LOGIN; SASL-IR (RFC 4959) or not."""

from __future__ import annotations

from base64 import b64encode

from imap_frontend.context import Context, Done, Rejected
from imap_frontend.entry import enter, need_privacy
from imap_frontend.replies import wrong
from proxyd.imapwire.command import Authenticate, decode_base64
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.framer import BadFrame, RawLine


async def authenticate(ctx: Context, command: Authenticate) -> Done:
    need_privacy(ctx)
    if command.mechanism == "PLAIN":
        login, password = _plain(await _response(ctx, b"", command.initial))
    elif command.mechanism == "LOGIN":
        login = await _response(ctx, b"User Name", command.initial)
        password = await _response(ctx, b"Password", None)
    else:
        raise Rejected("no-mechanism", "CANNOT")
    return await enter(ctx, login, password)


def _plain(message: bytes) -> tuple[bytes, bytes]:
    """message = [authzid] NUL authcid NUL passwd; nobody acts for somebody else here."""
    fields = message.split(b"\0")
    if len(fields) != 3:
        raise wrong("plain-message")
    actor, login, password = fields
    # Refused and recorded as any other wrong one: there is no login of this name.
    return login if actor in (b"", login) else b"", password


async def _response(ctx: Context, challenge: bytes, initial: bytes | None) -> bytes:
    """The client's answer to one challenge, decoded."""
    if initial is not None:
        return initial
    ctx.wire.write(b"+ " + b64encode(challenge) + b"\r\n")
    ctx.framer.expect_line()
    await ctx.wire.drain()
    while (event := ctx.next_event()) is None:
        if not await ctx.wire.wait(ctx.options.login_s):
            ctx.hang_up("login-timeout")
            raise wrong("no-answer")
    if isinstance(event, BadFrame):
        if event.fatal:
            ctx.hang_up("broken-command")
        raise BadSyntax(event.text)
    if not isinstance(event, RawLine) or event.line == b"*":
        raise wrong("cancelled")
    return decode_base64(event.line)
