"""``make bench``: proxyd beside a direct connection to the same Dovecot, as ratios in one run.

Prints Markdown tables of medians with quartiles and ratios (ours/direct); progress goes to standard
error. A run of everything, or ``--write``, puts tables and chart into the documentation.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from tests.bench.changing import CHANGING
from tests.bench.chart import chart
from tests.bench.crowds import CROWD_NAMES, crowd_measures, crowd_row
from tests.bench.far import FAR, far_rows
from tests.bench.idling import idling_rows
from tests.bench.machine import described
from tests.bench.measure import Measure, compared
from tests.bench.reading import HEADERS, READING
from tests.bench.report import Section, page, tables
from tests.bench.result import Row
from tests.bench.sides import Side, pair
from tests.bench.submission import submission_rows

__all__ = ["HEADERS", "Side"]

SIZES = [1000, 10_000, 100_000]
HUGE = 50_000  # mails from which on only the rows run whose growth is of interest
HUGE_ROUNDS = 5
FILES = 8192  # open at once: 500 clients, their servers' ends, and what else there is
SIDE_BY_SIDE: tuple[Measure, ...] = (*READING, *CHANGING)
FAR_NAMES = tuple(measure.name for measure in FAR)
NAMES = (
    *(measure.name for measure in SIDE_BY_SIDE),
    *CROWD_NAMES,
    "idlers",
    *FAR_NAMES,
    "submit",
    "crowd",
)
DOCUMENTS = Path(__file__).parent.parent.parent / "docs"


def corpus_rows(mails: int, rounds: int, only: Sequence[str], *, crowds: bool) -> Iterator[Row]:
    """One client against a mailbox of this size; ``crowds``: and many clients, too."""
    chosen = [m for m in SIDE_BY_SIDE if m.name in only and (m.huge or mails < HUGE)]
    many = [name for name in CROWD_NAMES if name in only and crowds]
    if not chosen and not many:
        return
    sys.stderr.write(f"{mails:,} mails\n")
    rounds = min(rounds, HUGE_ROUNDS) if mails >= HUGE else rounds
    with pair(mails) as both:
        chosen += [m for m in crowd_measures(both) if m.name in many]
        for measure in chosen:
            yield compared(measure, both.ours, both.direct, rounds)


def idlers(mails: int) -> Iterator[Row]:
    with pair(mails) as both:
        yield from idling_rows(both)


def sections(sizes: Sequence[int], rounds: int, only: Sequence[str]) -> Iterator[Section]:
    usual = [size for size in sizes if size < HUGE] or list(sizes)
    for mails in sizes:
        rows = corpus_rows(mails, rounds, only, crowds=mails == max(usual))
        yield taken(f"A mailbox of {mails:,} mails", rows)
    far = tuple(measure for measure in FAR if measure.name in only)
    apart: list[tuple[str, bool, Callable[[], Iterable[Row]]]] = [
        (f"A line to the provider: 40 ms, 20 Mbit/s; {max(usual):,} mails", bool(far),
         lambda: far_rows(max(usual), rounds, far)),
        (f"500 clients that idle; {min(usual):,} mails", "idlers" in only,
         lambda: idlers(min(usual))),
        ("More clients than the provider allows", "crowd" in only, lambda: [crowd_row()]),
        ("Sending", "submit" in only, lambda: submission_rows(rounds)),
    ]  # fmt: skip
    for title, wanted, rows_of in apart:
        if wanted:
            sys.stderr.write(f"{title}\n")
            yield taken(title, rows_of())


def taken(title: str, rows: Iterable[Row]) -> Section:
    """All rows, or those before the one that failed: ten minutes are not lost for one."""
    done: list[Row] = []
    try:
        done.extend(rows)
    except (AssertionError, OSError, RuntimeError):
        traceback.print_exc()
        return Section(title, done, complete=False)
    return Section(title, done)


def written(done: Sequence[Section], rounds: int) -> None:
    """Into the documentation, between the two marks, and the chart beside it."""
    document = DOCUMENTS / "benchmarks.md"
    document.write_text(page(document.read_text("utf-8"), done, described(rounds)), "utf-8")
    # Each kind of work once, with the largest of the usual mailboxes.
    rows = {
        row.work: row
        for section in done
        for row in section.rows
        if row.goal is not None and row.mails < HUGE
    }
    title = "proxyd beside a direct connection: how many times as fast (or as small)"
    (DOCUMENTS / "images" / "benchmarks.svg").write_text(chart(list(rows.values()), title), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES)
    )
    parser.add_argument("--mails", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--write", action="store_true", help="into docs/, also if not everything")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    every = list(sections(options.mails, options.rounds, options.only))
    done = [section for section in every if section.rows]
    print(tables(done))
    if options.json:
        rows = [row.facts() for section in done for row in section.rows]
        options.json.write_text(json.dumps(rows, indent=1))
    if not all(section.complete for section in every):
        sys.exit("not everything could be measured: see above")
    if options.write or (options.only == NAMES and options.mails == SIZES):
        written(done, options.rounds)


if __name__ == "__main__":
    main()
