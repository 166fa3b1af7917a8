"""Tables for a spreadsheet, on standard output."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence

from proxyd.domain.spreadsheet import MARK, harmless


def say_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """RFC 4180, in UTF-8; None is an empty cell."""
    sys.stdout.write(MARK)
    writer = csv.writer(sys.stdout)
    writer.writerow(heads)
    writer.writerows([harmless(value) for value in row] for row in rows)
