"""Rows as Markdown tables: one per size of the mailbox, then what has a size of its own."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.result import Row, Spread

HEAD = "| work | proxyd | beside it | ratio | goal |\n|---|---:|---:|---:|---|\n"


def table(rows: Sequence[Row]) -> str:
    sizes = sorted({row.mails for row in rows})
    return "\n".join(
        f"### {size:,} mails\n\n{HEAD}" + "".join(map(_line, (r for r in rows if r.mails == size)))
        for size in sizes
    )


def _line(row: Row) -> str:
    beside = _figure(row.direct, row.unit) if row.direct is not None else "–"
    if row.beside:
        beside += f" ({row.beside})"
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    return f"| {row.work} | {_figure(row.ours, row.unit)} | {beside} | {ratio} | {_goal(row)} |\n"


def _figure(spread: Spread, unit: str) -> str:
    text = (
        f"{_number(spread.median)} {unit}" if unit[0] != "/" else f"{_number(spread.median)}{unit}"
    )
    if spread.rounds == 1:
        return text
    return f"{text} <sub>{_number(spread.low)}–{_number(spread.high)}</sub>"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    sign = "≤" if row.falling else "≥"
    unit = "" if row.goal.kind == "ratio" else f" {row.unit}"
    reached = {True: "reached", False: "**short**", None: "not measured"}[row.met]
    return f"{sign} {row.goal.limit:g}{unit}: {reached}"
