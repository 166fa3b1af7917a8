"""Percentiles as spreadsheets compute them (PERCENTILE, MEDIAN): between two values in proportion.

Of n values in their order, p lies at the place (n - 1) · p / 100, counted from 0. In whole numbers:
what lies between two microseconds is rounded down.
"""

from __future__ import annotations

from collections.abc import Sequence


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """``ordered``: the least first. ``percent``: 0 to 100. None of no values."""
    if not ordered:
        return None
    place, part = divmod((len(ordered) - 1) * percent, 100)
    below = ordered[place]
    if not part:
        return below
    return below + (ordered[place + 1] - below) * part // 100
