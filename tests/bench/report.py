"""Rows as Markdown tables, one per section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.result import Row, Spread

HEAD = "| work | proxyd | beside it | ratio | goal |\n|---|---:|---:|---:|---|\n"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: Sequence[Row]
    complete: bool = True


def page(before: str, sections: Sequence[Section], machine: str) -> str:
    """The document with what stands between its marks made anew."""
    head, _, rest = before.partition(BEGIN)
    tail = rest.partition(END)[2]
    return f"{head}{BEGIN}\n\n{machine}\n\n{tables(sections)}\n{END}{tail}"


def tables(sections: Sequence[Section]) -> str:
    return "\n".join(
        f"## {section.title}\n\n{HEAD}" + "".join(map(_line, section.rows)) for section in sections
    )


def _line(row: Row) -> str:
    beside = _figure(row.direct, row.unit) if row.direct is not None else "–"
    if row.beside:
        beside += f" ({row.beside})"
    ratio = "–" if row.ratio is None else f"{row.ratio:.{2 if row.ratio >= 0.1 else 3}f}"
    return f"| {row.work} | {_figure(row.ours, row.unit)} | {beside} | {ratio} | {_goal(row)} |\n"


def _figure(spread: Spread, unit: str) -> str:
    space = "" if unit.startswith("/") else " "
    text = f"{_number(spread.median)}{space}{unit}"
    if spread.rounds == 1:
        return text
    return f"{text} <sub>{_number(spread.low)}–{_number(spread.high)}</sub>"


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    sign = "≤" if row.falling else "≥"
    unit = "" if row.goal.kind == "ratio" else f" {row.unit}"
    reached = {True: "reached", False: "**short**", None: "not measured"}[row.met]
    return f"{sign} {row.goal.limit:g}{unit}: {reached}"
