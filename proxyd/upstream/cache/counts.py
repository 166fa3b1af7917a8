"""What the cache has done since the start: plain numbers, for whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Rows of small values and bodies apart: a list brings thousands of the ones at once."""

    small_hits: int = 0
    small_misses: int = 0
    body_hits: int = 0
    body_misses: int = 0
    damaged: int = 0  # files that were not what was written, and were fetched again
    unwritten: int = 0  # entries that did not get onto the disk
