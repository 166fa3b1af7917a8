"""What a provider was asked for and has not done, although it answered OK.

Without the right to a flag (RFC 4314 §4), or where PERMANENTFLAGS does not have it (RFC 9051 §7.1),
a STORE, an APPEND or a COPY is carried out without it, silently. A keyword that was left out can be
kept by us instead; a system flag can't, nor one that was to go and stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo
from proxyd.domain.keywords import SYSTEM

# Of a mail that lies elsewhere now, or was just stored, nobody misses these: what lies among the
# drafts is one, and programs save one every minute.
NOT_MISSED = frozenset({"\\Draft"})


@dataclass(frozen=True, slots=True)
class LeftOut:
    keywords: tuple[str, ...] = ()  # not added there: to be kept here
    undone: tuple[str, ...] = ()  # nobody keeps it so

    def __bool__(self) -> bool:
        return bool(self.keywords or self.undone)


def left_out(add: Iterable[str], remove: Iterable[str], flags: Iterable[str]) -> LeftOut:
    """``flags``: what the message has there afterwards. Flags are the same in any case."""
    there = {flag.lower() for flag in flags}
    lacking = [flag for flag in add if flag.lower() not in there]
    staying = [flag for flag in remove if flag.lower() in there]
    return LeftOut(
        tuple(flag for flag in lacking if flag not in SYSTEM),
        tuple(flag for flag in (*lacking, *staying) if flag in SYSTEM or flag in staying),
    )


def lost_of(flags: Iterable[Iterable[str]]) -> CannotDo | None:
    """What a person is told of mails that were stored or copied without these flags."""
    missed = any(flag not in NOT_MISSED for each in flags for flag in each)
    return CannotDo("flags-lost") if missed else None
