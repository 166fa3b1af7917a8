"""What a FETCH answer is called, so that it is found whoever wrote the name (RFC 9051 §7.5.2).

Servers echo a section as they like: other case, header fields in another order, with quotes or
without. Two names that are equal here stand for the same octets of a message.
"""

from __future__ import annotations

import re

_PEEK = re.compile(rb"^(BODY|BINARY)\.PEEK\[", re.IGNORECASE)
_LENGTH = re.compile(rb"<([0-9]+)\.[0-9]+>$")


def answer_name(ask: bytes) -> bytes:
    """How the answer to ``ask`` will be called: no PEEK, a partial's origin only."""
    return normal_name(_LENGTH.sub(rb"<\1>", _PEEK.sub(rb"\1[", ask)))


def normal_name(name: bytes) -> bytes:
    """Without case, and header fields without quotes, order and repetition."""
    upper = name.upper()
    if b"HEADER.FIELDS" not in upper:
        return upper
    head, _, rest = upper.partition(b"(")
    fields, _, tail = rest.rpartition(b")")
    return head + b"(" + b" ".join(sorted(set(fields.replace(b'"', b"").split()))) + b")" + tail
