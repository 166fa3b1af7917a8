"""Search criteria as the service evaluates them (RFC 9051 §6.4.4, without the wire's syntax).

What the index knows is a value of its own; whatever needs the text of a message is ``Provider``:
an upstream search key, opaque here and asked of the provider as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Or:
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Not:
    term: Term


@dataclass(frozen=True, slots=True)
class Uids:
    """Inclusive ranges of UIDs of the selected view (sequence numbers are resolved by the edge)."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class HasFlag:
    """The flag or keyword is set, compared without regard to case."""

    flag: str


@dataclass(frozen=True, slots=True)
class Larger:
    size: int


@dataclass(frozen=True, slots=True)
class Smaller:
    size: int


@dataclass(frozen=True, slots=True)
class ReceivedBefore:
    """INTERNALDATE's calendar day, time and zone disregarded, is earlier than ``day``."""

    day: date


@dataclass(frozen=True, slots=True)
class ReceivedSince:
    """INTERNALDATE's calendar day is ``day`` or later."""

    day: date


@dataclass(frozen=True, slots=True)
class Within:
    """INTERNALDATE lies less than ``seconds`` before now (RFC 5032 YOUNGER; OLDER is its Not)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class SavedBefore:
    """The day it came into the view is earlier (RFC 8514); where unknown INTERNALDATE's counts."""

    day: date


@dataclass(frozen=True, slots=True)
class SavedSince:
    day: date


@dataclass(frozen=True, slots=True)
class ModSeqFrom:
    """The mod-sequence is ``modseq`` or greater (RFC 7162 §3.1.5)."""

    modseq: int


@dataclass(frozen=True, slots=True)
class EmailId:
    """RFC 8474 §6."""

    id: str


@dataclass(frozen=True, slots=True)
class ThreadId:
    """RFC 8474 §6."""

    id: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A key only the provider can answer, as it goes on the wire (``FROM "x"``; literals
    inside).
    """

    key: bytes


Term = (
    All
    | And
    | Or
    | Not
    | Uids
    | HasFlag
    | Larger
    | Smaller
    | ReceivedBefore
    | ReceivedSince
    | Within
    | SavedBefore
    | SavedSince
    | ModSeqFrom
    | EmailId
    | ThreadId
    | Provider
)
