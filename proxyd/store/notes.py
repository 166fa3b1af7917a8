"""Internal notes: encrypted, as everything that is kept of mails is.

Invariants: a row's octets open in that row's place only (mailbox and UID are authenticated with
them); a UID is never used again (AUTOINCREMENT).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, column, delete, insert, select, table, update

from proxyd.domain.notes import NoteKind
from proxyd.domain.ports.notes import NoteRow
from proxyd.store.schema import mailboxes, notes
from proxyd.store.secrets import Box

_log = logging.getLogger(__name__)

AT_ONCE = 500  # UIDs of one statement
_NUMBERS = table("sqlite_sequence", column("name"), column("seq"))


class NoteStore:
    """``key`` is Keys.notes."""

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._connection = connection
        self._box = Box(key)

    def add(
        self, mailbox_id: int, account_id: int | None, at_us: int, message: bytes, kind: NoteKind
    ) -> int:
        flags = "\\Draft" if kind is NoteKind.DRAFT else ""
        values = {
            "mailbox_id": mailbox_id, "account_id": account_id, "at_us": at_us, "kind": kind,
            "flags": flags, "size": len(message), "message": b"",
        }  # fmt: skip
        made = self._connection.execute(insert(notes).values(values)).inserted_primary_key
        assert made is not None
        uid = int(made[0])
        sealed = self._box.seal(message, _place(mailbox_id, uid))
        self._connection.execute(update(notes).where(notes.c.id == uid).values(message=sealed))
        return uid

    def next_uid(self) -> int:
        query = select(_NUMBERS.c.seq).where(_NUMBERS.c.name == notes.name)
        return int(self._connection.scalar(query) or 0) + 1

    def all(self, mailbox_id: int, kind: NoteKind) -> Sequence[NoteRow]:
        c = notes.c
        these = (c.mailbox_id == mailbox_id) & (c.kind == kind)
        query = select(c.id, c.flags, c.size, c.at_us).where(these)
        rows = self._connection.execute(query.order_by(c.id))
        return [NoteRow(row.id, tuple(row.flags.split()), row.size, row.at_us) for row in rows]

    def messages(self, mailbox_id: int, uids: Collection[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for part in _parts(uids):
            these = notes.c.id.in_(part) & (notes.c.mailbox_id == mailbox_id)
            query = select(notes.c.id, notes.c.message).where(these)
            for row in self._connection.execute(query):
                try:
                    found[row.id] = self._box.open(row.message, _place(mailbox_id, row.id))
                except ValueError as error:
                    _log.error("note %d can't be read: %s", row.id, error)
        return found

    def reminded_us(self, mailbox_id: int) -> int:
        query = select(mailboxes.c.reminded_us).where(mailboxes.c.id == mailbox_id)
        return self._connection.scalar(query) or 0

    def remind(self, mailbox_id: int, at_us: int) -> None:
        this = update(mailboxes).where(mailboxes.c.id == mailbox_id)
        self._connection.execute(this.values(reminded_us=at_us))

    def set_flags(self, mailbox_id: int, flags: Mapping[int, Sequence[str]]) -> None:
        for uid, words in flags.items():
            this = (notes.c.id == uid) & (notes.c.mailbox_id == mailbox_id)
            self._connection.execute(update(notes).where(this).values(flags=" ".join(words)))

    def remove(self, mailbox_id: int, uids: Collection[int]) -> None:
        for part in _parts(uids):
            these = notes.c.id.in_(part) & (notes.c.mailbox_id == mailbox_id)
            self._connection.execute(delete(notes).where(these))


def reseal_notes(connection: Connection, before: bytes, after: bytes) -> None:
    """Under another master key."""
    old, new = Box(before), Box(after)
    for row in connection.execute(select(notes.c.id, notes.c.mailbox_id)).all():
        this = notes.c.id == row.id
        sealed = connection.scalar(select(notes.c.message).where(this)) or b""
        try:
            message = old.open(sealed, _place(row.mailbox_id, row.id))
        except ValueError as error:
            _log.error("note %d can't be read: %s", row.id, error)
            continue
        again = new.seal(message, _place(row.mailbox_id, row.id))
        connection.execute(update(notes).where(this).values(message=again))


def _parts(uids: Collection[int]) -> Sequence[Sequence[int]]:
    ordered = sorted(uids)
    return [ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE)]


def _place(mailbox_id: int, uid: int) -> str:
    return f"note {mailbox_id} {uid}"
