"""What a provider has been asked to do and is not recorded as done yet.

A row stands from before the question until the transaction that takes in the answer. What stands
there when a mailbox begins to be served was interrupted; only the provider knows whether it was
done. Never a body.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from proxyd.domain.ports.begun import HalfDone, HalfDoneMail
from proxyd.domain.types import LogRecord, Origin
from proxyd.store.schema import begun, half_done, half_done_mails

# What the records of one action differ in; a move of 10,000 mails names the rest once.
_EACH = ("message_id", "subject_digest", "conversation")


class BegunStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, mailbox_id: int, at_us: int, records: Sequence[LogRecord]) -> int:
        """``records``, at least one, are of one action of one person. Returns its number."""
        common = {name: value for name, value in asdict(records[0]).items() if name not in _EACH}
        each = [[getattr(record, name) for name in _EACH] for record in records]
        text = json.dumps({"common": common, "each": each}, ensure_ascii=True)
        row = {"mailbox_id": mailbox_id, "at_us": at_us, "records": text}
        made = self._connection.execute(insert(begun).values(row)).inserted_primary_key
        assert made is not None
        return int(made[0])

    def finish(self, ids: Collection[int]) -> None:
        if ids:
            self._connection.execute(delete(begun).where(begun.c.id.in_(sorted(ids))))

    def interrupted(self, mailbox_id: int) -> list[tuple[int, int, list[LogRecord]]]:
        """Number, when it was begun, and what would have been recorded; without the half-done."""
        query = select(begun).where(
            begun.c.mailbox_id == mailbox_id, begun.c.id.not_in(select(half_done.c.begun_id))
        )
        rows = self._connection.execute(query.order_by(begun.c.id))
        return [(row.id, row.at_us, _records(row.records)) for row in rows]

    # ------------------------------------------------------------------ all or none

    def begin_mails(self, number: int, what: HalfDone) -> None:
        """What was begun as ``number`` stores these mails one by one."""
        facts = {"uidvalidity": what.uidvalidity, "uidnext": what.uidnext, "marked": what.marked}
        row = {"begun_id": number, "folder": what.folder, **facts}
        self._connection.execute(insert(half_done).values(row))
        mails = [
            {"begun_id": number, "position": position, "digest": mail.digest, "uid": mail.uid}
            for position, mail in enumerate(what.mails)
        ]
        self._connection.execute(insert(half_done_mails), mails)

    def stored_mail(self, number: int, position: int, uid: int) -> None:
        """The provider has it; a ``uid`` of 0 where it did not say as which."""
        mails = half_done_mails.c
        place = mails.begun_id == number, mails.position == position
        self._connection.execute(update(half_done_mails).where(*place).values(uid=uid))

    def half_done(self, mailbox_id: int) -> list[tuple[int, int, list[LogRecord], HalfDone]]:
        """As ``interrupted``, with the mails and how far it got."""
        query = select(begun, half_done).join(half_done).where(begun.c.mailbox_id == mailbox_id)
        rows = self._connection.execute(query.order_by(begun.c.id))
        return [
            (row.id, row.at_us, _records(row.records), self._half_done(row)) for row in rows.all()
        ]

    def _half_done(self, row: Row[Any]) -> HalfDone:
        query = select(half_done_mails).where(half_done_mails.c.begun_id == row.id)
        found = self._connection.execute(query.order_by(half_done_mails.c.position))
        mails = tuple(HalfDoneMail(mail.digest, mail.uid) for mail in found)
        return HalfDone(row.folder, row.uidvalidity, row.uidnext, row.marked, mails)


def _records(text: str) -> list[LogRecord]:
    kept = json.loads(text)
    common = LogRecord(**{**kept["common"], "origin": Origin(**kept["common"]["origin"])})
    return [replace(common, **dict(zip(_EACH, each, strict=True))) for each in kept["each"]]
