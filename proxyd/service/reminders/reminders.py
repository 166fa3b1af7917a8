"""The reminder of one mailbox: made when it is time for one, and taken away when it has no use.

Invariants: one for each time, whatever dies in between (that a time is done with is committed with
the message); the newest is the only one; none names what nobody waits for any more for longer than
a minute. docs/decisions/045-reminders.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

from proxyd.domain import notes
from proxyd.domain.events import Action
from proxyd.domain.honorific import with_honorific
from proxyd.domain.note_leaks import ReadNote
from proxyd.domain.note_marks import RANDOM_OCTETS
from proxyd.domain.notes import NoteKind
from proxyd.domain.ports.database import Transaction
from proxyd.domain.reminder_times import last_us, next_us
from proxyd.domain.types import LogRecord, Right
from proxyd.domain.workflow import HOLD
from proxyd.mailtext.fields import Header
from proxyd.service.mail.letterheads import Letterhead, written
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.reminders.listing import (
    HELD_FOR_US,
    MOST_REMEMBERED,
    Named,
    ToTell,
    is_left,
    to_tell,
)
from proxyd.service.reminders.wording import (
    FEW_LINES,
    MOST_LINES,
    Chapter,
    Item,
    ReminderFacts,
    made,
)

LOOKS_S = 60.0  # at the most: the clock may be set, and what was named may be done
# What the provider has at the beginning is taken in first; where it does not answer, what is known
# is told all the same.
FIRST_ROUND_S = 600.0
# A time that far ahead was done with under a clock that was wrong.
WRONG_CLOCK_US = 86_400_000_000


class Reminders:
    def __init__(
        self,
        room: Mailroom,
        sync: Synchroniser,
        dice: Callable[[], str] = lambda: secrets.token_hex(RANDOM_OCTETS),
    ) -> None:
        self._room = room
        self._sync = sync
        self._dice = dice
        self._remembered: dict[int, str] = {}  # by UID, what each names

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled. Raises StoreUnavailable."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._sync.first_round_done.wait(), FIRST_ROUND_S)
        while True:
            await self.look()
            room, now_us = self._room, self._room.shop.clock()
            next_at_us = next_us(room.mailbox.policy.reminder_at, room.office, now_us)
            wait_s = LOOKS_S if next_at_us is None else (next_at_us - now_us) / 1_000_000
            await sleep(min(wait_s, LOOKS_S))

    async def look(self) -> None:
        """Do what there is to do now. Raises StoreUnavailable, UpstreamError."""
        room = self._room
        folder = room.state.special_folder(notes.REMINDERS_ATTRIBUTE)
        if folder is None:
            return  # the first round brings it
        now_us = room.shop.clock()
        if room.subscribers_to(Right.READ):
            at_us = await self._due_us(now_us)
            if at_us is not None:
                await self._remind(folder, at_us, now_us)
        await self._tidy(folder)

    async def _due_us(self, now_us: int) -> int | None:
        """The time that is not done with; a mailbox that is new begins with the next one."""
        room, mailbox_id = self._room, self._room.mailbox.id
        done_us = await room.shop.store.read(lambda tx: tx.notes.reminded_us(mailbox_id))
        if not done_us:
            await room.shop.store.write(lambda tx: tx.notes.remind(mailbox_id, now_us))
            return None
        at_us = last_us(room.mailbox.policy.reminder_at, room.office, now_us)
        if at_us is None or at_us <= done_us <= now_us + WRONG_CLOCK_US:
            return None
        return at_us

    # ------------------------------------------------------------------ making one

    async def _remind(self, folder: Folder, at_us: int, now_us: int) -> None:
        room = self._room
        name, before_us = room.mailbox.name, now_us - HELD_FOR_US
        limit = MOST_REMEMBERED + 1
        untouched = await room.shop.store.read(
            lambda tx: tx.conversations.untouched(name, HOLD, before_us, limit)
        )
        found = to_tell(room, untouched, now_us)
        if not found:
            await room.shop.store.write(lambda tx: tx.notes.remind(room.mailbox.id, at_us))
            return
        facts = await self._facts(found, at_us, now_us)
        message = made(facts)
        room.leaks.know(ReadNote.of_reminder(message, room.shop.marks))
        add = partial(
            _add,
            mailbox_id=room.mailbox.id,
            at_us=at_us,
            now_us=now_us,
            message=message,
            record=self._record(facts.message_id),
        )
        uid = await room.shop.store.write(add)
        self._remembered[uid] = found.remembered
        await self._sync.ingest(folder, notes.UIDVALIDITY, [uid])

    async def _facts(self, found: ToTell, at_us: int, now_us: int) -> ReminderFacts:
        room, mailbox = self._room, self._room.mailbox
        overdue, due = found.overdue[:MOST_LINES], found.due[:MOST_LINES]
        held = found.held[:FEW_LINES]
        known = await written(room, [each.mail for each in (*overdue, *due, *held)])
        names = room.folder_names

        def chapter(every: Sequence[Named], some: Sequence[Named], folder: str) -> Chapter:
            return Chapter(len(every), [self._item(one, known, now_us) for one in some], folder)

        return ReminderFacts(
            mailbox=mailbox.name,
            mailbox_id=mailbox.id,
            address=notes.note_address(mailbox.address),
            language=mailbox.language,
            tz=room.office.tz,
            at_us=at_us,
            now_us=now_us,
            token=room.shop.marks.token(self._dice()),
            overdue=chapter(found.overdue, overdue, names.named("overdue")),
            due=chapter(found.due, due, names.of_status(room.shop.statuses.initial)),
            held=chapter(found.held, held, names.of_status(HOLD)),
            closes_us=found.closes_us,
            remembered=found.remembered,
        )

    def _item(self, named: Named, known: dict[Message, Letterhead], now_us: int) -> Item:
        room, mail = self._room, known.get(named.mail)
        person = room.shop.people.by_id(named.conversation.assignee or 0)
        name = room.told_name(person) if person is not None else ""
        if room.mailbox.language == "ja":
            name = with_honorific(name)
        return Item(
            named.at_us,
            mail.sender if mail is not None else "",
            mail.subject if mail is not None else None,
            name,
            person is not None and person.is_away(now_us),
        )

    def _record(self, message_id: str) -> LogRecord:
        return LogRecord(
            Action.APPEND,
            mailbox=self._room.mailbox.name,
            message_id=message_id,
            detail={"what": "reminder"},
        )

    # ------------------------------------------------------------------ taking them away

    async def _tidy(self, folder: Folder) -> None:
        """All but the newest, and that one too where nobody needs it any more."""
        there = sorted(folder.by_uid.values(), key=lambda message: message.uid)
        if not there:
            return
        newest = there.pop()
        off = not self._room.mailbox.policy.reminder_at
        if off or not is_left(self._room, await self._names(newest)):
            there.append(newest)
        if there:
            await self._remove(there)

    async def _names(self, reminder: Message) -> str:
        room, uid = self._room, reminder.uid
        if uid not in self._remembered:
            mailbox_id = room.mailbox.id
            found = await room.shop.store.read(lambda tx: tx.notes.messages(mailbox_id, [uid]))
            header = Header(found.get(uid, b""))
            self._remembered[uid] = header.first(notes.REMINDS_OF.upper()).decode("ascii", "ignore")
        return self._remembered[uid]

    async def _remove(self, reminders: Collection[Message]) -> None:
        """Here and in every view, in one transaction."""
        room, uids = self._room, [message.uid for message in reminders]

        def stage(change: Change) -> None:
            change.also.append(lambda tx: tx.notes.remove(room.mailbox.id, uids))
            change.remove_all(reminders)

        await room.change(stage)
        for uid in uids:
            self._remembered.pop(uid, None)


def _add(
    tx: Transaction, *, mailbox_id: int, at_us: int, now_us: int, message: bytes, record: LogRecord
) -> int:
    tx.notes.remind(mailbox_id, at_us)
    tx.log.append([record])
    return tx.notes.add(mailbox_id, None, now_us, message, NoteKind.REMINDER)
