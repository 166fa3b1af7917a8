"""Who did what with a conversation, and when: from the access log, with what became of it.

Asking is an access and is recorded before it answers, as every question to the log (audit.py); so
is asking which conversations there are.
Conversations are joined where a mail refers to two: the log goes on naming the former numbers, so
they are gathered from the records of the conversation's mails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.domain.ports.database import Database, Transaction
from proxyd.service.actor import Actor

# Records of one mail or number that are read: a busy year of one conversation has some hundreds.
MOST = 5_000
IDS_LOOKED_AT = 500  # Message-IDs of one conversation; the oldest mailing list has as many
LIST_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class ConversationHistory:
    """``present`` is None for a conversation of which only the log still tells."""

    numbers: tuple[int, ...]  # the present one first, then those it has swallowed
    present: ConversationRow | None
    message_ids: tuple[str, ...]
    records: tuple[StoredRecord, ...]  # oldest first
    cut: bool  # there are more than could be read


class Histories:
    def __init__(self, store: Database) -> None:
        self._store = store

    async def of(
        self, wanted: str, *, by: Actor, mailbox: str | None = None
    ) -> ConversationHistory:
        """``wanted`` is a conversation's number or a Message-ID, which several mailboxes may have.

        Raises BadInput, NotFound.
        """
        asked = wanted.strip().strip("<>")
        if not asked:  # records of no mail at all have an empty one
            raise BadInput("conversation", "it is not named", "write its number or a Message-ID")
        await self._record(by, {"did": "history", "asked": asked})
        history = await self._store.read(lambda tx: history_of(tx, asked, mailbox))
        if history is None:
            raise NotFound("conversation", asked)
        return history

    async def all(
        self,
        *,
        by: Actor,
        mailbox: str | None = None,
        status: str | None = None,
        assignee: str | None = None,
        limit: int = LIST_LIMIT,
        empty: bool = False,
    ) -> list[ConversationRow]:
        """Raises NotFound for a mailbox that is none."""
        asked = {"mailbox": mailbox, "status": status, "assignee": assignee}
        given = {name: value for name, value in asked.items() if value is not None}
        await self._record(by, {"did": "conversations", **given})

        def read(tx: Transaction) -> list[ConversationRow]:
            if mailbox is not None and tx.mailboxes.find(mailbox) is None:
                raise NotFound("mailbox", mailbox)
            return tx.conversations.all(mailbox, status, assignee, limit, empty=empty)

        return await self._store.read(read)

    async def _record(self, by: Actor, detail: Mapping[str, object]) -> None:
        record = by.record(Action.AUDIT, detail)
        await self._store.write(lambda tx: tx.log.append([record]))


def history_of(tx: Transaction, asked: str, mailbox: str | None) -> ConversationHistory | None:
    """None where nothing is known of it. Who calls has recorded it. Raises BadInput, NotFound."""
    if mailbox is not None and tx.mailboxes.find(mailbox) is None:
        raise NotFound("mailbox", mailbox)
    having = _mailboxes_with(tx, asked)
    if mailbox is None and len(having) > 1:
        problem = f"several mailboxes have {asked}"
        raise BadInput("--mailbox", problem, f"write one of: {', '.join(having)}")
    number = having[mailbox] if mailbox in having else number_now(tx, asked)
    present = tx.conversations.find(number) if number is not None else None
    if mailbox is not None and present is not None and present.mailbox != mailbox:
        raise BadInput(
            "--mailbox", f"{asked} is not in {mailbox!r}", f"it is in: {present.mailbox}"
        )
    ids = tx.conversations.message_ids(present.number) if present is not None else []
    if not ids and not asked.isdecimal():
        ids = [asked]
    found: dict[int, StoredRecord] = {}
    numbers = [] if number is None else [number]
    cut = len(ids) > IDS_LOOKED_AT
    for id_ in ids[:IDS_LOOKED_AT]:
        cut |= _take(tx, LogQuery(message_id=id_), found)
    for former in _swallowed(tx, found.values()):
        if former not in numbers:
            numbers.append(former)
    for each in numbers:
        cut |= _take(tx, LogQuery(conversation=each), found)
    if present is None and not found:
        return None
    elsewhere = having.keys() - {present.mailbox if present is not None else None}
    told = (found[key] for key in sorted(found))
    records = tuple(one for one in told if one.record.mailbox not in elsewhere)
    return ConversationHistory(tuple(numbers), present, tuple(ids), records, cut)


def _mailboxes_with(tx: Transaction, asked: str) -> dict[str, int]:
    """Name → its conversation's number, of those that know the mail."""
    rows = (tx.conversations.find(number) for number in tx.conversations.of_message(asked))
    return {row.mailbox: row.number for row in rows if row is not None}


def _swallowed(tx: Transaction, found: Iterable[StoredRecord]) -> list[int]:
    """Numbers that these records name and that are none any more; what was split off is."""
    named: dict[int, None] = {}
    for stored in found:
        other = stored.record.detail.get("other")
        for number in (stored.record.conversation, other):
            if isinstance(number, int):
                named[number] = None
    return [number for number in named if tx.conversations.find(number) is None]


def number_now(tx: Transaction, asked: str) -> int | None:
    """Of a number or a Message-ID; of one that was joined with another, that one's."""
    if not asked.isdecimal():
        return next(iter(tx.conversations.of_message(asked)), None)
    number = int(asked[:18])
    if tx.conversations.find(number) is not None:
        return number
    for stored in tx.log.search(LogQuery(conversation=number, limit=20)):
        for current in tx.conversations.of_message(stored.record.message_id):
            return current
    return number


def _take(tx: Transaction, query: LogQuery, found: dict[int, StoredRecord]) -> bool:
    """The newest of them; True where there are more."""
    newest = LogQuery(
        message_id=query.message_id,
        conversation=query.conversation,
        limit=MOST + 1,
        newest_first=True,
    )
    rows = tx.log.search(newest)
    found.update((stored.number, stored) for stored in rows[:MOST])
    return len(rows) > MOST
