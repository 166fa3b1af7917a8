"""``make bench``: proxyd beside a direct connection to the same Dovecot, as ratios in one run.

Prints a Markdown table of medians with quartiles and ratios (ours/direct); progress goes to
standard error. ``--write`` puts the table and the chart into the documentation.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.changing import CHANGING
from tests.bench.measure import Measure, compared
from tests.bench.reading import HEADERS, READING
from tests.bench.report import table
from tests.bench.result import Row
from tests.bench.sides import Side, pair

__all__ = ["HEADERS", "Side"]

HUGE = 50_000  # mails from which on only the rows run whose growth is of interest
SIDE_BY_SIDE: tuple[Measure, ...] = (*READING, *CHANGING)
NAMES = tuple(measure.name for measure in SIDE_BY_SIDE)


def corpus_rows(mails: int, rounds: int, only: Sequence[str]) -> Iterator[Row]:
    chosen = [m for m in SIDE_BY_SIDE if m.name in only and (m.huge or mails < HUGE)]
    if not chosen:
        return
    sys.stderr.write(f"{mails:,} mails\n")
    with pair(mails) as both:
        for measure in chosen:
            yield compared(measure, both.ours, both.direct, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME")
    parser.add_argument("--mails", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[Row] = []
    for count in options.mails:
        rows += corpus_rows(count, options.rounds, options.only)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([row.facts() for row in rows], indent=1))


if __name__ == "__main__":
    main()
