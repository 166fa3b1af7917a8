"""What STORE, COPY and MOVE ask for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from proxyd.domain.errors import Refused


class FlagMode(StrEnum):
    ADD = "+"
    REMOVE = "-"
    REPLACE = "="


@dataclass(frozen=True, slots=True)
class StoreResult:
    """The result of a STORE, in UIDs of the view, ascending."""

    changed: tuple[int, ...]  # flags differ now, other messages of the same conversations included
    modified: tuple[int, ...] = ()  # left alone: changed since UNCHANGEDSINCE (RFC 7162 §3.1.3)
    gone: tuple[int, ...] = ()  # upstream had them no more: nothing was done to them there


@dataclass(frozen=True, slots=True)
class CopyResult:
    """COPYUID: pairs of (source UID, UID in the target view). Empty where nothing was copied."""

    uidvalidity: int
    pairs: tuple[tuple[int, int], ...]
    gone: tuple[int, ...] = ()  # source UIDs that upstream had no more: nothing was done to them
    refused: Refused | None = None  # of their flags, which upstream does not keep there; copied all
