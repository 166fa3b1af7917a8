"""APPEND (RFC 9051 §6.3.12): one message or several (RFC 3502), whole or put together (RFC 4469).

    append         = "APPEND" SP mailbox 1*append-message
    append-message = [SP flag-list] [SP date-time] SP append-data
    append-data    = literal / literal8 / "UTF8" SP "(" literal8 ")" / "CATENATE" SP "(" … ")"

How many literals there may be is the framer's limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire import dates, flags
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.frame import Literal
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor

# Attachments of a draft, and the text between them; a forwarded conversation has a few dozen.
MAX_PARTS = 200

_UTF8 = re.compile(rb"UTF8 ++\( *+", re.IGNORECASE)
_CATENATE = re.compile(rb"CATENATE ++\( *+", re.IGNORECASE)
# RFC 3986 §2: a URL is printable US-ASCII.
_URL = re.compile(rb"[!-~]+")


@dataclass(frozen=True, slots=True)
class UrlPart:
    """``URL``: the octets that this IMAP URL names (RFC 5092), not yet looked at."""

    url: str


@dataclass(frozen=True, slots=True)
class AppendMessage:
    flags: tuple[str, ...]
    date: str | None  # dates.parse_internaldate's spelling
    parts: tuple[Literal | UrlPart, ...]  # one literal, or what CATENATE puts together
    catenate: bool = False
    utf8: bool = False  # UTF8 (…): its header may be in UTF-8 (RFC 6855 §4)


@dataclass(frozen=True, slots=True)
class Append:
    mailbox: str
    messages: tuple[AppendMessage, ...]


def parse(cursor: Cursor) -> Append:
    r"""``\Recent`` and flags no client may set are BAD, as in STORE."""
    cursor.sp()
    mailbox = read_name(cursor)
    cursor.sp()
    messages = [_message(cursor)]
    while cursor.more():
        messages.append(_message(cursor))
    return Append(mailbox, tuple(messages))


def _message(cursor: Cursor) -> AppendMessage:
    wanted: tuple[str, ...] = ()
    if cursor.peek() == b"(":
        wanted = flags.settable(cursor.flags())
        cursor.sp()
    date: str | None = None
    if cursor.peek() == b'"':
        date = dates.parse_internaldate(cursor.string())
        cursor.sp()
    if cursor.take(_CATENATE):
        return AppendMessage(wanted, date, _catenated(cursor), catenate=True)
    if cursor.take(_UTF8):
        return AppendMessage(wanted, date, (_utf8(cursor),), utf8=True)
    return AppendMessage(wanted, date, (_literal(cursor),))


def _literal(cursor: Cursor) -> Literal:
    """``literal / literal8`` (RFC 3516 §4.4)."""
    message = cursor.maybe_literal()
    if message is None:
        raise BadSyntax("Expected a message as a literal")
    return message


def _utf8(cursor: Cursor) -> Literal:
    """The rest of ``utf8-literal = "UTF8" SP "(" literal8 ")"`` (RFC 6855 §4)."""
    message = _literal(cursor)
    if not message.binary:
        raise BadSyntax("UTF8 needs a literal8")
    cursor.closing()
    return message


def _catenated(cursor: Cursor) -> tuple[Literal | UrlPart, ...]:
    """``cat-part *(SP cat-part) ")"``."""
    parts = [_part(cursor)]
    while cursor.more():
        parts.append(_part(cursor))
    cursor.closing()
    if len(parts) > MAX_PARTS:
        raise BadSyntax("Too many parts")
    return tuple(parts)


def _part(cursor: Cursor) -> Literal | UrlPart:
    """``cat-part = "TEXT" SP literal / "URL" SP astring / utf8-literal`` (RFC 4469 §5)."""
    if cursor.take(_UTF8):
        return _utf8(cursor)
    kind = cursor.word()
    cursor.sp()
    if kind == "TEXT":
        return _literal(cursor)
    if kind != "URL":
        raise BadSyntax("Expected TEXT or URL")
    url = cursor.astring()
    if _URL.fullmatch(url) is None:
        raise BadSyntax("Invalid URL")
    return UrlPart(url.decode("ascii"))
