"""The FETCH response of a row that needs no provider, as a pattern for many rows at once.

What a client asks for is looked at once; then one loop of formatting makes the lines of a whole
block. Knows nothing of views, and of what was told to whom.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imap_frontend.fetch_items import TEMPLATES, save_date
from imap_frontend.flag_texts import Flags
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.service.api.rows import Block, Marks

_PLACE = re.compile(r"\{(\d)\}")


# Places of a row's template, as in fetch_items.py, from which on they are looked up one by one.
_MODSEQ, _MARKS = 5, 6


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows, one column for each place in a template."""

    numbers: Sequence[int]
    uids: Sequence[int]
    flags: Sequence[Flags]
    sizes: Sequence[int]
    dates: Sequence[str]
    modseqs: Sequence[int] = ()
    marks: Sequence[Marks] = ()
    whole: Block | None = None  # these are exactly its rows

    def __len__(self) -> int:
        return len(self.uids)

    def cut(self, start: int, stop: int) -> Columns:
        part = slice(start, stop)
        return Columns(
            self.numbers[part],
            self.uids[part],
            self.flags[part],
            self.sizes[part],
            self.dates[part],
            self.modseqs[part],
            self.marks[part],
        )


@dataclass(frozen=True, slots=True)
class RowTemplate:
    pattern: str  # with "%s" for each of
    places: tuple[int, ...]

    @classmethod
    def of(cls, head: str, attributes: Sequence[FetchAttribute]) -> RowTemplate:
        items = " ".join(TEMPLATES[attribute.name] for attribute in attributes)
        line = f"{head} ({items})\r\n"
        return cls(_PLACE.sub("%s", line), tuple(map(int, _PLACE.findall(line))))

    @property
    def has_modseqs(self) -> bool:
        return _MODSEQ in self.places

    @property
    def is_personal(self) -> bool:
        """Rows of a block differ from person to person."""
        return self.has_modseqs or self.has_marks

    @property
    def has_marks(self) -> bool:
        return any(place >= _MARKS for place in self.places)

    def lines(self, rows: Columns, text_of: Callable[[Flags], str]) -> bytes:
        """The hottest loop of the door: 10,000 rows at each start of each Thunderbird."""
        texts = {flags: text_of(flags) for flags in set(rows.flags)}
        known: tuple[Sequence[object], ...] = (
            rows.numbers,
            rows.uids,
            list(map(texts.__getitem__, rows.flags)),
            rows.sizes,
            rows.dates,
            rows.modseqs,
            [marks.email_id for marks in rows.marks],
            [marks.thread_id for marks in rows.marks],
            [save_date(marks.saved_us) for marks in rows.marks],
        )
        pattern = self.pattern
        found = zip(*(known[place] for place in self.places), strict=True)
        return "".join([pattern % row for row in found]).encode("ascii")
