"""METADATA responses (RFC 5464 §4.4): entries with values for who asks, names alone as news.

Knows nothing of who may hear what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imap_frontend.context import Context
from proxyd.imapwire import encode

# Names in one line of news: as many as a SETMETADATA can have.
NAMES_IN_A_LINE = 100


def say_values(ctx: Context, name: str, values: Mapping[str, bytes]) -> None:
    """§4.4.1: ``entry-values``."""
    pairs = b" ".join(b"%b %b" % (_entry(entry), _value(values[entry])) for entry in values)
    ctx.say(b"METADATA %b (%b)" % (encode.mailbox(name, utf8=ctx.utf8), pairs))


def say_names(ctx: Context, name: str, entries: Sequence[str]) -> None:
    """§4.4.2: ``entry-list``; what is set now is for the client to ask."""
    mailbox = encode.mailbox(name, utf8=ctx.utf8)
    for start in range(0, len(entries), NAMES_IN_A_LINE):
        names = b" ".join(map(_entry, entries[start : start + NAMES_IN_A_LINE]))
        ctx.say(b"METADATA %b %b" % (mailbox, names))


def _entry(entry: str) -> bytes:
    return encode.astring(entry.encode("ascii"))


def _value(value: bytes) -> bytes:
    """``value = nstring / literal8``: literal8 for what no other string can hold."""
    return b"~" + encode.literal(value) if b"\0" in value else encode.quote_or_literal(value)
