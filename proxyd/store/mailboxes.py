"""Shared mailboxes as rows; their upstream password only ever sealed.

Must never hold the key that opens a password. Every change moves the epoch on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from proxyd.domain.errors import AlreadyExists
from proxyd.domain.policy_options import from_words, words_of
from proxyd.domain.types import Clock, SeenMode, Server, SharedMailbox
from proxyd.store import epoch as epochs
from proxyd.store.schema import folders, mailboxes, messages, seen


class MailboxStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def all(self) -> list[SharedMailbox]:
        """By name."""
        rows = self._connection.execute(select(mailboxes).order_by(mailboxes.c.name))
        return [_mailbox(row) for row in rows]

    def find(self, name: str) -> SharedMailbox | None:
        found = self._connection.execute(select(mailboxes).where(mailboxes.c.name == name)).first()
        return _mailbox(found) if found is not None else None

    def add(self, mailbox: SharedMailbox, sealed_password: bytes) -> SharedMailbox:
        """``mailbox.id`` is disregarded. Raises AlreadyExists."""
        values = _columns(mailbox) | {
            "sealed_password": sealed_password,
            "created_us": self._clock(),
        }
        try:
            added = self._connection.execute(insert(mailboxes).values(values))
        except IntegrityError as error:
            raise AlreadyExists(mailbox.name) from error
        epochs.bump_epoch(self._connection)
        assert added.inserted_primary_key is not None
        return replace(mailbox, id=added.inserted_primary_key[0])

    def update(self, mailbox: SharedMailbox) -> None:
        """Raises AlreadyExists where the new name is another one's."""
        self._note_seen_mode(mailbox)
        try:
            self._connection.execute(
                update(mailboxes).where(mailboxes.c.id == mailbox.id).values(_columns(mailbox))
            )
        except IntegrityError as error:
            raise AlreadyExists(mailbox.name) from error
        epochs.bump_epoch(self._connection)

    def _note_seen_mode(self, mailbox: SharedMailbox) -> None:
        """Whose \\Seen counts changes what people see; modseq 0 tells the mailbox so when it is
        served again, if it is not at the moment.
        """
        this = mailboxes.c.id == mailbox.id
        if self._connection.scalar(select(mailboxes.c.seen).where(this)) == str(mailbox.seen):
            return
        here = select(folders.c.id).where(folders.c.mailbox_id == mailbox.id)
        marked = messages.c.id.in_(select(seen.c.message_id)) & messages.c.folder_id.in_(here)
        self._connection.execute(update(messages).where(marked).values(modseq=0))

    def sealed_password(self, mailbox_id: int) -> bytes:
        """Raises KeyError for a mailbox that is gone."""
        sealed: bytes | None = self._connection.scalar(
            select(mailboxes.c.sealed_password).where(mailboxes.c.id == mailbox_id)
        )
        if sealed is None:
            raise KeyError(mailbox_id)
        return sealed

    def set_sealed_password(self, mailbox_id: int, sealed: bytes) -> None:
        self._connection.execute(
            update(mailboxes).where(mailboxes.c.id == mailbox_id).values(sealed_password=sealed)
        )
        epochs.bump_epoch(self._connection)

    def remove(self, mailbox_id: int) -> None:
        """With everything the proxy knows about it; upstream nothing changes."""
        self._connection.execute(delete(mailboxes).where(mailboxes.c.id == mailbox_id))
        epochs.bump_epoch(self._connection)

    def epoch(self) -> int:
        """Grows with every change of accounts, grants or mailboxes; cheap to ask."""
        return epochs.epoch(self._connection)


def _columns(mailbox: SharedMailbox) -> dict[str, Any]:
    return {
        "name": mailbox.name,
        "address": mailbox.address,
        "aliases": json.dumps(mailbox.aliases, ensure_ascii=False),
        "language": mailbox.language,
        "seen": str(mailbox.seen),
        "imap": json.dumps(asdict(mailbox.imap), ensure_ascii=False, sort_keys=True),
        "smtp": json.dumps(asdict(mailbox.smtp), ensure_ascii=False, sort_keys=True),
        "policy": json.dumps(words_of(mailbox.policy), ensure_ascii=False, sort_keys=True),
    }


def _mailbox(row: Row[Any]) -> SharedMailbox:
    return SharedMailbox(
        id=row.id,
        name=row.name,
        address=row.address,
        aliases=tuple(json.loads(row.aliases)),
        language=row.language,
        seen=SeenMode(row.seen),
        imap=Server(**json.loads(row.imap)),
        smtp=Server(**json.loads(row.smtp)),
        policy=from_words(json.loads(row.policy)),
    )
