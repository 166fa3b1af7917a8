"""Sequence numbers of one client's view: which UID stands where *for this client*.

Pure bookkeeping of a sorted array of UIDs. An *index* is the sequence number less one. Knows
nothing of flags, of what was told when, or of the wire beyond sets of numbers.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from imap_frontend.replies import wrong
from proxyd.imapwire.numset import STAR, NumSet, SavedResult

Ranges = tuple[tuple[int, int], ...]


class Numbers:
    """The base of ``ClientView``, which alone changes ``_uids``."""

    def __init__(self) -> None:
        self._uids: Sequence[int] = array("I")  # may be others' too
        self.saved = array("I")  # UIDs that "$" stands for (RFC 5182 §2.1), ascending

    @property
    def count(self) -> int:
        return len(self._uids)

    @property
    def last(self) -> int:
        """The greatest UID, 0 in an empty view."""
        return self._uids[-1] if self._uids else 0

    def index(self, uid: int) -> int | None:
        index = bisect_left(self._uids, uid)
        return index if index < len(self._uids) and self._uids[index] == uid else None

    def indexes(self, uids: Iterable[int]) -> Iterator[int]:
        """Of ascending UIDs those that are there."""
        mine, at = self._uids, 0
        for uid in uids:
            at = bisect_left(mine, uid, at)
            if at < len(mine) and mine[at] == uid:
                yield at

    def resolve(self, numbers: NumSet | SavedResult, *, uid: bool) -> list[range]:
        """Ranges of indexes, ascending and disjoint.

        UIDs that are not there are nobody's business (RFC 9051 §6.4.9), and neither is what went
        out of "$"; a sequence number that is not there is an error of the client, except "*" in an
        empty view.
        """
        if isinstance(numbers, SavedResult):
            return runs(index for index in map(self.index, self.saved) if index is not None)
        if uid:
            return list(self._uid_spans(numbers))
        if not self._uids and any(STAR in pair for pair in numbers.ranges):
            return []
        spans = numbers.resolve(self.count)
        if spans and spans[-1][1] > self.count:
            raise wrong("no-such-number")
        return [range(low - 1, high) for low, high in spans]

    def _uid_spans(self, numbers: NumSet) -> Iterator[range]:
        for low, high in numbers.resolve(self.last):
            span = range(bisect_left(self._uids, low), bisect_right(self._uids, high))
            if span:
                yield span

    def uid_ranges(self, numbers: NumSet | SavedResult, *, uid: bool) -> Ranges:
        """The same as ranges of UIDs, for criteria: what does not exist matches nothing."""
        if isinstance(numbers, SavedResult):
            spans = self.resolve(numbers, uid=uid)
            return tuple((self._uids[span.start], self._uids[span.stop - 1]) for span in spans)
        if uid:
            return tuple(numbers.resolve(self.last))
        there = (
            (low, min(high, self.count))
            for low, high in numbers.resolve(self.count)
            if low <= self.count
        )
        return tuple((self._uids[low - 1], self._uids[high - 1]) for low, high in there)

    def uids_at(self, spans: Iterable[range]) -> list[int]:
        uids: list[int] = []
        for span in spans:
            uids.extend(self._uids[span.start : span.stop])
        return uids

    def uids_between(self, low: int, high: int) -> Sequence[int]:
        return self._uids[bisect_left(self._uids, low) : bisect_right(self._uids, high)]

    def numbers_of(self, uids: Iterable[int], *, uid: bool) -> list[int]:
        """How the client calls these of its view, in their order; what has arrived and it has not
        heard of is left out.
        """
        mine, last = self._uids, self.last
        if uid:
            return [one for one in uids if one <= last]
        return [bisect_left(mine, one) + 1 for one in uids if one <= last]

    def save(self, uids: Sequence[int]) -> None:
        self.saved = array("I", sorted(uids))


def runs(indexes: Iterable[int]) -> list[range]:
    """Ascending indexes as ranges."""
    spans: list[range] = []
    start = stop = -1
    for index in indexes:
        if index != stop:
            if stop > start:
                spans.append(range(start, stop))
            start = index
        stop = index + 1
    if stop > start:
        spans.append(range(start, stop))
    return spans
