"""Mails that wait before they leave, as rows beside those of the outbox, which have their octets.

Must never decide whether one leaves: the outbox's state does (store/outbox.py). A UID is the number
of the outbox's row, which is never used again (AUTOINCREMENT).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, column, delete, insert, select, table, update

from proxyd.domain.held import LEAVING, TO_APPROVE, HeldMail
from proxyd.domain.outbox import Sending
from proxyd.domain.ports.notes import NoteRow
from proxyd.store.outbox import sending_of
from proxyd.store.schema import held, outbox
from proxyd.store.sealed_mail import SealedMails

_NUMBERS = table("sqlite_sequence", column("name"), column("seq"))
_ASKS = held.c.leaves_us.is_(None) & (held.c.into == "")
_BOTH = held.join(outbox, outbox.c.id == held.c.sending_id)


class HeldStore:
    """``key`` is Keys.outbox."""

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._connection = connection
        self._sealed = SealedMails(key)

    def hold(self, mail: HeldMail, size: int) -> None:
        values = {
            "sending_id": mail.sending_id, "at_us": mail.at_us, "leaves_us": mail.leaves_us,
            "size": size, "flags": "", "consents": json.dumps(mail.consents),
            "mark": mail.mark, "unmarked": json.dumps(mail.unmarked),
            "approved_by": mail.approved_by, "into": mail.into, "by": mail.by,
            "why": json.dumps(dict(mail.why)),
        }  # fmt: skip
        self._connection.execute(insert(held).values(values))

    def find(self, sending_id: int) -> tuple[HeldMail, Sending] | None:
        this = held.c.sending_id == sending_id
        row = self._connection.execute(select(held).where(this)).first()
        sent = self._connection.execute(select(outbox).where(outbox.c.id == sending_id)).first()
        if row is None or sent is None:
            return None
        octets = self._sealed.open(sent.mailbox_id, sent.message_id, sent.message)
        return _held(row, sent.account_id), sending_of(sent, octets)

    def every(self, mailbox_id: int) -> Sequence[HeldMail]:
        query = select(held, outbox.c.account_id).select_from(_BOTH)
        query = query.where(outbox.c.mailbox_id == mailbox_id).order_by(held.c.sending_id)
        return [_held(row, row.account_id) for row in self._connection.execute(query)]

    def asks(self, sending_id: int) -> bool:
        this = select(held.c.sending_id).where(held.c.sending_id == sending_id, _ASKS)
        return self._connection.execute(this).first() is not None

    def approve(self, sending_id: int, leaves_us: int, by: str) -> bool:
        this = update(held).where(held.c.sending_id == sending_id, _ASKS)
        done = self._connection.execute(this.values(leaves_us=leaves_us, approved_by=by))
        return done.rowcount == 1

    def come_back(self, sending_id: int, into: str, by: str, why: Mapping[str, str]) -> None:
        this = update(held).where(held.c.sending_id == sending_id)
        self._connection.execute(this.values(into=into, by=by, why=json.dumps(dict(why))))

    def gone(self, sending_id: int) -> None:
        self._connection.execute(delete(held).where(held.c.sending_id == sending_id))

    # ------------------------------------------------------------------ as a folder shows them

    def next_uid(self) -> int:
        query = select(_NUMBERS.c.seq).where(_NUMBERS.c.name == outbox.name)
        return int(self._connection.scalar(query) or 0) + 1

    def all(self, mailbox_id: int, folder: str) -> Sequence[NoteRow]:
        if folder not in (LEAVING, TO_APPROVE):
            return []
        asks = held.c.leaves_us.is_(None)
        these = (outbox.c.mailbox_id == mailbox_id) & (asks if folder == TO_APPROVE else ~asks)
        columns = held.c.sending_id, held.c.flags, held.c.size, held.c.at_us
        query = select(*columns).select_from(_BOTH).where(these).order_by(held.c.sending_id)
        rows = self._connection.execute(query)
        return [NoteRow(r.sending_id, tuple(r.flags.split()), r.size, r.at_us) for r in rows]

    def messages(self, mailbox_id: int, uids: Collection[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for uid in sorted(uids):
            row = self._connection.execute(
                select(outbox.c.message_id, outbox.c.message)
                .select_from(_BOTH)
                .where(outbox.c.id == uid, outbox.c.mailbox_id == mailbox_id)
            ).first()
            if row is not None:
                octets = self._sealed.open(mailbox_id, row.message_id, row.message)
                found |= {uid: octets} if octets is not None else {}
        return found

    def set_flags(self, mailbox_id: int, flags: Mapping[int, Sequence[str]]) -> None:
        mine = select(outbox.c.id).where(outbox.c.mailbox_id == mailbox_id)
        for uid, words in flags.items():
            this = (held.c.sending_id == uid) & held.c.sending_id.in_(mine)
            self._connection.execute(update(held).where(this).values(flags=" ".join(words)))


def _held(row: Any, account_id: int | None) -> HeldMail:
    return HeldMail(
        row.sending_id,
        row.at_us,
        row.leaves_us,
        consents=tuple(json.loads(row.consents)),
        mark=row.mark,
        unmarked=tuple(json.loads(row.unmarked)),
        approved_by=row.approved_by,
        into=row.into,
        by=row.by,
        why=json.loads(row.why),
        writer_gone=account_id is None,
    )
