"""The mark at the start of a subject with which its writer says: send it all the same.

For mail clients that repeat by themselves, where sending again says nothing. A Japanese keyboard
writes it in full width, which is the same mark. Knows octets only. Invariants: what goes out has
no mark; apart from the word or text that it stood in no octet of the mail changes.
"""

from __future__ import annotations

import re
import unicodedata

from proxyd.mailtext.cutting import CannotCut, cut, text_of
from proxyd.mailtext.fields import fields, header_end
from proxyd.mailtext.topic import ANSWERS, COUNT, FORWARDS

# What clients put in front of the subject of an answer or a forwarded mail.
_PREFIXES = rf"\s*+(?:(?:{ANSWERS}|{FORWARDS})\s*+{COUNT}\s*+:\s*+)*+"
# A line of white space alone, which is the end of the header for some.
_EMPTY_LINES = re.compile(rb"(?:\r?\n[ \t]*+)++\Z")


def without_mark(message: bytes, mark: str) -> bytes | None:
    """The mail without the mark; None where its subject has none. ``mark`` "" is never there."""
    if not mark:
        return None
    at = 0
    for field in fields(message[: header_end(message)]):
        at += len(field.raw)
        if field.name == b"SUBJECT":
            left = _unmarked(field.raw, mark)
            return left and message[: at - len(field.raw)] + left + message[at:]
    return None


def _unmarked(field: bytes, mark: str) -> bytes | None:
    name, colon, value = field.partition(b":")
    ending = value[len(value.rstrip(b"\r\n")) :]
    value = value.removesuffix(ending)
    text = _alike(text_of(value))
    found = re.match(rf"({_PREFIXES}){re.escape(_alike(mark))}\s*+", text, re.IGNORECASE)
    if found is None:
        return None
    try:
        left = cut(value, found.end(1), found.end())
    except CannotCut:  # in a charset such as UTF-7, where the mark is no octets of its own
        return None
    return name + colon + _EMPTY_LINES.sub(b"", left) + ending


def _alike(text: str) -> str:
    """Without the difference of full and half width, each character in its place."""
    folded = (unicodedata.normalize("NFKC", char) for char in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, folded, strict=True))
