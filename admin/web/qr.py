"""A QR code as one path of an SVG: no image, no style, nothing the policy would have to allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import segno

_QUIET: Final = 4  # modules around it (ISO/IEC 18004 §6.3.8)


@dataclass(frozen=True, slots=True)
class Squares:
    """``size``: of the square, in modules. ``path``: a line of width 1 for each dark run."""

    size: int
    path: str


def squares(text: str) -> Squares:
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    lines = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                lines.append(f"M{x + _QUIET} {y + _QUIET}.5h{run}")
            x += max(run, 1)
    return Squares(len(rows) + 2 * _QUIET, "".join(lines))
