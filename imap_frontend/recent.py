r"""Which mails have ``\Recent`` for one client (RFC 3501 §2.3.2; gone since RFC 9051, Appendix E).

Ranges of UIDs, disjoint and ascending. What was recent once stays so while the view is selected, so
that only additions at the end happen; a mail that leaves needs no care, because its UID never comes
again. Bounded: 8 octets a range, of which no more come than arrivals.

Knows nothing of sequence numbers: who asks brings the UIDs the client counts.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set

from proxyd.service.api.open_view import OpenView

Ranges = tuple[tuple[int, int], ...]


class RecentMarks:
    """``enabled`` is the connection's, and grows: with IMAP4REV2 nothing is recent."""

    def __init__(self, enabled: Set[str] = frozenset()) -> None:
        self._enabled = enabled
        self._opened: OpenView | None = None
        self._lows = array("I")
        self._highs = array("I")
        self._told = 0  # how many, as the client heard last

    def attach(self, opened: OpenView, uids: Sequence[int]) -> None:
        """Begin; SELECT and EXAMINE tell how many there are."""
        self._opened = opened
        self.take(uids[-1] if uids else 0)
        self._told = self.count(uids)

    def take(self, last: int) -> None:
        """The client is told of all up to this UID now; recent is what no other was told of."""
        if self._opened is None or "IMAP4REV2" in self._enabled:
            return
        low = self._opened.recent_from
        if low > last:
            return
        self._opened.recent_told(last)
        if self._highs and low <= self._highs[-1] + 1:
            self._highs[-1] = last
        else:
            self._lows.append(low)
            self._highs.append(last)

    @property
    def ranges(self) -> Ranges:
        """Of UIDs; those of mails that have gone may be among them."""
        if "IMAP4REV2" in self._enabled:
            return ()
        return tuple(zip(self._lows, self._highs, strict=True))

    def has(self, uid: int) -> bool:
        at = bisect_right(self._lows, uid) - 1
        return at >= 0 and uid <= self._highs[at] and "IMAP4REV2" not in self._enabled

    def awaited(self, arrived: Iterable[int]) -> int:
        """How many of these, which the client is not told of yet, would be recent."""
        if self._opened is None or "IMAP4REV2" in self._enabled:
            return 0
        low = self._opened.recent_from
        return sum(uid >= low for uid in arrived)

    def count(self, uids: Sequence[int]) -> int:
        return sum(map(len, self._spans(uids)))

    def maybe_line(self, uids: Sequence[int]) -> str:
        """RFC 3501 §7.3.2: where the number is another one."""
        count = self.count(uids)
        if count == self._told:
            return ""
        self._told = count
        return f"* {count} RECENT\r\n"

    def parts(self, uids: Sequence[int], span: range) -> list[tuple[range, bool]]:
        """``span`` of the indexes of ``uids`` in parts that are recent, or are not."""
        if not self._highs or not span or self._highs[-1] < uids[span.start]:
            return [(span, False)]
        parts: list[tuple[range, bool]] = []
        start = span.start
        for found in self._spans(uids):
            low, high = max(found.start, start), min(found.stop, span.stop)
            if low < high:
                parts += [(range(start, low), False), (range(low, high), True)]
                start = high
        return [part for part in (*parts, (range(start, span.stop), False)) if part[0]]

    def _spans(self, uids: Sequence[int]) -> Iterator[range]:
        """Where in ``uids``, which ascend, the recent ones stand."""
        for low, high in self.ranges:
            span = range(bisect_left(uids, low), bisect_right(uids, high))
            if span:
                yield span
