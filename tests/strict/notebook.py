"""What one person's mail program keeps, over all its connections and restarts."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.strict.belief import Belief, Flags
from tests.strict.cursor import Violation

# Of a message, whatever happens to it (RFC 9051 §2.3: "immutable"); sections are added.
FIXED = {"RFC822.SIZE", "INTERNALDATE", "ENVELOPE", "BODYSTRUCTURE", "BODY", "RFC822", "EMAILID"}
FIXED |= {"RFC822.HEADER", "RFC822.TEXT", "SAVEDATE", "PREVIEW"}


@dataclass(frozen=True, slots=True)
class Floor:
    """What a command sent now must at least be answered with."""

    uidvalidity: int = 0
    uid: int = 0  # UIDNEXT is greater
    modseq: int = 0  # HIGHESTMODSEQ is not less


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole folder, to come back with."""

    uidvalidity: int
    highest: int
    rows: dict[int, tuple[Flags, int]]


@dataclass(slots=True)
class Notebook:
    floors: dict[bytes, Floor] = field(default_factory=dict)
    fixed: dict[tuple[bytes, int, int, str], object] = field(default_factory=dict)
    kept: dict[bytes, Kept] = field(default_factory=dict)

    def floor(self, name: bytes) -> Floor:
        return self.floors.get(name, Floor())

    def check(self, name: bytes, floor: Floor, facts: dict[str, int | None]) -> None:
        """The numbers of a SELECT or STATUS, against what was known when it was sent."""
        validity = facts.get("UIDVALIDITY")
        if validity is not None and validity < floor.uidvalidity:
            raise Violation(f"{name!r}: UIDVALIDITY {validity} after {floor.uidvalidity}")
        if validity is not None and validity != floor.uidvalidity:
            floor = Floor(validity)
        uidnext, modseq = facts.get("UIDNEXT"), facts.get("HIGHESTMODSEQ")
        if uidnext is not None and uidnext <= floor.uid:
            raise Violation(f"{name!r}: UIDNEXT {uidnext}, but there is a UID {floor.uid}")
        if modseq is not None and modseq < floor.modseq:
            raise Violation(f"{name!r}: HIGHESTMODSEQ {modseq}, but there is {floor.modseq}")
        known = self.floor(name)
        if known.uidvalidity in (0, floor.uidvalidity) or validity is not None:
            self.floors[name] = Floor(
                max(known.uidvalidity, validity or floor.uidvalidity),
                max(known.uid, (uidnext or 1) - 1),
                max(known.modseq, modseq or 0),
            )

    def learn(self, belief: Belief, uid: int, items: dict[str, object]) -> None:
        """A row of a message that is known by its UID."""
        validity = belief.uidvalidity or 0
        known = self.floor(belief.name)
        if known.uidvalidity == validity:
            modseq = items.get("MODSEQ")
            self.floors[belief.name] = Floor(
                validity,
                max(known.uid, uid),
                max(known.modseq, modseq if isinstance(modseq, int) else 0),
            )
        for item, value in items.items():
            if item not in FIXED and "[" not in item:
                continue
            before = self.fixed.setdefault((belief.name, validity, uid, item), value)
            if before != value:
                raise Violation(
                    f"{belief.name!r} UID {uid}: {item} was {before!r} and is {value!r}"
                )

    def keep(self, belief: Belief) -> None:
        """When a folder is left: worth something only where every row is known."""
        if belief.complete and belief.highest and belief.uidvalidity:
            rows = belief.remembered()
            self.kept[belief.name] = Kept(belief.uidvalidity, belief.highest, rows)
        else:
            self.kept.pop(belief.name, None)
