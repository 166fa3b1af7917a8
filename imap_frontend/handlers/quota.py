"""GETQUOTA, GETQUOTAROOT (RFC 9208 §4.1); SETQUOTA, which only the provider may."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.imapwire import encode
from proxyd.imapwire.command import GetQuota, GetQuotaRoot, SetQuota
from proxyd.service.api.quota import QuotaRoot


async def get_quota(ctx: Context, command: GetQuota) -> Done:
    _say(ctx, await ctx.mail.quota_root(command.root))
    return Done()


async def get_quota_root(ctx: Context, command: GetQuotaRoot) -> Done:
    roots = await ctx.mail.quota(command.mailbox)
    names = b"".join(b" " + _name(root) for root in roots)
    ctx.say(b"QUOTAROOT %b%b" % (encode.mailbox(command.mailbox, utf8=ctx.utf8), names))
    for root in roots:
        _say(ctx, root)
    return Done()


async def set_quota(ctx: Context, _command: SetQuota) -> Done:
    await ctx.mail.decline("", "quota")
    return Done()


def _say(ctx: Context, root: QuotaRoot) -> None:
    numbers = " ".join(f"{one.name} {one.usage} {one.limit}" for one in root.resources)
    ctx.say(b"QUOTA %b (%b)" % (_name(root), numbers.encode("ascii")))


def _name(root: QuotaRoot) -> bytes:
    # A provider's name that is no UTF-8 goes out as it came in.
    return encode.astring(root.name.encode("utf-8", "surrogateescape"))
