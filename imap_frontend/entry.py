"""Signing in, the same for LOGIN and AUTHENTICATE."""

from __future__ import annotations

from imap_frontend.context import Context, Done, Rejected
from proxyd.domain.errors import Busy, NoSuchView, SignInFailed


def need_privacy(ctx: Context) -> None:
    """RFC 9051 §6.2.3 LOGINDISABLED; code of RFC 5530."""
    if not ctx.may_sign_in:
        raise Rejected("encryption-first", "PRIVACYREQUIRED")


async def enter(ctx: Context, login: bytes, password: bytes) -> Done:
    """Sign in and open the mail; wrong is wrong, whatever it was (docs/design.md §4, promise 6)."""
    try:
        await _enter(ctx, _text(login), _text(password))
    except (SignInFailed, Busy):
        await _slow_down(ctx)
        raise
    return Done("signed-in", b"CAPABILITY " + ctx.capabilities())


async def _enter(ctx: Context, login: str, password: str) -> None:
    # Who hangs up leaves the queue, too.
    account = await ctx.wire.while_here(ctx.sign_in.sign_in(login, password, ctx.origin))
    # At once: whoever is disabled from here on is found among the sessions.
    ctx.register(account)
    try:
        mail = await ctx.front.enter(account, login, ctx.origin)
    except NoSuchView:
        raise SignInFailed from None
    ctx.enter(mail)


def _text(raw: bytes) -> str:
    """What is no UTF-8 is nobody's password, and is refused and recorded as any other wrong one."""
    return raw.decode("utf-8", "surrogateescape")


async def _slow_down(ctx: Context) -> None:
    ctx.failures += 1
    await ctx.wire.pause(ctx.options.failure_delay_s)
    if ctx.failures >= ctx.options.login_failures:
        ctx.hang_up("too-many-logins")
