"""CREATE (RFC 9051 §6.3.4), for a special use where asked (RFC 6154 §3), with its id (RFC 8474)."""

from __future__ import annotations

from imap_frontend.context import Context, Done
from proxyd.domain.errors import UnknownSpecial
from proxyd.imapwire.command import Create
from proxyd.service.api.folder_tree import DELIMITER, Special

_SPECIALS = frozenset(Special)


async def create(ctx: Context, command: Create) -> Done:
    special = Special(command.special) if command.special in _SPECIALS else None
    if command.special is not None and special is None:
        raise UnknownSpecial
    # A delimiter at the end only says that children will follow; it is not part of the name.
    mailbox_id = await ctx.mail.create(command.name.removesuffix(DELIMITER), special)
    if not mailbox_id:
        return Done()  # made, and gone again before it could be looked at
    return Done(code=b"MAILBOXID (%b)" % mailbox_id.encode("ascii"))
