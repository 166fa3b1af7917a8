"""Whether a mail's text is what a search key means (RFC 9051 §6.4.4): SUBJECT, BODY, SENTON …

Text is compared decoded, without case and width, so that a search for 請求書 finds it whatever the
charset of the mail. Never raises but for a date that is none (BadSyntax).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from proxyd.imapwire.dates import parse_date
from proxyd.imapwire.mime import MimeMail
from proxyd.imapwire.mime_text import folded, texts
from proxyd.imapwire.search_key import KText
from proxyd.mailtext.charsets import in_charset
from proxyd.mailtext.dates import sent_day
from proxyd.mailtext.words import decoded

_WHITE = re.compile(r"\s+")
_IN_TEXT = ("BODY", "TEXT")


def is_about_text(key: KText) -> bool:
    """Or the header is enough."""
    return key.name in _IN_TEXT


def matcher(key: KText) -> Callable[[MimeMail], bool]:
    """The key's argument is UTF-8, as its grammar has made it (search_program.py)."""
    return _sent(key) if key.name.startswith("SENT") else _contains(key)


def _sent(key: KText) -> Callable[[MimeMail], bool]:
    """The Date field's day as written, zone disregarded; a mail without one is never sent."""
    limit = parse_date(key.argument)

    def matches(mail: MimeMail) -> bool:
        day = sent_day(mail.root.value(b"DATE") or b"")
        if day is None:
            return False
        if key.name == "SENTBEFORE":
            return day < limit
        return day >= limit if key.name == "SENTSINCE" else day == limit

    return matches


def _contains(key: KText) -> Callable[[MimeMail], bool]:
    wanted = _searchable(in_charset(key.argument, "utf-8"))
    if key.name == "BODY":
        return lambda mail: any(wanted in _searchable(text) for text in texts(mail))
    if key.name == "TEXT":
        return lambda mail: (
            wanted in _searchable(_header(mail))
            or any(wanted in _searchable(text) for text in texts(mail))
        )
    name = (key.header if key.header is not None else key.name.encode("ascii")).upper()
    return lambda mail: any(
        wanted in _searchable(decoded(field.value))
        for field in mail.root.fields
        if field.name == name
    )


def _header(mail: MimeMail) -> str:
    return "\n".join(decoded(field.raw) for field in mail.root.fields)


def _searchable(text: str) -> str:
    """Line breaks count as any white space does: mail is wrapped where it happens to be."""
    return _WHITE.sub(" ", folded(text))
