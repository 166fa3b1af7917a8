"""What becomes of the rows when an older copy of the database goes on as the truth.

Numbers that were given after the copy was made must mean nothing else from now on, and what was
about to be done then must not be done now: it may have been done since. Must never ask a provider.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, text, update

from proxyd.store import schema as t
from proxyd.store.mail import MailStore

_PLACE = "place"  # key of ``meta``: see store/place.py

# No installation gives so many numbers between a backup and its restoring; a row's has 63 bits.
SKIPPED_IDS = 100_000_000
_NUMBERED = (t.accounts, t.mailboxes, t.folders, t.conversations, t.messages, t.views, t.outbox)


class RestoredStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self) -> str | None:
        """Where it was served from last; None where nobody has noted that."""
        place: str | None = self._connection.scalar(
            select(t.meta.c.value).where(t.meta.c.key == _PLACE)
        )
        return place

    def set_place(self, mark: str) -> None:
        self._connection.execute(delete(t.meta).where(t.meta.c.key == _PLACE))
        self._connection.execute(insert(t.meta).values(key=_PLACE, value=mark))

    def renumber(self, now_us: int) -> None:
        """Give each view a UIDVALIDITY that no client has seen, and no row's number again.

        ``now_us`` is the time, moved on so far that two restorings don't meet.
        """
        ids = list(self._connection.scalars(select(t.views.c.id).order_by(t.views.c.id)))
        first = MailStore(self._connection).fresh_uidvalidity(now_us, max(len(ids), 1))
        for uidvalidity, view_id in enumerate(ids, first):
            this = update(t.views).where(t.views.c.id == view_id)
            self._connection.execute(this.values(uidvalidity=uidvalidity))
        for table in _NUMBERED:
            self._skip_ids(table.name)

    def forget_wishes(self) -> dict[str, int]:
        """Of what was to be done at the provider then; how many rows of which kind.

        Flags that it was still to be told of may have changed since, a refusal may have been
        overridden. Of mails that were stored all or none, only those that still have our keyword
        are unacknowledged: their UIDs alone prove nothing any more (service/mailbox/half_done.py).
        """
        owed = self._connection.execute(delete(t.owed)).rowcount
        refusals = self._connection.execute(delete(t.refusals)).rowcount
        self._connection.execute(update(t.half_done_mails).values(uid=0))
        half_done = self._connection.scalar(select(func.count()).select_from(t.half_done))
        found = {"flags": owed, "consents": refusals, "half_done": half_done or 0}
        return {kind: count for kind, count in found.items() if count}

    def _skip_ids(self, table: str) -> None:
        sequence = "sqlite_sequence WHERE name = :name"
        named = {"name": table}
        last = self._connection.scalar(text(f"SELECT seq FROM {sequence}"), named)  # noqa: S608
        if last is None:
            statement = "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"
        else:
            statement = "UPDATE sqlite_sequence SET seq = :seq WHERE name = :name"
        after = (last or 0) + SKIPPED_IDS
        self._connection.execute(text(statement), {**named, "seq": after})
