"""What the access log says about copies of the database that were put back.

A record of the kind *restore* stands where the log goes on after the copy; it names the head that
was known to be there before, so that the gap has an end. One that was noticed and not ordered by a
person waits to be accepted: an intruder who puts back an old copy is told of until somebody does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogFault, LogQuery, StoredRecord
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.log_anchor import Anchor

RESTORED, ACCEPTED = "restored", "accepted"  # the word in ``did``


@dataclass(frozen=True, slots=True)
class Restore:
    """``number`` is that of its record. ``before``: the log's last head that anything proves."""

    number: int
    at_us: int
    actor: str
    noticed: str  # "": ordered; "older": by the anchor; "copied": by the file
    before: Anchor | None
    accepted_by: str = ""

    @property
    def waits(self) -> bool:
        return bool(self.noticed) and not self.accepted_by

    def explains(self, anchor: Anchor) -> bool:
        """That the log does not hold what ``anchor`` saw: it lies in the gap."""
        if self.before is None:
            return False
        return anchor == self.before or self.number <= anchor.number < self.before.number


def restores(tx: Transaction) -> list[Restore]:
    """All of them, oldest first."""
    found: dict[int, Restore] = {}
    for stored in tx.log.search(LogQuery(action=Action.RESTORE)):
        detail = stored.record.detail
        if detail.get("did") == RESTORED:
            noticed = str(detail.get("noticed", ""))
            actor = stored.record.actor
            one = Restore(stored.number, stored.at_us, actor, noticed, _before(stored))
            found[stored.number] = one
        elif isinstance(number := detail.get("record"), int) and number in found:
            one = found[number]
            before = _before(stored) or one.before
            found[number] = replace(one, accepted_by=stored.record.actor, before=before)
    return list(found.values())


def missing_from(tx: Transaction, anchor: Anchor | None) -> LogFault | None:
    """Whether the log still holds the record that ``anchor`` saw at its end.

    "cut": it ends before. "replaced": another one is there. None also where a restoring says why.
    """
    if anchor is None or anchor.number == 0:
        return None
    number, _ = tx.log.head()
    seen = tx.log.search(LogQuery(after_number=anchor.number - 1, limit=1))
    if seen and seen[0].number == anchor.number and seen[0].chain == anchor.chain:
        return None
    if any(one.explains(anchor) for one in restores(tx)):
        return None
    if number < anchor.number:
        return LogFault("cut", number + 1)
    return LogFault("replaced", anchor.number)


def gap_of(anchor: Anchor | None) -> dict[str, object]:
    """As a record has it."""
    if anchor is None:
        return {}
    return {"before": anchor.number, "before_chain": anchor.chain.hex()}


def _before(stored: StoredRecord) -> Anchor | None:
    detail = stored.record.detail
    number, chain = detail.get("before"), detail.get("before_chain")
    if not isinstance(number, int) or not isinstance(chain, str):
        return None
    try:
        return Anchor(number, bytes.fromhex(chain))
    except ValueError:
        return None
