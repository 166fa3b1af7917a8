"""FETCH values of a mail of which nothing is known: well-formed, and saying nothing.

Must never invent: no subject, no sender, no text that somebody could take for the mail's.
"""

from __future__ import annotations

import re

_SECTION = re.compile(
    rb"BODY\.PEEK\[(?P<section>[^\]]*)\](?:<(?P<first>\d+)(?:\.\d+)?>)?", re.IGNORECASE
)
_NOTHING = b'("application" "octet-stream" NIL NIL NIL "7bit" 0'
_EMPTY_HEADER = b"{2}\r\n\r\n"


def label(attribute: bytes) -> bytes:
    """The name of the answer: ``BODY.PEEK[HEADER]<0.100>`` is answered as ``BODY[HEADER]<0>``."""
    found = _SECTION.fullmatch(attribute)
    if found is None:
        return attribute.upper()
    origin = b"<%b>" % found["first"] if found["first"] else b""
    return b"BODY[%b]%b" % (found["section"], origin)


def blank(attribute: bytes, size: int) -> bytes:
    """``size``: RFC822.SIZE as far as it is known."""
    name = attribute.upper()
    if name == b"ENVELOPE":
        return b"(" + b" ".join([b"NIL"] * 10) + b")"
    if name == b"BODYSTRUCTURE":
        return _NOTHING + b" NIL NIL NIL NIL)"
    if name == b"BODY":
        return _NOTHING + b")"
    if name == b"RFC822.SIZE":
        return b"%d" % size
    return _EMPTY_HEADER if _SECTION.fullmatch(attribute) else b"NIL"
