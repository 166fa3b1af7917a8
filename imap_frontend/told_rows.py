"""The rows of one client's view as they are, and what of each the client was told last.

Rows come as columns, a block of the service at a time (``api.Block``), because a client asks for
10,000 of them at once. Invariants:

- a block serves where its rows stand under the client's sequence numbers: the same UIDs at both
  ends, and as many between. What the client counts and is gone is never in a block, and what it
  does not count yet has a greater UID, so that nothing else can be between. Elsewhere, and where
  they are few, each message is looked up;
- what was told is noted when the caller asks for it to be told, and shared with other sessions that
  were told the same (``Column``);
- ``_believed`` is the greatest mod-sequence that was told.

What changed meanwhile, and when a client may hear of it, is ``ClientView``'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import TypeVar

from imap_frontend.column import Column
from imap_frontend.flag_texts import Flags, FlagTexts
from imap_frontend.numbers import Numbers, runs
from imap_frontend.recent import RecentMarks
from imap_frontend.row_template import Columns
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.rows import BLOCK_ROWS, Block, Marks, MessageFacts

V = TypeVar("V")

# A block that nobody has asked for yet costs as much as looking up so many rows.
FEW_ROWS = 100


def blockwise(spans: Iterable[range]) -> Iterator[range]:
    """The same indexes, cut where blocks begin."""
    for span in spans:
        start = span.start
        while start < span.stop:
            stop = min(span.stop, (start // BLOCK_ROWS + 1) * BLOCK_ROWS)
            yield range(start, stop)
            start = stop


class ToldRows(Numbers):
    """The base of ``ClientView``. ``enabled`` is the connection's, and grows."""

    opened: OpenView

    def __init__(self, enabled: Set[str]) -> None:
        super().__init__()
        self._enabled = enabled
        self._told: Column[Flags] = Column(0)
        self._modseqs: Column[int] | None = None
        self._believed = 0  # what the client takes for the highest mod-sequence
        self.recent = RecentMarks(enabled)
        self.flags = FlagTexts()

    def attach_rows(self, opened: OpenView) -> None:
        self.opened = opened
        self._uids = opened.uids()
        self._told = Column(len(self._uids))
        self.flags = FlagTexts(opened.keywords)
        self.recent.attach(opened, self._uids)

    # ------------------------------------------------------------ reading

    def block_at(self, span: range) -> Block | None:
        """The block with the rows of ``span``, which does not reach into another one."""
        block = self.opened.block(span.start // BLOCK_ROWS)
        first, last = span.start % BLOCK_ROWS, (span.stop - 1) % BLOCK_ROWS
        if last >= len(block.uids) or block.uids[first] != self._uids[span.start]:
            return None
        return block if block.uids[last] == self._uids[span.stop - 1] else None

    def rows(self, span: range, *, modseqs: bool = False, marks: bool = False) -> Columns:
        """What is still there of ``span``, which does not reach into another block."""
        block = self.block_at(span) if len(span) >= FEW_ROWS else None
        uids: Sequence[int] = self._uids[span.start : span.stop]
        if block is None:
            return self._rows_one_by_one(span, uids, marks=marks)
        number, first = divmod(span.start, BLOCK_ROWS)
        rows = Columns(
            range(number * BLOCK_ROWS + 1, number * BLOCK_ROWS + len(block.uids) + 1),
            block.uids,
            block.flags,
            block.sizes,
            block.dates,
            self.opened.modseqs(number) if modseqs else (),
            whole=block,
        )
        if len(span) < len(block.uids):
            rows = rows.cut(first, first + len(span))
        if marks:
            rows = replace(rows, marks=[one for one in map(self.opened.marks, uids) if one])
        return rows

    def _rows_one_by_one(self, span: range, uids: Sequence[int], *, marks: bool) -> Columns:
        opened = self.opened
        known = [(index, uid, opened.facts(uid)) for index, uid in zip(span, uids, strict=True)]
        there = [(index, uid, facts) for index, uid, facts in known if facts is not None]
        return Columns(
            [index + 1 for index, _, _ in there],
            [uid for _, uid, _ in there],
            [facts.flags for _, _, facts in there],
            [facts.size for _, _, facts in there],
            [facts.internal_date for _, _, facts in there],
            [opened.modseq(uid) for _, uid, _ in there],
            [one for _, uid, _ in there if (one := opened.marks(uid))] if marks else (),
        )

    def changed_since(self, spans: Iterable[range], modseq: int) -> list[range]:
        """The part of ``spans`` that has a greater mod-sequence."""
        return runs(
            number - 1
            for part in blockwise(spans)
            for number, mine in self._numbered_modseqs(part)
            if mine > modseq
        )

    def _numbered_modseqs(self, span: range) -> Iterator[tuple[int, int]]:
        rows = self.rows(span, modseqs=True)
        return zip(rows.numbers, rows.modseqs, strict=True)

    def first_unseen(self, within: int) -> int | None:
        """The sequence number of the first unread mail among the first so many."""
        for part in blockwise([range(min(self.count, within))]):
            rows = self.rows(part)
            # A block knows what flags it has, and a sequence finds the first of a kind by itself:
            # no loop of ours over a thousand rows at each SELECT.
            kinds = set(rows.flags) if rows.whole is None else rows.whole.counted
            unseen = [rows.flags.index(flags) for flags in kinds if "\\Seen" not in flags]
            if unseen:
                return rows.numbers[min(unseen)]
        return None

    # ------------------------------------------------------------ telling

    def tell_rows(self, rows: Columns, *, flags: bool, modseqs: bool) -> None:
        """The caller sends these of them now."""
        if flags:
            _put(self._told, rows.numbers, rows.flags)
        if modseqs and rows.modseqs:
            assert self._modseqs is not None, "whoever asks for MODSEQ has enabled CONDSTORE"
            _put(self._modseqs, rows.numbers, rows.modseqs)
            self._believed = max(self._believed, *rows.modseqs)

    def tell_flags(self, index: int, flags: Flags) -> str:
        """The text, which the caller now sends."""
        self._told[index] = flags
        is_recent = self.recent.has(self._uids[index])
        return self.flags.recent_text(flags) if is_recent else self.flags.text(flags)

    def assume_flags(self, uid: int, flags: Flags) -> None:
        """The client knows these without being told (STORE … .SILENT)."""
        index = self.index(uid)
        if index is not None:
            self._told[index] = flags

    def marks_told(self, uid: int, *, tells_modseq: bool) -> Marks | None:
        """Of a row that is about to be written; None when the message has gone."""
        marks = self.opened.marks(uid)
        if marks is not None and tells_modseq:
            self._tell_modseq(uid, marks.modseq)
        return marks

    def _tell_modseq(self, uid: int, modseq: int) -> None:
        index = self.index(uid)
        if self._modseqs is not None and index is not None:
            self._modseqs[index] = modseq
            self._believed = max(self._believed, modseq)

    def facts_at(self, uid: int) -> tuple[int, MessageFacts] | None:
        """The index and what is known; None where the client or the view does not have it."""
        index, facts = self.index(uid), self.opened.facts(uid)
        return None if index is None or facts is None else (index, facts)


def _put(column: Column[V], numbers: Sequence[int], values: Sequence[V]) -> None:
    if numbers and numbers[-1] - numbers[0] + 1 == len(numbers):
        column.put(numbers[0] - 1, values)
        return
    for number, value in zip(numbers, values, strict=True):
        column[number - 1] = value
