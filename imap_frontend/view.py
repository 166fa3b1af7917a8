r"""What one client was told about its selected view; the only place that turns truth into telling.

The truth is the OpenView. This side keeps which UID stands at which sequence number *for this
client*, and notes what changed since. Invariants:

- Sequence numbers change only in ``flush`` (and ``attach``): between two flushes the client and
  this object agree on every number, whatever happens to the view meanwhile (RFC 9051 §7.5.1).
- Notes are sets of UIDs, so that they are bounded by the view's size however long a client is slow;
  what arrives and goes between two flushes is never told.
- Per message a hash of the flags last told is kept, not the flags: 12 octets a message.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress

from imap_frontend.replies import wrong
from proxyd.domain.keywords import can_be_told
from proxyd.imapwire.encode import flag_list
from proxyd.imapwire.flags import SYSTEM_FLAGS
from proxyd.imapwire.numset import STAR, NumSet
from proxyd.service.api import Facts, OpenView

# Flag combinations of a view are few; more than this is somebody playing, and costs a re-encoding.
FLAG_TEXTS_MAX = 4096
# Keywords that may come up while a view is open; each makes for a new FLAGS line.
KEYWORDS_GROWTH_MAX = 100
# Sentences waiting to be shown; more would not be read.
ALERTS_MAX = 5
UNTOLD = 0  # the hash of flags the client was never told

Flags = tuple[str, ...]
Alert = tuple[str, Mapping[str, str]]


class ClientView:
    """Implements ``api.Observer``."""

    opened: OpenView

    def __init__(self, poke: Callable[[], None]) -> None:
        self._poke = poke
        self._uids = array("I")
        self._told = array("q")
        self._arrived: dict[int, None] = {}
        self._gone: set[int] = set()
        self._changed: set[int] = set()
        self._forced: set[int] = set()
        self._texts: dict[Flags, str] = {}
        self._keywords: dict[str, None] = {}
        self._keywords_grew = False
        self._keywords_most = 0
        self.alerts: list[Alert] = []
        self.is_lost = False

    def attach(self, opened: OpenView) -> None:
        """Begin with the view as it is now; what was noted before is part of that."""
        self.opened = opened
        self._uids = array("I", opened.uids())
        self._told = array("q", bytes(8 * len(self._uids)))
        self._arrived.clear()
        self._gone.clear()
        self._changed.clear()
        self._keywords = dict.fromkeys(opened.keywords)
        self._keywords_most = len(self._keywords) + KEYWORDS_GROWTH_MAX

    # ------------------------------------------------------------ noting (api.Observer)

    def arrived(self, uids: Sequence[int]) -> None:
        last = self._uids[-1] if self._uids else 0
        self._arrived.update((uid, None) for uid in uids if uid > last)
        self._poke()

    def gone(self, uids: Sequence[int]) -> None:
        for uid in uids:
            if uid in self._arrived:
                del self._arrived[uid]
            elif self.index(uid) is not None:
                self._gone.add(uid)
        self._poke()

    def changed(self, uids: Sequence[int]) -> None:
        self._changed.update(uid for uid in uids if self.index(uid) is not None)
        self._poke()

    def alert(self, key: str, facts: Mapping[str, str]) -> None:
        if (key, facts) not in self.alerts and len(self.alerts) < ALERTS_MAX:
            self.alerts.append((key, facts))

    def lost(self) -> None:
        self.is_lost = True
        self._poke()

    # ------------------------------------------------------------ numbers

    @property
    def count(self) -> int:
        return len(self._uids)

    @property
    def keywords(self) -> tuple[str, ...]:
        return tuple(self._keywords)

    def index(self, uid: int) -> int | None:
        """The sequence number less one."""
        index = bisect_left(self._uids, uid)
        return index if index < len(self._uids) and self._uids[index] == uid else None

    def resolve(self, numbers: NumSet, *, uid: bool) -> list[range]:
        """Ranges of indexes, ascending and disjoint.

        UIDs that are not there are nobody's business (RFC 9051 §6.4.9); a sequence number that is
        not there is an error of the client, except "*" in an empty view.
        """
        if uid:
            return list(self._uid_spans(numbers))
        if not self._uids and any(STAR in pair for pair in numbers.ranges):
            return []
        spans = numbers.resolve(self.count)
        if spans and spans[-1][1] > self.count:
            raise wrong("no-such-number")
        return [range(low - 1, high) for low, high in spans]

    def _uid_spans(self, numbers: NumSet) -> Iterator[range]:
        for low, high in numbers.resolve(self._uids[-1] if self._uids else 0):
            span = range(bisect_left(self._uids, low), bisect_right(self._uids, high))
            if span:
                yield span

    def uid_ranges(self, numbers: NumSet, *, uid: bool) -> tuple[tuple[int, int], ...]:
        """The same as ranges of UIDs, for criteria: what does not exist matches nothing."""
        if uid:
            return tuple(numbers.resolve(self._uids[-1] if self._uids else 0))
        spans = (
            (low, min(high, self.count))
            for low, high in numbers.resolve(self.count)
            if low <= self.count
        )
        return tuple((self._uids[low - 1], self._uids[high - 1]) for low, high in spans)

    def uids_at(self, spans: Iterable[range]) -> list[int]:
        uids: list[int] = []
        for span in spans:
            uids.extend(self._uids[span.start : span.stop])
        return uids

    def any_gone(self, uids: Iterable[int]) -> bool:
        """Has one of these left the view, of which the client has not heard?"""
        return not self._gone.isdisjoint(uids)

    def rows_at(self, span: range) -> Iterator[tuple[int, int]]:
        """(sequence number, UID) of one span."""
        return enumerate(self._uids[span.start : span.stop], span.start + 1)

    # ------------------------------------------------------------ flags

    def flag_text(self, flags: Flags) -> str:
        """``(\\Seen $x)``, remembered, because views have few different combinations."""
        text = self._texts.get(flags)
        if text is None:
            for flag in flags:
                if flag not in self._keywords and self._has_room_for(flag):
                    self._keywords[flag] = None
                    self._keywords_grew = True
            if len(self._texts) >= FLAG_TEXTS_MAX:
                self._texts.clear()
            text = self._texts[flags] = flag_list(flags).decode("ascii")
        return text

    def _has_room_for(self, flag: str) -> bool:
        """In the FLAGS line: what has none is still told with its message."""
        told = flag not in SYSTEM_FLAGS and can_be_told(flag)
        return told and len(self._keywords) < self._keywords_most

    def rows_with_facts(
        self, span: range, *, tells_flags: bool
    ) -> Iterator[tuple[int, int, str, Facts]]:
        """(sequence number, UID, flags as text, facts) of what is still there.

        One loop without calls into this object, because it runs 10,000 times for one FETCH.
        """
        facts_of, texts, told = self.opened.facts, self._texts, self._told
        for index, uid in enumerate(self._uids[span.start : span.stop], span.start):
            facts = facts_of(uid)
            if facts is None:
                continue
            flags = facts.flags
            text = texts.get(flags) or self.flag_text(flags)
            if tells_flags:
                told[index] = hash(flags)
            yield index + 1, uid, text, facts

    def tell_flags(self, index: int, flags: Flags) -> str:
        """The text, which the caller now sends."""
        self._told[index] = hash(flags)
        return self.flag_text(flags)

    def assume_flags(self, uid: int, flags: Flags) -> None:
        """The client knows these without being told (STORE … .SILENT)."""
        index = self.index(uid)
        if index is not None:
            self._told[index] = hash(flags)

    def owes_flags(self, uid: int) -> bool:
        """Is there a change of which the client has not heard?"""
        index, facts = self.index(uid), self.opened.facts(uid)
        if uid not in self._changed or index is None or facts is None:
            return False
        return self._told[index] != hash(facts.flags)

    def force(self, uids: Iterable[int]) -> None:
        """Tell the flags of these at the next flush, changed or not."""
        self._forced.update(uids)

    def new_keywords(self) -> bytes:
        """A fresh FLAGS response where a keyword came up that was not in the last one.

        RFC 9051 §7.3.5: clients take the list as what may appear.
        """
        if not self._keywords_grew:
            return b""
        self._keywords_grew = False
        return b"* FLAGS " + flag_list((*SYSTEM_FLAGS, *self._keywords)) + b"\r\n"

    # ------------------------------------------------------------ telling

    def flush(self, *, expunge: bool) -> bytes:
        """All the client has not heard; EXPUNGE only where the caller knows it is allowed."""
        lines: list[str] = []
        if expunge and self._gone:
            lines += self._expunge()
        if self._arrived:
            self._uids.extend(self._arrived)
            self._told.extend([UNTOLD] * len(self._arrived))
            self._arrived.clear()
            lines.append(f"* {len(self._uids)} EXISTS\r\n")
        if self._changed or self._forced:
            lines += self._changed_flags()
        return self.new_keywords() + "".join(lines).encode("ascii")

    def _expunge(self) -> list[str]:
        """Descending, so that no line shifts the number of the next one."""
        found = (self.index(uid) for uid in self._gone)
        leaving = sorted((index for index in found if index is not None), reverse=True)
        keep = bytearray(b"\x01") * len(self._uids)
        for index in leaving:
            keep[index] = 0
        self._uids = array("I", compress(self._uids, keep))
        self._told = array("q", compress(self._told, keep))
        self._gone.clear()
        return [f"* {index + 1} EXPUNGE\r\n" for index in leaving]

    def _changed_flags(self) -> list[str]:
        lines: list[str] = []
        for uid in sorted(self._changed | self._forced):
            index, facts = self.index(uid), self.opened.facts(uid)
            if index is None or facts is None:
                continue
            if uid in self._forced or self._told[index] != hash(facts.flags):
                text = self.tell_flags(index, facts.flags)
                lines.append(f"* {index + 1} FETCH (UID {uid} FLAGS {text})\r\n")
        self._changed.clear()
        self._forced.clear()
        return lines
