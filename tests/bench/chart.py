"""The rows as a chart: one bar each, to the right where proxyd is better, on a logarithmic axis.

An SVG with colours for light and dark, and no background of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.bench.result import Row

WIDTH, LABELS, FIGURES = 900, 430, 60
BAR, GAP, TOP = 14, 8, 46
DECADES = (-1, 0, 1, 2)  # a tenth of direct … a hundred times; what is beyond ends at the edge

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.axis { fill: #59636e }
line { stroke: #d1d9e0 } line.even { stroke: #59636e; stroke-width: 1.5 }
.better { fill: #1a7f37 } .worse { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .axis { fill: #9198a1 }
  line { stroke: #3d444d } line.even { stroke: #9198a1 }
  .better { fill: #3fb950 } .worse { fill: #db6d28 }
}
"""


def chart(rows: Sequence[Row], title: str) -> str:
    shown = [row for row in rows if row.times_as_good is not None]
    height = TOP + len(shown) * (BAR + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<text x="0" y="16" font-weight="bold">{escape(title)}</text>',
    ]
    parts += [_tick(decade, height) for decade in DECADES]
    parts += [_bar(row, TOP + number * (BAR + GAP)) for number, row in enumerate(shown)]
    return "\n".join((*parts, "</svg>", ""))


def _x(times: float) -> float:
    low, high = DECADES[0], DECADES[-1]
    at = (min(max(math.log10(times), low), high) - low) / (high - low)
    return LABELS + at * (WIDTH - FIGURES - LABELS)


def _tick(decade: int, height: int) -> str:
    x = _x(10.0**decade)
    kind = "even" if decade == 0 else "grid"
    label = "as direct" if decade == 0 else f"×{10.0**decade:g}"
    return (
        f'<line class="{kind}" x1="{x:.0f}" y1="{TOP - 8}" x2="{x:.0f}" y2="{height - GAP}"/>'
        f'<text class="axis" x="{x:.0f}" y="{TOP - 14}" text-anchor="middle">{label}</text>'
    )


def _bar(row: Row, y: int) -> str:
    times = row.times_as_good
    assert times is not None
    even, end = _x(1.0), _x(times)
    left, width = min(even, end), max(abs(end - even), 1.0)
    base = y + BAR - 3
    figure = f"×{times:.2f}" if times < 10 else f"×{times:.0f}"
    return (
        f'<text x="0" y="{base}">{escape(row.work)}</text>'
        f'<rect class="{"better" if times >= 1 else "worse"}" x="{left:.1f}" y="{y}" '
        f'width="{width:.1f}" height="{BAR}" rx="2"/>'
        f'<text x="{max(even, end) + 6:.0f}" y="{base}">{figure}</text>'
    )
