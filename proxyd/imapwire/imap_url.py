"""IMAP URLs as CATENATE has them (RFC 4469 §5, RFC 5092): relative ones that name a message.

    iabsolute-path = "/" enc-mailbox [";UIDVALIDITY=" nz-number] irelative
    irelative      = "/;UID=" nz-number ["/;SECTION=" enc-section] ["/;PARTIAL=" partial-range]
    partial-range  = number ["." nz-number]

Without a mailbox it is the selected one's. Another server's URL, one that needs authorisation
(URLAUTH, RFC 4467) and one that names a mailbox or a search give None, like what is no URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from proxyd.imapwire.errors import BadName, BadSyntax
from proxyd.imapwire.fetch_attribute import read_attribute
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.mailbox_name import bounded, from_wire
from proxyd.imapwire.numset import MAX_NUMBER
from proxyd.imapwire.tokens import Cursor

_URL = re.compile(
    r"(?:/(?P<mailbox>[^/;?#][^;?#]*?)(?:;UIDVALIDITY=(?P<uidvalidity>[1-9][0-9]{0,9}))?)?"
    r"(?:/|^/?);UID=(?P<uid>[1-9][0-9]{0,9})"
    r"(?:/;SECTION=(?P<section>[^;?#]+))?"
    r"(?:/;PARTIAL=(?P<first>[0-9]{1,10})(?:\.(?P<most>[1-9][0-9]{0,9}))?)?",
    re.IGNORECASE,
)
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class ImapUrl:
    mailbox: str | None  # None: the selected one
    uidvalidity: int | None
    uid: int
    section: bytes = b""  # canonical, as in BODY[section]; empty: the whole message
    partial: tuple[int, int] | None = None  # first octet, most octets


def parse_url(text: str) -> ImapUrl | None:
    found = _URL.fullmatch(text)
    if found is None or _BROKEN_PERCENT.search(text):
        return None
    numbers = {name: int(found[name]) if found[name] else None for name in _NUMBERS}
    uid, uidvalidity = numbers["uid"], numbers["uidvalidity"]
    if uid is None or any(number and number > MAX_NUMBER for number in numbers.values()):
        return None
    try:
        mailbox = found["mailbox"]
        # RFC 5092 §4: the name is UTF-8, whatever names are elsewhere.
        name = None if mailbox is None else bounded(from_wire(unquote_to_bytes(mailbox), utf8=True))
        section = _section(unquote_to_bytes(found["section"] or ""))
    except (BadName, BadSyntax):
        return None
    first = numbers["first"]
    partial = None if first is None else (first, numbers["most"] or MAX_NUMBER)
    return ImapUrl(name, uidvalidity, uid, section, partial)


_NUMBERS = ("uid", "uidvalidity", "first", "most")


def _section(raw: bytes) -> bytes:
    """As in FETCH, read by the same grammar; raises BadSyntax."""
    if b"\r" in raw or b"\n" in raw or b"\0" in raw:
        raise BadSyntax("Invalid section")
    cursor = Cursor(Frame((b"BODY.PEEK[" + raw + b"]",)))
    attribute = read_attribute(cursor)
    cursor.eol()
    if attribute.section is None or attribute.partial is not None:
        raise BadSyntax("Invalid section")
    return attribute.section
