"""FETCH values of one mail made from its own octets, where the provider can't tell them.

What is made says what the octets say, so it may be kept like the provider's own. Knows no
connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proxyd.domain.types import Blob
from proxyd.imapwire import encode
from proxyd.imapwire.fetch_row import literal_octets
from proxyd.imapwire.mime import MimeMail

# The mail, and where that can't be had at least its header.
WHOLE, HEADER = b"BODY.PEEK[]", b"BODY.PEEK[HEADER]"
ASKED = (WHOLE, HEADER)
# More of one mail is not taken into memory; then it is described by its header alone.
MOST_OCTETS = 32 * 1024 * 1024

_SECTION = re.compile(
    rb"BODY(?:\.PEEK)?\[(?P<section>[^\]]*)\](?:<(?P<first>\d+)(?:\.(?P<most>\d+))?>)?",
    re.IGNORECASE | re.DOTALL,
)
_STRUCTURES = (b"ENVELOPE", b"BODYSTRUCTURE", b"BODY")
_MADE = frozenset({*_STRUCTURES, b"RFC822.SIZE"})


@dataclass(frozen=True, slots=True)
class MailOctets:
    """``whole``: or only the header."""

    raw: bytes
    whole: bool
    mail: MimeMail = field(compare=False, repr=False)


def octets_of(values: Mapping[bytes, bytes | Blob], what: bytes) -> MailOctets | None:
    """Of an answer to one of ASKED; None where there are none, or too many. Raises OSError."""
    value = next((value for name, value in values.items() if name.startswith(b"BODY[")), None)
    if value is None:
        return None
    if not isinstance(value, bytes):
        if value.size > MOST_OCTETS:
            return None
        raw: bytes | None = b"".join(value.chunks())
    else:
        raw = literal_octets(value)
    return MailOctets(raw, what == WHOLE, MimeMail(raw)) if raw else None


def is_whole(values: Mapping[bytes, bytes | Blob], attributes: Sequence[bytes]) -> bool:
    """Whether an answer has all that was asked for, as far as it can be missing.

    No mail is NIL: Dovecot says so of one that another session has just moved away.
    """
    if any(name.startswith(b"BODY[]") and value == b"NIL" for name, value in values.items()):
        return False
    names = {one.upper() for one in attributes}
    if any(one in names and one not in values for one in _MADE):
        return False
    sections = sum(1 for one in names if b"[" in one)
    return sections <= sum(1 for name in values if b"[" in name)


def can_make(attributes: Sequence[bytes]) -> bool:
    """Nothing is gained for who asks for the octets themselves."""
    return any(one.upper() != WHOLE for one in attributes) and all(
        one.upper() in _MADE or _SECTION.fullmatch(one) for one in attributes
    )


def row(octets: MailOctets, attributes: Sequence[bytes]) -> dict[bytes, bytes | Blob] | None:
    """All of them by their names in an answer; None where one can't be made."""
    made: dict[bytes, bytes | Blob] = {}
    for attribute in attributes:
        name = attribute.upper()
        value = _made(octets, name) if name in _MADE else section(octets, attribute)
        if value is None:
            return None
        if name in _MADE:
            made[name] = value
        else:
            made[_answered(attribute)] = b"NIL" if value is _NO_PART else encode.literal(value)
    return made


def _made(octets: MailOctets, name: bytes) -> bytes | None:
    if name == b"ENVELOPE":
        return octets.mail.envelope()
    if not octets.whole:
        return None
    if name == b"RFC822.SIZE":
        return b"%d" % len(octets.raw)
    return octets.mail.bodystructure(extended=name == b"BODYSTRUCTURE")


_NO_PART = b"no such part"


def section(octets: MailOctets, attribute: bytes) -> bytes | None:
    """The octets of BODY.PEEK[…]<…>; None where they are not among those that there are."""
    asked = _SECTION.fullmatch(attribute)
    if asked is None:
        return None
    text = asked["section"]
    if not octets.whole and not text.upper().startswith(b"HEADER"):
        return None
    partial = (int(asked["first"]), int(asked["most"])) if asked["most"] else None
    found = octets.mail.section(text, partial)
    return _NO_PART if found is None else found


def _answered(attribute: bytes) -> bytes:
    """``BODY.PEEK[1]<0.100>`` is answered as ``BODY[1]<0>`` (RFC 9051 §7.5.2)."""
    asked = _SECTION.fullmatch(attribute)
    assert asked is not None
    origin = b"<%b>" % asked["first"] if asked["first"] else b""
    return b"BODY[%b]%b" % (asked["section"], origin)
