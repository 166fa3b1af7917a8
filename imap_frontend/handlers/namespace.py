"""NAMESPACE (RFC 2342): personal, other users', shared. Other users' mail is never ours to show."""

from __future__ import annotations

from collections.abc import Sequence

from imap_frontend.context import Context, Done
from proxyd.imapwire import mutf7
from proxyd.imapwire.command import Namespace
from proxyd.imapwire.encode import NIL, quoted
from proxyd.service.api import DELIMITER


async def namespace(ctx: Context, _command: Namespace) -> Done:
    spaces = ctx.mail.namespaces()
    ctx.say(b"NAMESPACE %b NIL %b" % (_encoded(spaces.personal), _encoded(spaces.shared)))
    return Done()


def _encoded(prefixes: Sequence[str]) -> bytes:
    if not prefixes:
        return NIL
    delimiter = quoted(DELIMITER.encode())
    return b"(" + b"".join(_pair(prefix, delimiter) for prefix in prefixes) + b")"


def _pair(prefix: str, delimiter: bytes) -> bytes:
    return b"(" + quoted(mutf7.encode(prefix)) + b" " + delimiter + b")"
