"""APPEND (RFC 9051 §6.3.12)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire import dates, flags
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import Literal
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Append:
    mailbox: str
    flags: tuple[str, ...]
    date: str | None  # dates.parse_internaldate's spelling
    message: Literal


def parse(cursor: Cursor) -> Append:
    r"""``mailbox [SP flag-list] [SP date-time] SP literal``.

    ``\Recent`` and flags no client may set are BAD, as in STORE.
    """
    cursor.sp()
    mailbox = read_name(cursor)
    cursor.sp()
    wanted: tuple[str, ...] = ()
    if cursor.peek() == b"(":
        wanted = flags.settable(cursor.flags())
        cursor.sp()
    date: str | None = None
    if cursor.peek() == b'"':
        date = dates.parse_internaldate(cursor.string())
        cursor.sp()
    message = cursor.maybe_literal()
    if message is None:
        raise BadSyntax("Expected a message as a literal")
    if message.binary:
        raise BadSyntax("literal8 is not for clients that were not offered BINARY")  # RFC 3516 §4.4
    return Append(mailbox, wanted, date, message)
