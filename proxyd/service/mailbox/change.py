"""One change of a shared mailbox, as it is put together.

The order is the promise (docs/design.md §5 "How one command flows": commit first, publish second):
while a change is staged nobody sees it; ``rows.py`` writes it in one transaction, together with the
access log; only when that is durable does ``effects.py`` alter the truth in memory. Staging is
synchronous, and the mailroom carries out one change at a time, so no change sees half of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Unpack

from proxyd.domain.deleting import Half
from proxyd.domain.guard import Answer
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.ports.parted import ReadAnew
from proxyd.domain.replying import DraftAnswer
from proxyd.domain.types import LogRecord
from proxyd.service.mailbox.departures import Departure, Trashed
from proxyd.service.mailbox.foreseen import Foreseen
from proxyd.service.mailbox.model import Conversation, Folder, Message, View, WaitingClock
from proxyd.service.mailbox.owed import overlaid
from proxyd.service.mailbox.places import ViewKey
from proxyd.service.mailbox.staged import FolderMarks, KnownId, Unnumbered
from proxyd.service.mailbox.state import MailboxState


class Change(Foreseen):
    """Collects what is to be changed. Create by ``Mailroom.change`` only."""

    def __init__(self, mailbox_id: int, state: MailboxState, now_us: int) -> None:
        super().__init__(state)
        self.mailbox_id = mailbox_id
        self.now_us = now_us
        self.entered: dict[tuple[View, Message], int] = {}  # UIDs given, once committed

    @property
    def records(self) -> list[LogRecord]:
        """What the access log gets, in the same transaction."""
        return self.staged.records

    @records.setter
    def records(self, records: list[LogRecord]) -> None:
        self.staged.records = records

    def record(
        self, record: LogRecord, conversation: Conversation, other: Conversation | None = None
    ) -> None:
        """A record about a conversation that may be a new one, as ``other`` may be, which it
        names.
        """
        self.staged.unnumbered.append(Unnumbered(record, conversation, other))

    @property
    def also(self) -> list[Callable[[Transaction], None]]:
        """Further work for the same transaction."""
        return self.staged.also

    def set_status(self, conversation: Conversation, status: str) -> bool:
        """True where that is a change."""
        if self.status_of(conversation) == status:
            return False
        self.staged.status[conversation] = status
        return True

    def set_assignee(self, conversation: Conversation, account_id: int | None) -> bool:
        if self.assignee_of(conversation) == account_id:
            return False
        self.staged.assignee[conversation] = account_id
        return True

    def hold_until(self, conversation: Conversation, until_us: int | None) -> bool:
        """When it comes back from hold; None: not by itself. True where that is a change."""
        clock = self.clock_of(conversation)
        self.set_clock(conversation, replace(clock, until_us=until_us))
        return clock.until_us != until_us

    def set_clock(self, conversation: Conversation, clock: WaitingClock) -> None:
        self.staged.clocks[conversation] = clock

    def look_at_clock(self, conversation: Conversation) -> None:
        """Something that it depends on is different now: the time, the office hours."""
        self.staged.looked_at.add(conversation)

    def new_conversation(self, status: str, assignee: int | None = None) -> Conversation:
        conversation = Conversation(0, status, assignee)
        self.staged.new_conversations.append(conversation)
        return conversation

    def join(self, into: Conversation, other: Conversation) -> None:
        """Make one conversation of two (a mail refers to both)."""
        self.staged.joined[other] = into
        self._circles.clear()
        for message in self.staged.added_to.pop(other, []):
            message.conversation = into
            self.staged.added_to.setdefault(into, []).append(message)

    def split(
        self, conversation: Conversation, messages: Iterable[Message], answers: Iterable[Answer]
    ) -> Conversation:
        """Make a conversation of its own of these, in the same state. What comes later does not
        join the two again.
        """
        new = self.new_conversation(self.status_of(conversation), self.assignee_of(conversation))
        self.set_clock(new, self.clock_of(conversation))
        self._circles.clear()
        for message in messages:
            self.staged.moved[message] = new
            self.retell(message)
        self.staged.moved_answers[conversation] = [(new, answer) for answer in answers]
        self.staged.parted.append((conversation, new))
        return new

    def thread(self, message_ids: Iterable[str], conversation: Conversation) -> None:
        """Remember that these Message-IDs belong to the conversation."""
        for id_ in message_ids:
            if self.conversation_by_id(id_) is not conversation:
                known = KnownId(conversation, self.has_arrived(id_), self.came_id_us(id_))
                self.staged.threads[id_] = known

    def arrive(self, message_id: str, conversation: Conversation) -> None:
        """The message itself is here: seen again it is no new mail."""
        if not self.has_arrived(message_id):
            known = KnownId(conversation, arrived=True, came_us=self.came_id_us(message_id))
            self.staged.threads[message_id] = known

    def come(self, message: Message, at_us: int | None = None) -> None:
        """Its Message-ID is seen for the first time, or names another mail from now on.

        No two come at one time, so that an answer can lie between them.
        """
        if self.mails_of_id(message.message_id):
            self._circles.clear()  # their times are others now
        at_us = at_us or self.now_us + len(self.staged.added)
        arrived = self.has_arrived(message.message_id)
        known = KnownId(message.conversation, arrived, at_us)
        self.staged.threads[message.message_id] = known

    def answer(self, conversation: Conversation, answer: Answer) -> None:
        self.staged.answers.append((conversation, answer))

    def add(
        self,
        message: Message,
        *,
        dated: bool = True,
        refers: Iterable[str] = (),
        topic: bytes | None = None,
    ) -> None:
        """``dated``: it comes in now, rather than having been there before us. ``refers`` are the
        ids that it names, the most telling first, ``topic`` what it is about (topics.py).
        """
        self.staged.topics[message] = topic
        self.staged.added.append(message)
        self.staged.refers[message] = "\n".join(refers)
        self.staged.added_by_id.setdefault(message.message_id, []).append(message)
        if not dated:
            self.staged.undated.add(message)
        self.staged.added_to.setdefault(message.conversation, []).append(message)

    def read_anew(self, message: Message, said: ReadAnew) -> None:
        """What its header says, which an earlier version has not kept."""
        if self.is_here(message):
            self.staged.reread[message] = said

    def remove_all(self, messages: Iterable[Message]) -> list[Message]:
        """Returns those of them that were still here."""
        present = [message for message in messages if self.is_here(message)]
        self.staged.removed.update(present)
        self._circles.clear()
        return present

    def set_flags(
        self,
        message: Message,
        flags: tuple[str, ...],
        local_keywords: tuple[str, ...] | None = None,
    ) -> bool:
        """Flags as upstream has them, keywords kept here. True where that is a change.

        What is owed to the provider stands, whatever it has; what it has is not kept here too.
        """
        if not self.is_here(message):
            return False
        flags = overlaid(flags, self.owed_of(message))
        local = message.local_keywords if local_keywords is None else local_keywords
        if local:
            there = {flag.lower() for flag in flags}
            local = tuple(keyword for keyword in local if keyword.lower() not in there)
        present = self.staged.flags_of(message)
        if set(present[0]) == set(flags) and set(present[1]) == set(local):
            return False
        self.staged.flags[message] = (flags, local)
        return True

    def owe(self, message: Message, flag: OwedFlag) -> None:
        """Let the provider hear of it later; ``set_flags`` shows it here."""
        if self.is_here(message):
            self.staged.owed.setdefault(message, {})[flag.word] = flag

    def settle(self, message: Message, flag: OwedFlag) -> None:
        """Not owed any more; what somebody has wanted since then is."""
        if self.owed_of(message).get(flag.word) is flag:
            self.staged.owed.setdefault(message, {})[flag.word] = None

    def set_seen(self, account_id: int, message: Message, *, seen: bool) -> None:
        """Where that is nothing new it leaves no trace: mod-sequences tell changes only."""
        if self.is_here(message) and message.own_seen(account_id) != seen:
            self.staged.seen[account_id, message] = seen

    def depart(self, account_id: int, view: View, uid: int, departure: Departure) -> bool:
        """True where that changes whether it shows as \\Deleted."""
        message, before = view.members.get(uid), self.departure(account_id, view, uid)
        if message is None or not self.is_here(message) or departure == before:
            return False
        kept = departure if departure.deleted or departure.copied else None
        self.staged.departures[account_id, view, uid] = kept
        if departure.deleted is before.deleted:
            return False
        self.retell(message)
        return True

    def draft_by(self, account_id: int, message: Message) -> None:
        """This person has put it into Drafts."""
        if self.is_here(message):
            self.staged.drafts[message] = account_id

    def reply(self, draft: Message, reply: DraftAnswer | None) -> None:
        """The draft is an answer on its way; None: it is no more."""
        self.staged.replies[draft] = reply

    def replies(self) -> Iterable[tuple[Message, DraftAnswer]]:
        """All of them, as they are after the change."""
        now: dict[Message, DraftAnswer | None] = dict(self.state.replies)
        for draft, reply in (now | self.staged.replies).items():
            if reply is not None and draft not in self.staged.removed:
                yield draft, reply

    def trashed_by(self, account_id: int, message: Message) -> None:
        """This person has put it into Trash by deleting it."""
        if self.is_here(message):
            self.staged.trashed[message] = Trashed(account_id, self.now_us)

    def in_vain(self, half: Half, account_id: int, messages: Iterable[Message]) -> None:
        """This person wanted that of them, and it could not be."""
        here = ((half, account_id, each) for each in messages if self.is_here(each))
        self.staged.in_vain.update(dict.fromkeys(here, self.now_us))

    def in_vain_no_more(self, half: Half, account_id: int, messages: Iterable[Message]) -> None:
        """It is done, or this person wants it no more."""
        known = self.state.in_vain
        here = ((half, account_id, m) for m in messages if known.knows(half, account_id, m))
        self.staged.in_vain.update(dict.fromkeys(here))

    def set_uid(self, message: Message, uid: int) -> None:
        """Upstream has given the same message another UID (its UIDVALIDITY changed)."""
        self.staged.uids[message] = uid

    def reappear(self, view: View, message: Message) -> None:
        """Expunge the message from the view; it comes in again, under a new UID, if it belongs
        there.

        For MOVE into a virtual folder: the client believes the message has left (RFC 6851 §3.3).
        """
        if self.is_here(message):
            self.staged.reappear.add((view, message))

    def mark_folder(self, folder: Folder, **marks: Unpack[FolderMarks]) -> None:
        """No change where the folder has all of them already."""
        if all(getattr(folder, name) == value for name, value in marks.items()):
            return
        worked = self.staged.works(folder)
        self.staged.folders.setdefault(folder, {}).update(marks)
        if self.staged.works(folder) is not worked:  # its mail is work from now on, or no more
            self.staged.rechecked.extend(folder.by_uid.values())

    def add_folder(self, folder: Folder) -> None:
        """With its view, created in the same transaction."""
        self.staged.new_folders.append(folder)

    def remove_folder(self, folder: Folder) -> None:
        self.staged.gone_folders.append(folder)
        self.remove_all(folder.by_uid.values())

    def ensure_view(self, key: ViewKey) -> None:
        if key not in self.state.views and all(view.key != key for view in self.staged.new_views):
            self.staged.new_views.append(View(0, key[0], key[1], 0, 1))

    def ensure_views_of(self, account_id: int) -> None:
        """Those of a person: what they have taken, and where they are named."""
        self.ensure_view(("assignee", str(account_id)))
        self.ensure_view(("mentions", str(account_id)))

    def retell(self, message: Message) -> None:
        """Its flags look different to somebody, although none was stored."""
        self.staged.retold.add(message)

    def renumber(self, conversation: Conversation) -> None:
        """The same for all messages of a conversation."""
        self.staged.renumbered.add(conversation)

    def recheck(self, message: Message) -> None:
        """Compare the views of a message with what they should be (after loading)."""
        self.staged.rechecked.append(message)
