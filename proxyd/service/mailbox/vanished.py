"""Which UIDs left a view lately, for clients that come back (RFC 7162 §3.2.5, "VANISHED").

Knows numbers only. Invariants: everything that left after ``floor`` stands in the log; the log
never holds more than ``REMEMBERED`` UIDs, because what it has forgotten can always be told from
what is there ("as if all", RFC 7162 §3.2.5.1).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Ranges = list[tuple[int, int]]  # inclusive, ascending and disjoint

# 16 octets each, so at most 128 KB a view: a team's departures of some weeks. The oldest half goes
# at once, so that the price of forgetting is a constant for each UID.
REMEMBERED = 8_192


class VanishedUids:
    __slots__ = ("_modseqs", "_uids", "floor")

    def __init__(self, floor: int) -> None:
        self.floor = floor  # a mod-sequence
        self._modseqs: array[int] = array("q")  # ascending, beside the UIDs
        self._uids: array[int] = array("q")

    def note(self, modseq: int, uids: Sequence[int]) -> None:
        """``modseq`` is greater than at every call before."""
        if len(uids) > REMEMBERED // 2:  # a folder emptied: what is there tells it shorter
            self._forget(len(self._uids))
            self.floor = modseq
            return
        self._modseqs.extend([modseq] * len(uids))
        self._uids.extend(uids)
        if len(self._uids) > REMEMBERED:
            self._forget(len(self._uids) - REMEMBERED // 2)

    def _forget(self, count: int) -> None:
        if count:
            self.floor = self._modseqs[count - 1]
            del self._modseqs[:count], self._uids[:count]

    def since(self, modseq: int) -> Ranges | None:
        """None where it is not remembered any more."""
        if modseq < self.floor:
            return None
        return ranges_of(sorted(self._uids[bisect_right(self._modseqs, modseq) :]))


def ranges_of(uids: Iterable[int]) -> Ranges:
    """``uids`` ascend."""
    found: Ranges = []
    for uid in uids:
        if found and found[-1][1] == uid - 1:
            found[-1] = found[-1][0], uid
        else:
            found.append((uid, uid))
    return found


def absent(uids: Iterable[int], uidnext: int) -> Ranges:
    """Everything below ``uidnext`` that is not among ``uids``, which ascend."""
    return list(_gaps(uids, uidnext))


def _gaps(uids: Iterable[int], uidnext: int) -> Iterator[tuple[int, int]]:
    free = 1
    for uid in uids:
        if free < uid:
            yield free, uid - 1
        free = uid + 1
    if free < uidnext:
        yield free, uidnext - 1
