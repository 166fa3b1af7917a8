"""Which flags a folder at the provider keeps, as it says itself (RFC 9051 §7.1 PERMANENTFLAGS).

Without the right to write them (RFC 4314 §4) a folder keeps fewer than others. A keyword that only
some folders of a provider have by name is none that one can count on: ``\\*`` is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.domain.keywords import SYSTEM

NO_FLAGS = frozenset(SYSTEM)  # as ``unkept``: what may only be read keeps none


@dataclass(frozen=True, slots=True)
class PermanentFlags:
    keywords: bool  # any (``\*``)
    unkept: frozenset[str] = frozenset()  # system flags


# Where there is no such response code all that are in FLAGS can be changed (§6.3.2), and nobody
# promises new ones.
UNTOLD = PermanentFlags(keywords=False)


def permanent_flags(words: Iterable[str]) -> PermanentFlags:
    """``words`` of the response code."""
    told = {word.lower() for word in words}
    unkept = frozenset(flag for flag in SYSTEM if flag.lower() not in told)
    return PermanentFlags("\\*" in told, unkept)
