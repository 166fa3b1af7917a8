"""Search keys: the criteria of SEARCH as a tree of values (RFC 9051 §6.4.4, and of extensions).

What flags, sets, sizes, days and ids decide is structured; what needs the text of a message is a
KText, which also knows its wire form. ``search_program`` reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from proxyd.imapwire.encode import astring, literal, quotable, quoted
from proxyd.imapwire.numset import NumSet

# Keys about the Date field: their argument is a date, no string.
SENT = frozenset({"SENTBEFORE", "SENTON", "SENTSINCE"})


@dataclass(frozen=True, slots=True)
class KAll:
    pass


@dataclass(frozen=True, slots=True)
class KAnd:
    keys: tuple[SearchKey, ...]


@dataclass(frozen=True, slots=True)
class KOr:
    left: SearchKey
    right: SearchKey


@dataclass(frozen=True, slots=True)
class KNot:
    key: SearchKey


@dataclass(frozen=True, slots=True)
class KSeq:
    """Message sequence numbers."""

    numbers: NumSet


@dataclass(frozen=True, slots=True)
class KUid:
    numbers: NumSet


@dataclass(frozen=True, slots=True)
class KFlag:
    """A system flag (canonical case) or keyword that is set, or is not."""

    flag: str
    present: bool


@dataclass(frozen=True, slots=True)
class KLarger:
    size: int


@dataclass(frozen=True, slots=True)
class KSmaller:
    size: int


@dataclass(frozen=True, slots=True)
class KBefore:
    """INTERNALDATE, time and zone disregarded; so are KOn and KSince."""

    day: date


@dataclass(frozen=True, slots=True)
class KOn:
    day: date


@dataclass(frozen=True, slots=True)
class KSince:
    day: date


@dataclass(frozen=True, slots=True)
class KWithin:
    """RFC 5032: INTERNALDATE is at least (``older``) or at most so many seconds ago."""

    seconds: int
    older: bool


@dataclass(frozen=True, slots=True)
class KModSeq:
    """RFC 7162 §3.1.5: the mod-sequence is this or higher; 0 is every message."""

    modseq: int


@dataclass(frozen=True, slots=True)
class KEmailId:
    """RFC 8474 §6."""

    id: str


@dataclass(frozen=True, slots=True)
class KThreadId:
    id: str


@dataclass(frozen=True, slots=True)
class KSavedBefore:
    """RFC 8514 §4.3: the day the message came into this mailbox; so are KSavedOn, KSavedSince."""

    day: date


@dataclass(frozen=True, slots=True)
class KSavedOn:
    day: date


@dataclass(frozen=True, slots=True)
class KSavedSince:
    day: date


@dataclass(frozen=True, slots=True)
class KSaveDateSupported:
    """RFC 8514 §4.3: every message of a mailbox that keeps such days, or none."""


@dataclass(frozen=True, slots=True)
class KSaved:
    """``$``: what the last SEARCH RETURN (SAVE) found (RFC 5182 §2.1)."""


@dataclass(frozen=True, slots=True)
class KRecent:
    r"""RFC 3501 §6.4.4: has ``\Recent``; what that is depends on who asks."""


_QUOTED = rb'"(?:[^"\\]|\\.)*+"'
_TEXT_KEY = re.compile(
    rb"(?P<name>BCC|BODY|CC|FROM|SUBJECT|TEXT|TO|SENTBEFORE|SENTON|SENTSINCE"
    rb"|HEADER(?= (?P<header>[^\s\"]+|" + _QUOTED + rb"))) (?:(?<=HEADER )(?P=header) )?+"
    rb"(?:\"(?P<quoted>(?:[^\"\\]|\\.)*+)\"|\{\d+\+?\}\r\n(?P<literal>.*)|(?P<word>[^\s\"{}]+))",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class KText:
    """A key about the text of a message.

    ``name`` is upper case; ``argument`` is the string as sent, or the date of SENT... in canonical
    form; ``header`` is the field name of HEADER, else None.
    """

    name: str
    argument: bytes
    header: bytes | None = None

    @property
    def key(self) -> bytes:
        """The wire form. 8-bit octets, CR and LF make it a literal, ``{n+}CRLF...``."""
        name = self.name.encode("ascii")
        if self.name in SENT:
            return name + b" " + self.argument
        if self.header is not None:
            name += b" " + astring(self.header)
        text = self.argument
        return name + b" " + (quoted(text) if quotable(text) else literal(text, b"+"))

    @classmethod
    def of_key(cls, key: bytes) -> KText | None:
        """The inverse of ``key``; None for other criteria."""
        found = _TEXT_KEY.fullmatch(key)
        if found is None:
            return None
        name = found["name"].decode("ascii")
        argument = found["literal"] if found["literal"] is not None else found["word"]
        if argument is None:
            argument = re.sub(rb"\\(.)", rb"\1", found["quoted"], flags=re.DOTALL)
        header = found["header"]
        if header is not None and header.startswith(b'"'):
            header = re.sub(rb"\\(.)", rb"\1", header[1:-1], flags=re.DOTALL)
        return cls(name, argument, header)


SearchKey = (
    KAll
    | KAnd
    | KOr
    | KNot
    | KSeq
    | KUid
    | KFlag
    | KLarger
    | KSmaller
    | KBefore
    | KOn
    | KSince
    | KWithin
    | KModSeq
    | KEmailId
    | KThreadId
    | KSavedBefore
    | KSavedOn
    | KSavedSince
    | KSaveDateSupported
    | KSaved
    | KRecent
    | KText
)
