"""One conversation and its history, as far as who asks may know it. Asking is recorded.

Three depths. An admin without a grant: who had it and how it stood when, and nobody outside of us.
With a grant: what was done with its mails, too. Who manages the mailbox: from where, as well.
Must never tell of another mailbox that has the same mail (docs/design.md §4, promise 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Origin
from proxyd.service.actor import Actor
from proxyd.service.audit.history import ConversationHistory, history_of
from proxyd.service.overview.worklist import heirs_in
from proxyd.service.scope import manages, seen_by

LINES = 60  # of the history, at a time
# What becomes of the conversation as a whole. An opening, a copy, a search are accesses to mail,
# which are for who reads the log.
_OF_THE_WORK = frozenset(
    {
        Action.ARRIVE,
        Action.STATUS,
        Action.CLAIM,
        Action.ASSIGN,
        Action.RELEASE,
        Action.OVERDUE,
        Action.SEND,
    }
)
# Of those, what names no mail and nobody outside: states, logins, numbers, days.
_PLAIN_FACTS = ("from", "to", "by", "until", "rules", "version", "other")
_OF_A_MAIL = ("repeated", "waits")  # of a mail that went out, whose addresses are not ours


@dataclass(frozen=True, slots=True)
class Story:
    """``present``: None where only the log still knows it. ``former``: numbers of what was joined
    with it. ``heirs``: who may go on with it; None where it is not theirs to hand on. ``cut``:
    there is more.
    """

    number: int
    mailbox: str
    present: ConversationRow | None
    former: Sequence[int]
    mails: int
    records: Sequence[StoredRecord]  # oldest first
    before: int | None  # there are others before this record
    with_mail: bool  # the accesses to its mails are among them
    heirs: Sequence[Account] | None
    cut: bool


class Stories:
    def __init__(self, store: Database) -> None:
        self._store = store

    async def of(
        self, account: Account, number: int, *, by: Actor, before: int | None = None
    ) -> Story:
        """``before``: records with a smaller number. Raises NotFound for what is not theirs, and
        for what never was.
        """
        asked = by.record(Action.AUDIT, {"did": "history", "asked": str(number)})
        await self._store.write(lambda tx: tx.log.append([asked]))
        return await self._store.read(lambda tx: _story(tx, account, number, before))


def _story(tx: Transaction, account: Account, number: int, before: int | None) -> Story:
    known = tx.conversations.find(number)
    all_ = seen_by(account, tx.mailboxes.all())
    if known is not None and known.mailbox not in {one.name for one in all_}:
        raise NotFound("conversation", str(number))  # before its long history is read
    history = history_of(tx, str(number), None)
    name = _mailbox_name(history, number) if history is not None else ""
    mailbox = next((one for one in all_ if one.name == name), None)
    if history is None or mailbox is None:
        raise NotFound("conversation", str(number))
    present = history.present
    numbers = set(history.numbers)
    told = [
        one
        for one in history.records
        if one.record.mailbox == name or one.record.conversation in numbers
    ]
    granted = mailbox.id in account.grants
    kept = told if granted else [_without_mail(one) for one in told if _is_of_the_work(one)]
    if not manages(account, mailbox.id):
        kept = [_without_place(one) for one in kept]
    kept = [one for one in kept if before is None or one.number < before]
    shown = kept[-LINES:]
    may = present is not None and manages(account, mailbox.id)
    return Story(
        present.number if present is not None else number,
        name,
        present,
        [one for one in history.numbers if present is None or one != present.number],
        tx.conversations.mails([present.number]).get(present.number, 0) if present else 0,
        shown,
        shown[0].number if len(kept) > len(shown) else None,
        granted,
        heirs_in(tx, mailbox.id) if may else None,
        history.cut,
    )


def _mailbox_name(history: ConversationHistory, number: int) -> str:
    """Of what is gone, where its last record says that it was."""
    if history.present is not None:
        return history.present.mailbox
    own = (one.record for one in reversed(history.records) if one.record.conversation == number)
    return next((record.mailbox for record in own), "")


def _is_of_the_work(stored: StoredRecord) -> bool:
    return stored.record.action in _OF_THE_WORK


def _without_mail(stored: StoredRecord) -> StoredRecord:
    record = stored.record
    names = _OF_A_MAIL if record.action == Action.SEND else _PLAIN_FACTS
    facts = {name: record.detail[name] for name in names if name in record.detail}
    bare = replace(record, message_id="", subject_digest="", view="", detail=facts)
    return _without_place(replace(stored, record=bare))


def _without_place(stored: StoredRecord) -> StoredRecord:
    origin = Origin(stored.record.origin.door)
    return replace(stored, record=replace(stored.record, origin=origin))
