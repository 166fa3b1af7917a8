"""What becomes of the rows when an older copy of the database goes on as the truth.

Numbers that were given after the copy was made must mean nothing else from now on, and what was
about to be done then must not be done now: it may have been done since. Must never ask a provider.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from proxyd.domain.held import DRAFTS
from proxyd.domain.outbox import SendState
from proxyd.store import schema as t
from proxyd.store.mail import MailStore

_PLACE = "place"  # key of ``meta``: see store/place.py
_RESTORED = "restored"  # key of ``meta``: when, in microseconds
_INTERNAL_DATE = "%d-%b-%Y %H:%M:%S %z"  # RFC 9051 §9 date-time

# No installation gives so many numbers between a backup and its restoring; a row's has 63 bits.
SKIPPED_IDS = 100_000_000
_NUMBERED = (
    t.accounts,
    t.app_passwords,
    t.passkeys,
    t.mailboxes,
    t.folders,
    t.conversations,
    t.messages,
    t.views,
    t.outbox,
)


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

    def note_time(self, at_us: int) -> None:
        """It goes on from now."""
        self._connection.execute(delete(t.meta).where(t.meta.c.key == _RESTORED))
        self._connection.execute(insert(t.meta).values(key=_RESTORED, value=str(at_us)))

    def sent_before(self, mailbox_id: int, message_id: str) -> int | None:
        """When a mail of ours with this Message-ID was put where it lies at the provider, if that
        was before the restoring: the outbox knows nothing of it any more.
        """
        restored = self._connection.scalar(_WHEN)
        if restored is None or not message_id:
            return None
        known = {"mailbox_id": mailbox_id, "message_id": message_id}
        if self._connection.scalar(_KNOWN, known) is None:
            return None
        times = [_time_us(text) for text in self._connection.scalars(_COPIES, known)]
        before = [at_us for at_us in times if at_us is not None and at_us <= int(restored)]
        return min(before, default=None)

    def renumber(self, now_us: int) -> None:
        """Give each view a UIDVALIDITY that no client has seen, and no row's number again.

        ``now_us`` is the time, moved on so far that two restorings don't meet.
        """
        for mailbox_id in (0, *self._connection.scalars(select(t.mailboxes.c.id))):
            self._renumber_views(mailbox_id, now_us)
        for table in _NUMBERED:
            self._skip_ids(table.name)

    def _renumber_views(self, mailbox_id: int, now_us: int) -> None:
        query = select(t.views.c.id).where(t.views.c.mailbox_id == mailbox_id)
        ids = list(self._connection.scalars(query.order_by(t.views.c.id)))
        mail = MailStore(self._connection)
        first = mail.fresh_uidvalidity(mailbox_id, now_us, max(len(ids), 1))
        for uidvalidity, view_id in enumerate(ids, first):
            this = update(t.views).where(t.views.c.id == view_id)
            self._connection.execute(this.values(uidvalidity=uidvalidity))

    def forget_wishes(self) -> dict[str, int]:
        """Of what was to be done at the provider then; how many rows of which kind.

        Flags that it was still to be told of may have changed since, a refusal may have been
        overridden, a copy that makes of an EXPUNGE a move may be gone. Of mails that were stored
        all or none, only those that still have our keyword are unacknowledged: their UIDs alone
        prove nothing any more (service/mailbox/half_done.py). A mail that waited then may have
        left since: nobody knows, and it comes back to its writer.
        """
        owed = self._connection.execute(delete(t.owed)).rowcount
        waited = self._bring_held_back()
        refusals = self._connection.execute(delete(t.refusals)).rowcount
        moves = self._connection.execute(delete(t.departures)).rowcount
        for table in (t.trashed, t.in_vain, t.doubts):
            self._connection.execute(delete(table))
        self._connection.execute(update(t.half_done_mails).values(uid=0))
        half_done = self._connection.scalar(select(func.count()).select_from(t.half_done))
        found = {
            "flags": owed,
            "consents": refusals,
            "moves": moves,
            "half_done": half_done or 0,
            "held": waited,
        }
        return {kind: count for kind, count in found.items() if count}

    def _bring_held_back(self) -> int:
        which = t.held.c.into == ""
        doubtful = t.outbox.c.id.in_(select(t.held.c.sending_id).where(which))
        state = SendState.UNCERTAIN.value
        self._connection.execute(update(t.outbox).where(doubtful).values(state=state))
        why = json.dumps({"why": "restored"})
        back = update(t.held).where(which).values(into=DRAFTS, why=why)
        return self._connection.execute(back).rowcount

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


_WHEN = select(t.meta.c.value).where(t.meta.c.key == _RESTORED)
# By an index; of a mail that is sent for the first time nothing is known, and nothing else is read.
_KNOWN = select(t.thread_ids.c.conversation_id).where(
    t.thread_ids.c.mailbox_id == bindparam("mailbox_id"),
    t.thread_ids.c.message_id == bindparam("message_id"),
)
_COPIES = (
    select(t.messages.c.internal_date)
    .join(t.folders, t.folders.c.id == t.messages.c.folder_id)
    .where(
        t.folders.c.mailbox_id == bindparam("mailbox_id"),
        t.messages.c.message_id == bindparam("message_id"),
        ~t.messages.c.inbound,
        ~t.messages.c.flags.icontains("\\draft", autoescape=True),  # has its Message-ID already
        ~t.folders.c.attributes.icontains("\\drafts", autoescape=True),
    )
)


def _time_us(internal_date: str) -> int | None:
    try:
        at = datetime.strptime(internal_date.strip(), _INTERNAL_DATE)
    except ValueError:
        return None
    return int(at.timestamp()) * 1_000_000
