"""The mark at the start of a subject with which its writer says: send it all the same.

For mail clients that repeat by themselves, where sending again says nothing. Knows octets only.
Invariants: the mark never goes out; apart from the subject no octet of the mail changes.
"""

from __future__ import annotations

import re
from email.header import Header

from proxyd.domain.encoded_words import decoded
from proxyd.domain.thread import MAX_HEADER

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_SUBJECT = re.compile(rb"^subject[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.I | re.M)
# What clients put in front of the subject of an answer or a forwarded mail.
_PREFIXES = r"(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|返信|転送)\s*[:：]\s*)*"
_LINE = 76  # RFC 2047 §2: no line with an encoded word is longer


def without_mark(message: bytes, mark: str) -> bytes | None:
    """The mail without the mark; None where its subject has none. ``mark`` "" is never there."""
    if not mark:
        return None
    end = _END_OF_HEADER.search(message, 0, MAX_HEADER)
    field = _SUBJECT.search(message, 0, end.start() if end else MAX_HEADER)
    if field is None:
        return None
    text = decoded(field[1]).strip()
    found = re.match(f"({_PREFIXES}){re.escape(mark)}\\s*", text, re.I)
    if found is None:
        return None
    subject = _encoded(found[1] + text[found.end() :])
    return message[: field.start(1)] + b" " + subject + message[field.end(1) :]


def _encoded(text: str) -> bytes:
    """RFC 2047 where it is not ASCII; folded (RFC 5322 §2.2.3)."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    header = Header(text, charset, maxlinelen=_LINE, header_name="Subject")
    return header.encode(linesep="\r\n").encode("ascii")
