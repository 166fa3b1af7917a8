"""How SORT and THREAD order messages (RFC 5256), as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SortBy(StrEnum):
    """RFC 5256 §3 sort-key, and the display names of RFC 5957."""

    ARRIVAL = "ARRIVAL"
    CC = "CC"
    DATE = "DATE"
    DISPLAYFROM = "DISPLAYFROM"
    DISPLAYTO = "DISPLAYTO"
    FROM = "FROM"
    SIZE = "SIZE"
    SUBJECT = "SUBJECT"
    TO = "TO"


@dataclass(frozen=True, slots=True)
class SortKey:
    by: SortBy
    reverse: bool = False


class Algorithm(StrEnum):
    ORDEREDSUBJECT = "ORDEREDSUBJECT"
    REFERENCES = "REFERENCES"


@dataclass(frozen=True, slots=True)
class ThreadNode:
    """A message with those below it; ``uid`` None is a parent that is not there."""

    uid: int | None
    children: tuple[ThreadNode, ...] = ()
