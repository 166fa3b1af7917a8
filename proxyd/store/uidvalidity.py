"""UIDVALIDITY values for new views: never one that a client may have seen with other mail.

Runs in the transaction of whoever makes the views.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from proxyd.store import schema as t

# Keys of ``meta``: the last UIDVALIDITY handed out; with a mailbox's number behind it, to that one;
# without, to anybody, by an earlier version or in a life that was lost (restored.py).
_UIDVALIDITY = "uidvalidity"
# Seconds by which a UIDVALIDITY may be ahead of what is due, by chance. A mailbox's first ones go
# further, because its many views have to find room between those of others.
_CHANCE_S, _FIRST_CHANCE_S = 16, 4096


def fresh(connection: Connection, mailbox_id: int, now_us: int, count: int) -> int:
    """The first of ``count`` UIDVALIDITY values for views of this mailbox (0: of none yet).

    RFC 9051 §2.3.1.1: greater than any that the mailbox has had, also for views that are gone,
    because a folder of the same name may be made again. The same holds for the mailboxes that
    are gone. No view of another mailbox has it: names pass from one to another with a grant.

    Nothing else of other mailboxes goes in, and chance (the microseconds of ``now_us``) hides
    where a number was left out: nobody can count what is made where they have no grant.
    """
    marks = _marks(connection)
    due, chance_s = now_us // 1_000_000, _CHANCE_S
    if mailbox_id not in marks:
        chance_s = _FIRST_CHANCE_S
        there = set(connection.scalars(select(t.mailboxes.c.id)))
        gone = [last for owner, last in marks.items() if owner not in there]
        due = max(due, *(last + 1 for last in gone)) if gone else due
    least = max(due, marks.get(mailbox_id, 0) + 1, _own_highest(connection, mailbox_id) + 1)
    first = _free_block(connection, least + now_us % chance_s, count, marks.values())
    key = f"{_UIDVALIDITY} {mailbox_id}" if mailbox_id else _UIDVALIDITY
    connection.execute(delete(t.meta).where(t.meta.c.key == key))
    connection.execute(insert(t.meta), {"key": key, "value": str(first + count - 1)})
    return first


def _marks(connection: Connection) -> dict[int, int]:
    """The last one handed out, by mailbox; 0: to whichever."""
    rows = connection.execute(
        select(t.meta.c.key, t.meta.c.value).where(t.meta.c.key.startswith(_UIDVALIDITY))
    )
    return {int(key[len(_UIDVALIDITY) :] or 0): int(value) for key, value in rows}


def _own_highest(connection: Connection, mailbox_id: int) -> int:
    query = select(func.max(t.views.c.uidvalidity)).where(t.views.c.mailbox_id == mailbox_id)
    return connection.scalar(query) or 0


def _free_block(connection: Connection, first: int, count: int, marks: Iterable[int]) -> int:
    """From ``first`` on, where ``count`` numbers in a row are used nowhere."""
    there = select(t.views.c.uidvalidity).where(t.views.c.uidvalidity >= first)
    for used in sorted({*connection.scalars(there), *marks}):
        if used >= first + count:
            break
        first = max(first, used + 1)
    return first
