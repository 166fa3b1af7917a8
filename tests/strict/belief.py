r"""What a careful client believes of one selected mailbox, and what it would not believe.

Slots stand in the order of sequence numbers; of each the UID, the flags and the mod-sequence are
known or not yet. Told twice is told the same: what can't change may not change, what counts up may
not count down. No timing in here (see ``client``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.strict.cursor import Ranges, Violation, holds

SYSTEM = {"\\answered", "\\flagged", "\\deleted", "\\seen", "\\draft"}

Flags = frozenset[str]


@dataclass(slots=True)
class Slot:
    uid: int | None = None
    flags: Flags | None = None
    modseq: int | None = None
    recent: bool | None = None  # RFC 3501 §2.3.2: stays as it is while the mailbox is selected


@dataclass(slots=True)
class Belief:
    name: bytes
    read_only: bool = False
    uidvalidity: int | None = None
    uidnext: int | None = None
    highest: int | None = None  # what the client would come back with: HIGHESTMODSEQ and later
    seen_modseq: int = 0  # the greatest in any row: becomes ``highest`` at a tagged OK
    has_modseqs: bool | None = None  # False: NOMODSEQ
    mailbox_id: str | None = None
    announced: Flags | None = None  # the FLAGS line, lower case
    permanent: Flags | None = None
    exists: int | None = None
    recent: int | None = None
    slots: list[Slot] = field(default_factory=list)
    top: int = 0  # the greatest UID that was ever here
    gone: set[int] = field(default_factory=set)
    recalled: int | None = None  # the UIDVALIDITY of what is being resynchronised
    rows: list[tuple[int, int]] = field(default_factory=list)

    # -------------------------------------------------------------- size

    def tell_exists(self, count: int) -> None:
        if self.exists is not None and count < self.exists:
            raise Violation(f"EXISTS {count} after {self.exists}: only EXPUNGE makes it smaller")
        if self.recalled is None:
            self.slots += [Slot() for _ in range(count - len(self.slots))]
        self.exists = count

    def check_recent(self) -> None:
        """At a tagged answer: can so many of those that are here be recent?"""
        if self.recent is None or self.recalled is not None:
            return
        known = sum(slot.recent is True for slot in self.slots)
        most = sum(slot.recent is not False for slot in self.slots)
        if not known <= self.recent <= most:
            raise Violation(f"{self.recent} RECENT, but from {known} to {most} can be")

    def expunge(self, number: int) -> None:
        slot = self._at(number)
        if slot.uid is not None:
            self.gone.add(slot.uid)
        del self.slots[number - 1]
        self.exists = len(self.slots)

    def vanish(self, ranges: Ranges) -> None:
        """VANISHED without EARLIER: each UID named is in the mailbox and has a number."""
        for low, high in ranges:
            if high - low > len(self.slots):
                raise Violation(f"VANISHED {low}:{high}: more than there are")
            for uid in range(low, high + 1):
                self._vanish(uid)
        self.exists = len(self.slots)

    def _vanish(self, uid: int) -> None:
        index = self.index(uid)
        if index is None:
            index = self._where_unknown(uid)
        del self.slots[index]
        self.gone.add(uid)
        self.top = max(self.top, uid)

    def _where_unknown(self, uid: int) -> int:
        """A slot whose UID the client has not learned, and which could be this one.

        It can't tell which of several neighbours it was: so it forgets their flags.
        """
        low, high = self._neighbours(uid)
        if uid in self.gone or low == high:
            raise Violation(f"VANISHED {uid}: it is not there")
        for slot in self.slots[low:high]:
            slot.flags = slot.modseq = slot.recent = None
        return low

    def _neighbours(self, uid: int) -> tuple[int, int]:
        """The run of unknown slots between the greatest known UID below and the least above."""
        low = max((i + 1 for i, s in enumerate(self.slots) if s.uid and s.uid < uid), default=0)
        ends = (i for i, s in enumerate(self.slots) if s.uid and s.uid > uid)
        return low, min(ends, default=len(self.slots))

    # -------------------------------------------------------------- coming back (RFC 7162 §3.2.5)

    def recall(self, uidvalidity: int, known: dict[int, tuple[Flags, int]]) -> None:
        """Before the first response to SELECT (QRESYNC (…)): what an earlier session left."""
        self.recalled = uidvalidity
        self.slots = [Slot(uid, *known[uid]) for uid in sorted(known)]
        self.top = max(known, default=0)

    def vanish_earlier(self, ranges: Ranges) -> None:
        """May name what the client never had; must come before any number is used."""
        if self.rows:
            raise Violation("VANISHED (EARLIER) after a FETCH")
        self.gone |= {s.uid for s in self.slots if s.uid and holds(ranges, s.uid)}
        self.slots = [slot for slot in self.slots if not (slot.uid and holds(ranges, slot.uid))]

    def fetch_changed(self, number: int, items: dict[str, object]) -> Slot:
        """A row of the resynchronisation: of a known UID, or of a new one behind them all.

        The numbers count everything that is there now, and are checked by ``arrive``.
        """
        uid = items.get("UID")
        if not isinstance(uid, int) or "MODSEQ" not in items or "FLAGS" not in items:
            raise Violation("a resynchronising FETCH needs UID, FLAGS and MODSEQ")
        self.rows.append((number, uid))
        if self.index(uid) is None:
            if uid in self.gone:
                raise Violation(f"UID {uid} vanished and is told as changed")
            self.slots.append(Slot(uid))
            self.slots.sort(key=lambda slot: slot.uid or 0)
            self.top = max(self.top, uid)
        return self.fetch((self.index(uid) or 0) + 1, items)

    def arrive(self) -> None:
        """At the tagged OK of the SELECT."""
        if self.recalled is None:
            return
        if self.recalled != self.uidvalidity:
            if self.rows or self.gone:
                raise Violation("resynchronised with another UIDVALIDITY")
            self.slots = [Slot() for _ in range(self.exists or 0)]
            self.top = 0
        if len(self.slots) != self.exists:
            raise Violation(
                f"{self.name!r}: {self.exists} EXISTS, but with what was remembered,"
                f" what vanished and what changed there are {len(self.slots)}"
            )
        for number, uid in self.rows:
            if self.index(uid) != number - 1:
                raise Violation(f"{number} FETCH (UID {uid}), but that is {self.index(uid)} + 1")
        self.recalled = None

    # -------------------------------------------------------------- rows

    def fetch(self, number: int, items: dict[str, object]) -> Slot:
        slot = self._at(number)
        uid = items.get("UID")
        if isinstance(uid, int):
            self._learn_uid(number, slot, uid)
        modseq, flags = items.get("MODSEQ"), items.get("FLAGS")
        if isinstance(modseq, int) and modseq < (slot.modseq or 0):
            raise Violation(f"{number}: MODSEQ {modseq} after {slot.modseq}")
        if isinstance(flags, tuple):
            self._learn_flags(number, slot, flags, modseq if isinstance(modseq, int) else None)
        if isinstance(modseq, int):
            slot.modseq = modseq
            self.seen_modseq = max(self.seen_modseq, modseq)
        return slot

    def _learn_uid(self, number: int, slot: Slot, uid: int) -> None:
        if slot.uid is not None:
            if slot.uid != uid:
                raise Violation(f"{number} has UID {slot.uid}, now it is told as {uid}")
            return
        if uid in self.gone:
            raise Violation(f"UID {uid} was expunged and is told again")
        before = next((s.uid for s in reversed(self.slots[: number - 1]) if s.uid), 0)
        after = next((s.uid for s in self.slots[number:] if s.uid), None)
        if before >= uid or (after is not None and uid >= after):
            raise Violation(f"{number} is UID {uid}, between {before} and {after}")
        slot.uid = uid
        self.top = max(self.top, uid)

    def _learn_flags(
        self, number: int, slot: Slot, flags: tuple[str, ...], modseq: int | None
    ) -> None:
        now = folded(flags)
        recent = "\\recent" in {flag.lower() for flag in flags}
        if slot.recent not in (None, recent):
            raise Violation(f"{number}: recent is {recent}, and was not so before")
        slot.recent = recent
        unknown = now - (self.announced or frozenset())
        if unknown:
            raise Violation(f"{number} has {unknown}, which no FLAGS line announced")
        if modseq is not None and modseq == slot.modseq and slot.flags not in (None, now):
            raise Violation(f"{number}: other flags at the same MODSEQ {modseq}")
        slot.flags = now

    def tell_keywords(self, flags: Iterable[str]) -> None:
        self.announced = folded(flags)
        if not self.announced >= SYSTEM:
            raise Violation("FLAGS without the system flags")

    # -------------------------------------------------------------- looking

    def _at(self, number: int) -> Slot:
        if not 1 <= number <= len(self.slots):
            raise Violation(f"number {number} of {len(self.slots)}")
        return self.slots[number - 1]

    def index(self, uid: int) -> int | None:
        return next((i for i, slot in enumerate(self.slots) if slot.uid == uid), None)

    def numbers(self, ranges: Iterable[tuple[int, int]], *, uid: bool, size: int) -> Iterator[int]:
        """The sequence numbers that a set of a command names, as far as the client can know.

        ``size``: how many there were when it was the command's turn.
        """
        star = max((s.uid or 0 for s in self.slots[:size]), default=0) if uid else size
        pairs = [sorted((low or star, high or star)) for low, high in ranges]
        for number, slot in enumerate(self.slots[:size], 1):
            which = slot.uid if uid else number
            if which is not None and any(low <= which <= high for low, high in pairs):
                yield number

    @property
    def complete(self) -> bool:
        return all(slot.uid is not None and slot.flags is not None for slot in self.slots)

    def remembered(self) -> dict[int, tuple[Flags, int]]:
        """For the next time; only of a ``complete`` belief."""
        return {s.uid: (s.flags or frozenset(), s.modseq or 0) for s in self.slots if s.uid}


def folded(flags: Iterable[str]) -> Flags:
    r"""Keywords and system flags have no case (RFC 9051 §2.3.2); ``\*`` is no flag, and
    ``\Recent`` none that two connections agree upon.
    """
    return frozenset(flag.lower() for flag in flags) - {"\\*", "\\recent"}
