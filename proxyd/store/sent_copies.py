"""Where the one copy of what was sent lies, and who files it: as rows.

Must never decide whether a copy goes: service/sending/doubles.py does.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from proxyd.domain.outbox import SendState, SentPlace
from proxyd.store.schema import outbox, sent_copies


class SentCopyStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learned(self, mailbox_id: int) -> str:
        """Who files copies: "provider", "proxyd", or "" as long as nobody knows."""
        query = select(sent_copies.c.filed_by).where(sent_copies.c.mailbox_id == mailbox_id)
        return self._connection.scalar(query) or ""

    def learn(self, mailbox_id: int, filed_by: str, at_us: int) -> None:
        self._connection.execute(delete(sent_copies).where(sent_copies.c.mailbox_id == mailbox_id))
        row = {"mailbox_id": mailbox_id, "filed_by": filed_by, "at_us": at_us}
        self._connection.execute(insert(sent_copies).values(row))

    def state(self, mailbox_id: int, message_id: str) -> tuple[SendState, SentPlace | None] | None:
        """How far the latest sending of this Message-ID has come, and where its copy lies.

        None: not sent through us.
        """
        columns = outbox.c.state, outbox.c.copy_uidvalidity, outbox.c.copy_uid, outbox.c.copy_ours
        row = self._connection.execute(
            select(*columns)
            .where(outbox.c.mailbox_id == mailbox_id, outbox.c.message_id == message_id)
            .order_by(outbox.c.id.desc())
        ).first()
        if row is None:
            return None
        place = None
        if row.copy_uid is not None:
            place = _place(row)
        return SendState(row.state), place

    def senders(self, mailbox_id: int) -> list[tuple[str, int, SentPlace | None]]:
        """Message-ID, account and place of the copy of all that went out and is remembered."""
        went = (SendState.RELAYED.value, SendState.FILED.value)
        rows = self._connection.execute(
            select(
                outbox.c.message_id,
                outbox.c.account_id,
                outbox.c.copy_uidvalidity,
                outbox.c.copy_uid,
                outbox.c.copy_ours,
            ).where(
                outbox.c.mailbox_id == mailbox_id,
                outbox.c.account_id.is_not(None),
                outbox.c.state.in_(went),
            )
        )
        return [
            (row.message_id, row.account_id, _place(row) if row.copy_uid is not None else None)
            for row in rows
        ]

    def note(self, mailbox_id: int, message_id: str, place: SentPlace) -> None:
        self._connection.execute(
            update(outbox)
            .where(outbox.c.mailbox_id == mailbox_id, outbox.c.message_id == message_id)
            .values(copy_uidvalidity=place.uidvalidity, copy_uid=place.uid, copy_ours=place.ours)
        )

    def recent(self, mailbox_id: int, since_us: int) -> list[tuple[str, int, SentPlace]]:
        """Message-ID, time and place of copies that went to Sent through us since then."""
        rows = self._connection.execute(
            select(outbox).where(
                outbox.c.mailbox_id == mailbox_id,
                outbox.c.created_us >= since_us,
                outbox.c.copy_ours.is_(True),
            )
        )
        return [(row.message_id, row.created_us, _place(row)) for row in rows]


def _place(row: Row[*tuple[Any, ...]]) -> SentPlace:
    return SentPlace(row.copy_uidvalidity, row.copy_uid, ours=bool(row.copy_ours))
