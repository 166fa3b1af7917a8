r"""What one client was told about its selected view; the only place that turns truth into telling.

The truth is the OpenView. This side keeps which UID stands at which sequence number *for this
client* (``Numbers``), and notes what changed since. Invariants:

- Sequence numbers change only in ``flush`` (and ``attach``): between two flushes the client and
  this object agree on every number, whatever happens to the view meanwhile (RFC 9051 §7.5.1).
- Notes are sets of UIDs, so that they are bounded by the view's size however long a client is slow;
  what arrives and goes between two flushes is never told.
- UIDs and what was told of each row are shared with other sessions that were told the same, and
  are this session's own only where it differs: what an idle client costs does not grow with the
  folder.
- A client never believes a mod-sequence above that of a change it has not heard of, be it a removal
  that waits or flags nobody asked for (RFC 7162 §3.2): ``maybe_highest`` takes it back where a
  FETCH has said more.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, compress, repeat

from imap_frontend.column import Column
from imap_frontend.numbers import runs
from imap_frontend.told_rows import ToldRows, blockwise
from imap_frontend.vanished import vanished
from proxyd.imapwire.numset import compact
from proxyd.service.api.open_view import OpenView

# Sentences waiting to be shown; more would not be read.
ALERTS_MAX = 5

Alert = tuple[str, Mapping[str, str]]


class ClientView(ToldRows):
    """Implements ``api.Observer``. ``enabled`` is the connection's, and grows."""

    def __init__(self, poke: Callable[[], None], enabled: Set[str] = frozenset()) -> None:
        super().__init__(enabled)
        self._poke = poke
        self._settled = 0  # all that has this mod-sequence or less has been told
        self._owes_highest = False
        self._holds_flags = False  # changes of flags that the last flush was not to tell
        self._has_news = False  # of mails, told where clients don't act upon it
        self._arrived: dict[int, None] = {}
        self._gone: set[int] = set()
        self._changed: set[int] = set()
        self._forced: set[int] = set()
        self.keeps_numbers = False  # the client may still name them, see table.Tells
        self._let_go: set[int] = set()  # what left by this client's own COPY or APPEND
        self.alerts: list[Alert] = []
        self.is_lost = False

    def attach(self, opened: OpenView) -> None:
        """Begin with the view as it is now; what was noted before is part of that."""
        self.attach_rows(opened)
        self._arrived.clear()
        self._gone.clear()
        self._changed.clear()
        self.keeps_numbers = False
        self._holds_flags = False
        self._settled = opened.highest_modseq
        if "CONDSTORE" in self._enabled:
            self.begin_modseqs()

    # ------------------------------------------------------------ noting (api.Observer)

    def arrived(self, uids: Sequence[int]) -> None:
        last = self.last
        self._arrived.update((uid, None) for uid in uids if uid > last)
        self._poke()

    def gone(self, uids: Sequence[int]) -> None:
        last = self.last
        self._gone.update(uid for uid in uids if uid <= last)
        for uid in uids if self._arrived else ():
            self._arrived.pop(uid, None)
        self._poke()

    def changed(self, uids: Sequence[int]) -> None:
        last = self.last
        self._changed.update(uid for uid in uids if uid <= last)
        self._poke()

    def alert(self, key: str, facts: Mapping[str, str]) -> None:
        if (key, facts) not in self.alerts and len(self.alerts) < ALERTS_MAX:
            self.alerts.append((key, facts))

    def lost(self) -> None:
        self.is_lost = True
        self._poke()

    def unheard(self) -> list[int]:
        """What arrived and comes with the next flush."""
        return list(self._arrived)

    def recent_count(self) -> int:
        """With what the client has not heard of yet, for STATUS."""
        gone = sum(map(self.recent.has, self._gone))
        return self.recent.count(self._uids) - gone + self.recent.awaited(self._arrived)

    def any_gone(self, uids: Iterable[int]) -> bool:
        """Has one of these left the view, of which the client has not heard?"""
        return not self._gone.isdisjoint(uids)

    def let_go(self, uids: Iterable[int]) -> None:
        """The client has put these elsewhere itself, whether or not they have left by that."""
        self._let_go.update(self._gone.intersection(uids))

    def any_taken(self, uids: Iterable[int]) -> bool:
        """The same as ``any_gone``, by others than this client."""
        return not (self._gone - self._let_go).isdisjoint(uids)

    @property
    def lacks_some(self) -> bool:
        """Has any left by others, of which the client has not heard?"""
        return not self._gone <= self._let_go

    # ------------------------------------------------------------ flags

    def owes_flags(self, uid: int) -> bool:
        """Is there a change of which the client has not heard?"""
        index, facts = self.index(uid), self.opened.facts(uid)
        if uid not in self._changed or index is None or facts is None:
            return False
        return self._told[index] != facts.flags

    def force(self, uids: Iterable[int]) -> None:
        """Tell the flags of these at the next flush, changed or not."""
        self._forced.update(uids)

    # ------------------------------------------------------------ mod-sequences (RFC 7162)

    def begin_modseqs(self) -> int:
        """Tell mod-sequences from now on; from which on there is something to tell."""
        if self._modseqs is None:
            self._modseqs = Column(len(self._uids))
            self._believed = self._settled
        return self._settled

    def force_modseqs(self, uids: Iterable[int]) -> None:
        """Tell these at the next flush, changed or not."""
        for uid in uids:
            index = self.index(uid)
            if index is not None and self._modseqs is not None:
                self._modseqs[index] = None
                self._changed.add(uid)

    def maybe_highest(self) -> int | None:
        """HIGHESTMODSEQ, where the client has to hear it; call it once behind each ``flush``.

        RFC 7162 §6: lower than what the client has seen while a change is held back; and with
        each removal that is told (§3.2.7 wants it with EXPUNGE), once nothing is.
        """
        if self._modseqs is None:
            return None
        if self._gone or self._holds_flags:
            self._owes_highest = True
            due = self._believed > self._settled
        else:
            due, self._owes_highest = self._owes_highest, False
        if not due:
            return None
        self._believed = self._settled
        return self._settled

    def maybe_taken_back(self) -> int | None:
        """HIGHESTMODSEQ in place of a ``flush`` that the client does not want (NOTIFY): as above,
        and here changes of flags and new mails are held back too (RFC 7162 §6).
        """
        if self._modseqs is None:
            return None
        if not self._holds_back():
            self._settled = self.opened.highest_modseq
            return None
        if self._believed <= self._settled:
            return None
        self._owes_highest = True  # told with the next flush
        self._believed = self._settled
        return self._settled

    def _holds_back(self) -> bool:
        if self._gone or self._arrived or self._forced:
            return True
        return any(map(self._owes, self._changed))

    def _owes(self, uid: int) -> bool:
        return self.owes_flags(uid) or self._owes_modseq(uid)

    def _owes_modseq(self, uid: int) -> bool:
        index = self.index(uid)
        if self._modseqs is None or index is None or self.opened.facts(uid) is None:
            return False
        return self._modseqs[index] != self.opened.modseq(uid)

    # ------------------------------------------------------------ telling

    def flush(self, *, expunge: bool, flags: bool = True) -> bytes:
        """All the client has not heard; EXPUNGE only where the caller knows it is allowed. Without
        ``flags`` only those the client has a right to (``force``); the others wait.
        """
        lines: list[str] = []
        if expunge and self._gone:
            lines += self._expunge()
            self._has_news = True
        if self._arrived:
            self._arrive()
            self._has_news = True
            lines.append(self._exists())
        if lines:
            lines.append(self.recent.maybe_line(self._uids))
        if self._changed or self._forced:
            lines += self._changed_flags(self._changed | self._forced if flags else self._forced)
        self._holds_flags = bool(self._changed)
        if not self._gone and not self._holds_flags:
            self._settled = self.opened.highest_modseq
        return self.flags.new_keywords() + "".join(lines).encode("ascii")

    def remind(self) -> bytes:
        """EXISTS once more, for a client that goes to IDLE after hearing of mails that came or went
        within a FETCH, a STATUS or the like: Thunderbird 153 brings its list up to date on what it
        hears in IDLE or after NOOP, and only then. Who keeps books with QRESYNC needs no help.
        """
        is_due = self._has_news and self._enabled.isdisjoint(("QRESYNC", "UIDONLY"))
        said = self._exists() if is_due else ""
        self._has_news = False
        return said.encode("ascii")

    def heeded(self) -> None:
        """A client acts upon what it has just been told: there is nothing to remind it of."""
        self._has_news = False

    def _exists(self) -> str:
        return f"* {len(self._uids)} EXISTS\r\n"

    def _arrive(self) -> None:
        count = len(self._uids) + len(self._arrived)
        self._count(count, chain(self._uids, self._arrived))
        self._told.extend(len(self._arrived))
        if self._modseqs is not None:
            self._modseqs.extend(len(self._arrived))
        self._arrived.clear()
        self.recent.take(self.last)

    def _staying(self, leaving: Iterable[int]) -> Iterator[int]:
        keep = bytearray(b"\x01") * len(self._uids)
        for index in leaving:
            keep[index] = 0
        return compress(self._uids, keep)

    def _count(self, count: int, uids: Iterable[int]) -> None:
        """So many UIDs from now on: the array that all sessions share, where it is the same.

        It is where there are as many, because the client has heard of all that is in it; a
        ``count`` of -1 says that it has not.
        """
        shared = self.opened.uids()
        self._uids = shared if len(shared) == count else array("I", uids)

    def _expunge(self) -> list[str]:
        """EXPUNGE descending, so that no line shifts the number of the next one; or VANISHED."""
        found = (self.index(uid) for uid in self._gone)
        leaving = sorted((index for index in found if index is not None), reverse=True)
        if self._enabled.isdisjoint(("QRESYNC", "UIDONLY")):
            lines = [f"* {index + 1} EXPUNGE\r\n" for index in leaving]
        else:
            lines = vanished(compact(self._gone), "")
        stay = len(self._uids) - len(leaving)
        self._count(-1 if self._arrived else stay, self._staying(leaving))
        self._told.remove(leaving)
        if self._modseqs is not None:
            self._modseqs.remove(leaving)
        self._gone.clear()
        self._let_go.clear()
        self._owes_highest = True
        return lines

    def _changed_flags(self, uids: Set[int]) -> list[str]:
        lines: list[str] = []
        for part in blockwise(runs(self.indexes(sorted(uids)))):
            rows = self.rows(part, modseqs=self._modseqs is not None)
            modseqs = rows.modseqs if self._modseqs is not None else repeat(None, len(rows))
            for number, uid, flags, modseq in zip(
                rows.numbers, rows.uids, rows.flags, modseqs, strict=True
            ):
                items = ""
                if uid in self._forced or self._told[number - 1] != flags:
                    items = " FLAGS " + self.tell_flags(number - 1, flags)
                if modseq is not None:
                    items += self._maybe_modseq(number - 1, modseq, with_flags=bool(items))
                if items:
                    lines.append(self._row(number, uid, items))
        # What a FETCH has told meanwhile waits no longer.
        self._changed = set(filter(self._owes, self._changed - uids))
        self._forced = set()
        return lines

    def _maybe_modseq(self, index: int, modseq: int, *, with_flags: bool) -> str:
        """RFC 7162 §3.2.4: with all flags that are told, and alone where only it has changed."""
        if self._modseqs is None or (not with_flags and modseq == self._modseqs[index]):
            return ""
        self._modseqs[index] = modseq
        self._believed = max(self._believed, modseq)
        return f" MODSEQ ({modseq})"

    def _row(self, number: int, uid: int, items: str) -> str:
        if "UIDONLY" in self._enabled:
            return f"* {uid} UIDFETCH ({items[1:]})\r\n"  # RFC 9586 §3.3
        return f"* {number} FETCH (UID {uid}{items})\r\n"
