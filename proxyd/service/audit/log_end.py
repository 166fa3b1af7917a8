"""Whether the access log still ends where something outside of it says that it did.

Asking is a record, and grows over the place where a tail was cut off: what an earlier asking has
found and recorded is the first bad record still.
"""

from __future__ import annotations

from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogFault, LogQuery
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.service.audit.restores import missing_from, restores

VERIFY = "verify"  # the word in ``did``
_AT_THE_END = ("cut", "replaced")


def headless_at(tx: Transaction) -> LogFault | None:
    """For who finds no anchor: whether there must be one. A proxy keeps it from its first start on
    (service/admin/restoring.py), which the database remembers by its place.
    """
    number, _ = tx.log.head()
    return LogFault("headless", number) if tx.restored.place() is not None and number else None


def first_missing_from(tx: Transaction, anchor: Anchor | None) -> LogFault | None:
    """As ``missing_from``, and the record that was missing first, before others took its number."""
    fault = missing_from(tx, anchor)
    if fault is None or anchor is None:
        return fault
    since = max((one.number for one in restores(tx)), default=0)  # before it, another life's
    for stored in tx.log.search(LogQuery(action=Action.AUDIT, after_number=since)):
        detail = stored.record.detail
        kind, number = detail.get("fault"), detail.get("number")
        if detail.get("did") != VERIFY or kind not in _AT_THE_END or not isinstance(number, int):
            continue
        if number <= min(stored.number, anchor.number):
            return LogFault(str(kind), number)
    return fault
