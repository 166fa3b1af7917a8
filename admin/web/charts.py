"""Numbers as charts: from values to places on a canvas. Pure; the template draws them as SVG.

No colour, no style and no text of its own stands here: classes and words are the template's, and
the same numbers stand as a table beside each chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 360.0  # of the canvas: a phone's, so that what is written on it can be read there
HEIGHT: Final = 120.0
GAP: Final = 0.2  # of a column's place, between it and the next
FLOOR: Final = 18.0  # below the columns, for what is written there
CEILING: Final = 14.0
LABELS: Final = 8  # about so many fit side by side
LEAST: Final = 1.5  # of what is not nothing: it is to be seen


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """``label`` "" where there is no room for one."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """``base``: where the columns stand. ``marks``: a further value over each column, None where it
    has none. ``line``: of a value for all; None where there is none, or it lies above everything.
    """

    columns: tuple[ChartColumn, ...]
    marks: tuple[float | None, ...]
    line: float | None
    base: float
    width: float = WIDTH
    height: float = HEIGHT


def columns(
    values: Sequence[int],
    labels: Sequence[str],
    *,
    marks: Sequence[int | None] = (),
    line: int | None = None,
) -> ColumnChart:
    """``values`` from 0 on, with as many ``labels``; ``marks`` and ``line`` are of the same unit,
    and what is highest of them all decides the scale.
    """
    base = HEIGHT - FLOOR
    high = max([0, *values, *(mark for mark in marks if mark is not None)])
    room = base - CEILING
    place = WIDTH / max(1, len(values))
    each = -(-len(values) // LABELS) or 1

    def y_of(value: int) -> float:
        return round(base - room * value / high, 2) if high else base

    made = []
    for number, (value, label) in enumerate(zip(values, labels, strict=True)):
        y = y_of(value)
        if value and base - y < LEAST:
            y = base - LEAST
        x = round(place * (number + GAP / 2), 2)
        middle = round(place * (number + 0.5), 2)
        width = round(place * (1 - GAP), 2)
        shown = label if number % each == 0 else ""
        made.append(ChartColumn(x, y, width, round(base - y, 2), middle, shown))
    return ColumnChart(
        tuple(made),
        tuple(None if mark is None else y_of(mark) for mark in marks),
        y_of(line) if line is not None and 0 < line <= high else None,
        base,
    )


def share(value: int, most: int) -> int:
    """Of 100, for a bar beside others; something that is not nothing is at least 1."""
    if value <= 0 or most <= 0:
        return 0
    return max(1, round(100 * value / most))
