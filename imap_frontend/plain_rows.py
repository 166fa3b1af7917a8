"""A batch of FETCH rows in which all values are in memory, made in one loop.

For the headers of a whole folder: no look-ups per row. Where anything is not as
plain (a value too big for memory, a message that has gone, ``\\Recent``) it says so, and has told
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from imap_frontend.numbers import runs
from imap_frontend.row_template import Columns
from imap_frontend.told_rows import blockwise
from imap_frontend.view import ClientView
from proxyd.service.api.reading import FetchedRow

# A row is these, in order: a template of what is known here, or label and name of an answer, and
# after how many of its octets it is cut (None: not at all).
Item = str | tuple[bytes, bytes, int | None]

_PLACE = re.compile(r"\{(\d)\}")

Column = Sequence[object]


class PlainRows:
    """Of one FETCH in which nothing is asked that differs from person to person but flags."""

    def __init__(
        self, view: ClientView, head: str, items: Sequence[Item], *, tells_flags: bool
    ) -> None:
        self._view = view
        self._tells_flags = tells_flags
        self._names = [item[1] for item in items if not isinstance(item, str)]
        words: list[bytes] = []
        self._places: list[int | None] = [int(place) for place in _PLACE.findall(head)]
        for item in items:
            if isinstance(item, str):
                words.append(_PLACE.sub("%b", item).encode("ascii"))
                self._places += map(int, _PLACE.findall(item))
            else:
                words.append(item[0].replace(b"%", b"%%") + b"%b")
                self._places.append(None)  # the next answer
        start = _PLACE.sub("%b", head).encode("ascii")
        self._pattern = start + b" (" + b" ".join(words) + b")\r\n"

    def lines(
        self, rows: Sequence[FetchedRow], names: Mapping[bytes, bytes]
    ) -> Iterator[bytes] | None:
        """``names``: how the answers are called in these rows. None: it takes another way.

        One line for each row, made when it is taken; all of them count as told.
        """
        answers = self._answers(rows, names)
        parts = None if answers is None else self._known([row.uid for row in rows])
        if answers is None or parts is None:
            return None
        flags = {one for part in parts for one in part.flags}
        texts = {one: self._view.flags.text(one).encode("ascii") for one in flags}
        columns: list[Column] = [
            [b"%d" % number for part in parts for number in part.numbers],
            [b"%d" % row.uid for row in rows],
            [texts[one] for part in parts for one in part.flags],
            [b"%d" % size for part in parts for size in part.sizes],
            [date.encode("ascii") for part in parts for date in part.dates],
        ]
        rest = iter(answers)
        chosen = [next(rest) if at is None else columns[at] for at in self._places]
        for part in parts:
            self._view.tell_rows(part, flags=self._tells_flags, modseqs=False)
        pattern = self._pattern
        return (pattern % row for row in zip(*chosen, strict=True))

    def _answers(
        self, rows: Sequence[FetchedRow], names: Mapping[bytes, bytes]
    ) -> list[list[bytes]] | None:
        """A column for each answer; None where a row has not all of them in memory."""
        columns: list[list[bytes]] = []
        for wanted in self._names:
            name = names.get(wanted, b"")
            found = [row.values.get(name) for row in rows]
            plain = [value for value in found if isinstance(value, bytes)]
            if len(plain) < len(rows):
                return None
            columns.append(plain)
        return columns

    def _known(self, uids: Sequence[int]) -> list[Columns] | None:
        """Of these, which ascend; None where one has gone, or is recent."""
        view = self._view
        indexes = list(view.indexes(uids))
        if len(indexes) < len(uids):
            return None
        parts = [view.rows(part) for part in blockwise(runs(indexes))]
        if sum(map(len, parts)) < len(uids):
            return None
        is_recent = any(recent for _, recent in view.recent.parts(uids, range(len(uids))))
        return None if is_recent else parts
