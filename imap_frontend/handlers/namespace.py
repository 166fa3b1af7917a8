"""NAMESPACE (RFC 2342): personal, other users', shared. Other users' mail is never ours to show."""

from __future__ import annotations

from collections.abc import Sequence

from imap_frontend.context import Context, Done
from proxyd.imapwire import mutf7
from proxyd.imapwire.command import Namespace
from proxyd.imapwire.encode import NIL, quoted
from proxyd.service.api.folder_tree import DELIMITER


async def namespace(ctx: Context, _command: Namespace) -> Done:
    spaces = ctx.mail.namespaces()
    personal, shared = (_encoded(ctx, one) for one in (spaces.personal, spaces.shared))
    ctx.say(b"NAMESPACE %b NIL %b" % (personal, shared))
    return Done()


def _encoded(ctx: Context, prefixes: Sequence[str]) -> bytes:
    if not prefixes:
        return NIL
    delimiter = quoted(DELIMITER.encode())
    raw = [prefix.encode() if ctx.utf8 else mutf7.encode(prefix) for prefix in prefixes]
    return b"(" + b"".join(b"(%b %b)" % (quoted(one), delimiter) for one in raw) + b")"
