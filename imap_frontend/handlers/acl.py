"""MYRIGHTS, GETACL, LISTRIGHTS (RFC 4314 §3); SETACL and DELETEACL, which only the admin may.

Rights are grants on a whole shared mailbox, given by the admin. So nothing can be granted here:
LISTRIGHTS names what somebody has as what they always have, and no optional rights. Of people whose
rights are not this person's business it says the same as of people who don't exist.
"""

from __future__ import annotations

from imap_frontend.context import Context, Done
from imap_frontend.folder_lines import rights_line
from proxyd.imapwire import encode
from proxyd.imapwire.command import DeleteAcl, GetAcl, ListRights, MyRights, SetAcl


async def my_rights(ctx: Context, command: MyRights) -> Done:
    ctx.say(await rights_line(ctx, command.mailbox))
    return Done()


async def get_acl(ctx: Context, command: GetAcl) -> Done:
    grants = await ctx.mail.grants(command.mailbox)
    pairs = b"".join(b" %b %b" % (_label(who), _label(rights)) for who, rights in grants)
    ctx.say(b"ACL %b%b" % (encode.mailbox(command.mailbox, utf8=ctx.utf8), pairs))
    return Done()


async def list_rights(ctx: Context, command: ListRights) -> Done:
    grants = await ctx.mail.grants(command.mailbox)
    always = dict(grants).get(command.identifier, "")
    name = encode.mailbox(command.mailbox, utf8=ctx.utf8)
    ctx.say(b"LISTRIGHTS %b %b %b" % (name, _label(command.identifier), _label(always)))
    return Done()


async def set_acl(ctx: Context, command: SetAcl | DeleteAcl) -> Done:
    await ctx.mail.decline(command.mailbox, "rights")
    return Done()


def _label(text: str) -> bytes:
    return encode.astring(text.encode())
