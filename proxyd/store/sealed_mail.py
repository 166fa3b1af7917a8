"""The octets of a mail in the outbox: encrypted, as everything that is kept of mails is.

One mail is one value of one row. Must never be asked for anything but whole mails. Invariants: a
row's octets open in that row's place only (mailbox and Message-ID are authenticated with them);
nothing of a mail is in the database or its journals in clear.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, column, func, insert, select, table, update

from proxyd.store.schema import meta, outbox
from proxyd.store.secrets import FORMAT, Box

_log = logging.getLogger(__name__)

_NUMBERS = table("sqlite_sequence", column("name"), column("seq"))
_SEALED = "outbox-sealed"  # in the table meta: there is nothing in clear any more


class SealedMails:
    """``key`` is Keys.outbox."""

    def __init__(self, key: bytes) -> None:
        self._box = Box(key)

    def seal(self, mailbox_id: int, message_id: str, message: bytes | None) -> bytes | None:
        return None if message is None else self._box.seal(message, _place(mailbox_id, message_id))

    def open(self, mailbox_id: int, message_id: str, sealed: bytes | None) -> bytes | None:
        """None for what can't be opened (a master key that was lost): the mail went out itself."""
        if sealed is None:
            return None
        try:
            return self._box.open(sealed, _place(mailbox_id, message_id))
        except ValueError as error:
            _log.error("the copy of a sent mail, %s, can't be read: %s", message_id, error)
            return None


def _place(mailbox_id: int, message_id: str) -> str:
    return f"outbox {mailbox_id} {message_id}"


# ---------------------------------------------------------------- databases from before


def is_sealed(connection: Connection) -> bool:
    return connection.scalar(select(meta.c.value).where(meta.c.key == _SEALED)) is not None


def note_sealed(connection: Connection) -> None:
    connection.execute(insert(meta).values(key=_SEALED, value="1"))


def had_mails(connection: Connection) -> bool:
    """Whether there ever was one: SQLite keeps the last number of a table."""
    return (
        connection.scalar(select(_NUMBERS.c.seq).where(_NUMBERS.c.name == outbox.name)) is not None
    )


def seal_what_is_in_clear(connection: Connection, key: bytes) -> None:
    mails = SealedMails(key)
    in_clear = outbox.c.message.is_not(None) & (func.substr(outbox.c.message, 1, 1) != FORMAT)
    for id_ in connection.scalars(select(outbox.c.id).where(in_clear)).all():
        this = outbox.c.id == id_
        row = connection.execute(select(outbox).where(this)).one()
        sealed = mails.seal(row.mailbox_id, row.message_id, bytes(row.message))
        connection.execute(update(outbox).where(this).values(message=sealed))


def reseal_mails(connection: Connection, before: bytes, after: bytes) -> None:
    """Under another master key."""
    seal_what_is_in_clear(connection, before)
    old, new = SealedMails(before), SealedMails(after)
    kept = select(outbox.c.id).where(outbox.c.message.is_not(None))
    for id_ in connection.scalars(kept).all():
        this = outbox.c.id == id_
        row = connection.execute(select(outbox).where(this)).one()
        message = old.open(row.mailbox_id, row.message_id, row.message)
        sealed = new.seal(row.mailbox_id, row.message_id, message)
        connection.execute(update(outbox).where(this).values(message=sealed))
