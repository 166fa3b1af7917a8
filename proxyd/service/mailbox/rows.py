"""A staged change as rows of the database, in one transaction with the access log.

Runs in the database's thread. Numbers the new objects, which nobody else knows yet, and touches
nothing else.
"""

from __future__ import annotations

from dataclasses import asdict, replace

from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.departures import DepartureRow
from proxyd.domain.ports.mail_rows import (
    AnswerInsert,
    ClockUpdate,
    ConversationUpdate,
    FolderInsert,
    FolderUpdate,
    MessageInsert,
    MessageUpdate,
    ViewInsert,
    ViewUpdate,
)
from proxyd.domain.types import LogRecord
from proxyd.service.mailbox.model import Conversation, Folder, Message, View, WaitingClock
from proxyd.service.mailbox.numbering import Numbered
from proxyd.service.mailbox.plan import Plan
from proxyd.service.mailbox.staged import FolderMarks, Staged, Unnumbered


class Rows:
    def __init__(
        self, mailbox_id: int, staged: Staged, plan: Plan, numbers: Numbered, now_us: int
    ) -> None:
        self.mailbox_id = mailbox_id
        self.now_us = now_us
        self._staged = staged
        self._plan = plan
        self._numbers = numbers
        self._people: set[int] = set()  # of those named here, the ones who still have an account

    def write(self, tx: Transaction) -> None:
        self._people = tx.mail.existing_accounts(self._named_people())
        self._write_folders_and_views(tx)
        self._write_conversations(tx)
        self._write_messages(tx)
        self._write_places(tx)
        for rule, account_id in self._staged.turns.items():
            if account_id in self._people:
                tx.rules.give(self.mailbox_id, rule, account_id)
        for work in self._staged.also:
            work(tx)
        numbered = [self._numbered(one) for one in self._staged.unnumbered]
        if numbered or self._staged.records:
            tx.log.append([*numbered, *self._staged.records])

    def _numbered(self, one: Unnumbered) -> LogRecord:
        detail = one.record.detail
        if one.other is not None and one.other.id:
            detail = {**detail, "other": one.other.id}
        number = self._staged.current(one.conversation).id
        return replace(one.record, conversation=number, detail=detail)

    def _named_people(self) -> set[int]:
        """Another process may have removed one of them a moment ago."""
        staged = self._staged
        written = (*self._numbers.conversations, *staged.status, *staged.new_conversations)
        named = {staged.assignee_of(c) for c in (*written, *staged.assignee)}
        named |= {answer.account_id for _, answer in staged.answers}
        named |= {turn.account_id for _, turn in staged.ended}
        named |= {account_id for account_id, _ in staged.seen}
        named |= {account_id for account_id, _, _ in staged.departures}
        named |= set(staged.drafts.values()) | set(staged.turns.values())
        named |= {trashed.account_id for trashed in staged.trashed.values()}
        named |= {account_id for _, account_id, _ in staged.in_vain}
        return {account_id for account_id in named if account_id is not None}

    def _person(self, account_id: int | None) -> int | None:
        return account_id if account_id in self._people else None

    def _write_folders_and_views(self, tx: Transaction) -> None:
        mail, gone = tx.mail, self._staged.gone_folders
        # First, because a new folder may have the same name; their messages go with them.
        mail.delete("views", [folder.view.id for folder in gone if folder.view is not None])
        mail.delete("folders", [folder.id for folder in gone])
        if self._staged.new_folders:
            first = mail.next_id("folders")
            for number, folder in enumerate(self._staged.new_folders, first):
                folder.id = number
                folder.view = View(0, "folder", str(number), 0, 1)
                self._staged.new_views.append(folder.view)
            mail.add("folders", [self._folder_row(folder) for folder in self._staged.new_folders])
        if self._staged.new_views:
            number = mail.next_id("views")
            count = len(self._staged.new_views)
            uidvalidity = mail.fresh_uidvalidity(self.mailbox_id, self.now_us, count)
            for offset, view in enumerate(self._staged.new_views):
                view.id, view.uidvalidity = number + offset, uidvalidity + offset
            mail.add("views", [self._view_row(view) for view in self._staged.new_views])
        for folder, marks in self._staged.folders.items():
            mail.update("folders", [_folder_update(folder, marks)])

    def _write_conversations(self, tx: Transaction) -> None:
        mail = tx.mail
        new = [c for c in self._staged.new_conversations if c not in self._staged.joined]
        if new:
            first = mail.next_id("conversations")
            for number, conversation in enumerate(new, first):
                conversation.id = number
            mail.add(
                "conversations",
                [{**self._conversation_row(c), "mailbox_id": self.mailbox_id} for c in new],
            )
        fresh = set(new)
        touched = [
            c
            for c in self._numbers.conversations
            if c.id and c not in fresh and c not in self._staged.joined
        ]
        mail.update("conversations", [self._conversation_row(c) for c in touched])
        clocks = [
            _clock_row(conversation.id, clock)
            for conversation, clock in self._staged.clocks.items()
            if conversation.id and conversation not in fresh.union(touched, self._staged.joined)
            if _clock_row(conversation.id, conversation.clock) != _clock_row(conversation.id, clock)
        ]
        mail.update("conversations", clocks)
        turns = [
            replace(
                turn,
                conversation=self._staged.current(c).id,
                account_id=self._person(turn.account_id),
            )
            for c, turn in self._staged.ended
        ]
        tx.turns.add(self.mailbox_id, turns)
        if self._staged.joined or self._staged.parted:
            self._write_joined(tx)
            self._write_parted(tx)
        threads = {
            id_: (self._staged.current(one.conversation).id, one.arrived, one.came_us)
            for id_, one in self._staged.threads.items()
        }
        mail.set_threads(self.mailbox_id, threads)
        mail.set_left(self.mailbox_id, self._staged.left.values())
        if self._staged.answers:
            number = mail.next_id("answers")
            rows: list[AnswerInsert] = [
                {
                    "id": number + offset,
                    "conversation_id": self._staged.current(conversation).id,
                    "account_id": self._person(answer.account_id),
                    "name": answer.name,
                    "message_id": answer.message_id,
                    "at_us": answer.at_us,
                    "people": answer.people,
                }
                for offset, (conversation, answer) in enumerate(self._staged.answers)
            ]
            mail.add("answers", rows)

    def _write_joined(self, tx: Transaction) -> None:
        for other in self._staged.joined:
            if not other.id:
                continue
            into = self._staged.current(other).id
            tx.mail.move_conversation(other.id, into)
            tx.parted.joined(other.id, into)
            tx.mail.delete("conversations", [other.id])

    def _write_parted(self, tx: Transaction) -> None:
        for one, new in self._staged.parted:
            gone = [message for message, into in self._staged.moved.items() if into is new]
            numbers = [message.id for message in gone]
            ids = {message.message_id for message in gone}
            answers = [answer for _, answer in self._staged.moved_answers[one]]
            ids.update(answer.message_id for answer in answers)
            marks = [answer.at_us for answer in answers if not answer.message_id]
            tx.parted.move(numbers, sorted(ids - {""}), marks, one.id, new.id)
            tx.parted.part([(one.id, new.id)])

    def _write_messages(self, tx: Transaction) -> None:
        mail = tx.mail
        mail.delete("messages", [message.id for message in self._staged.removed])
        added = set(self._staged.added)
        if self._staged.added:
            first = mail.next_id("messages")
            for number, message in enumerate(self._staged.added, first):
                message.id = number
                message.thread = message.thread or self._staged.current(message.conversation).id
            mail.add("messages", [self._message_row(message) for message in self._staged.added])
        if self._staged.uids:
            # Two steps: new UIDs may collide with old ones of the same folder.
            mail.update(
                "messages", [{"id": m.id, "uid": -uid} for m, uid in self._staged.uids.items()]
            )
            mail.update(
                "messages", [{"id": m.id, "uid": uid} for m, uid in self._staged.uids.items()]
            )
        modseq, staged = self._numbers.modseq, self._staged.flags
        flags: list[MessageUpdate] = [
            {"id": message.id, "flags": " ".join(flags), "local_keywords": " ".join(local),
             "modseq": modseq}
            for message, (flags, local) in staged.items()
            if message not in self._staged.removed and message not in added
        ]  # fmt: skip
        mail.update("messages", flags)
        others = self._numbers.messages - staged.keys() - added
        mail.update("messages", [{"id": message.id, "modseq": modseq} for message in others])
        tx.parted.read_anew(self._staged.reread.values())
        self._write_owed(tx)

    def _write_owed(self, tx: Transaction) -> None:
        news = [
            (message.id, word, flag)
            for message, flags in self._staged.owed.items()
            for word, flag in flags.items()
            if message not in self._staged.removed
        ]
        if news:
            tx.owed.settle([(number, word) for number, word, flag in news if flag is None])
            tx.owed.owe((number, flag) for number, _, flag in news if flag is not None)

    def _write_places(self, tx: Transaction) -> None:
        mail, plan, staged = tx.mail, self._plan, self._staged
        mail.leave((view.id, uid) for view, uids in plan.leaving.items() for uid in uids)
        mail.enter(
            (view.id, uid, message.id, staged.saved_us(message, self.now_us))
            for view, arrivals in plan.entering.items()
            for uid, message in arrivals
        )
        mail.update("views", [self._grown(view) for view in self._numbers.views])
        self._write_departures(tx)
        mail.set_seen(
            (account_id, message.id, seen, self._numbers.modseq)
            for (account_id, message), seen in staged.seen.items()
            if account_id in self._people and message not in staged.removed
        )

    def _write_departures(self, tx: Transaction) -> None:
        """Of a UID that leaves its view in the same change nothing is kept."""
        for message, account_id in self._staged.drafts.items():
            if account_id in self._people:
                tx.departures.add_draft(message.id, account_id)
        tx.departures.set_replies(
            (message.id, reply)
            for message, reply in self._staged.replies.items()
            if message not in self._staged.removed
        )
        tx.departures.add_trashed(
            (message.id, trashed.account_id, trashed.at_us)
            for message, trashed in self._staged.trashed.items()
            if trashed.account_id in self._people and message not in self._staged.removed
        )
        tx.departures.set_in_vain(
            (message.id, account_id, half, at_us)
            for (half, account_id, message), at_us in self._staged.in_vain.items()
            if account_id in self._people and message not in self._staged.removed
        )
        staged = self._staged.departures
        if not staged:
            return
        gone = {(view, uid) for view, uids in self._plan.leaving.items() for uid in uids}
        left = {
            (account_id, view.id, uid): departure
            for (account_id, view, uid), departure in staged.items()
            if account_id in self._people and (view, uid) not in gone
        }
        tx.departures.remove(left)
        tx.departures.add(
            DepartureRow(*key, **asdict(departure)) for key, departure in left.items() if departure
        )

    def _grown(self, view: View) -> ViewUpdate:
        arrivals = self._plan.entering.get(view)
        uidnext = arrivals[-1][0] + 1 if arrivals else view.uidnext
        return {"id": view.id, "uidnext": uidnext, "modseq": self._numbers.modseq}

    def _folder_row(self, folder: Folder) -> FolderInsert:
        return {
            "id": folder.id,
            "mailbox_id": self.mailbox_id,
            "name": folder.name,
            "delimiter": folder.delimiter,
            "attributes": " ".join(sorted(folder.attributes)),
        }

    def _view_row(self, view: View) -> ViewInsert:
        return {
            "id": view.id,
            "mailbox_id": self.mailbox_id,
            "kind": view.kind,
            "subject": view.subject,
            "uidvalidity": view.uidvalidity,
            "uidnext": view.uidnext,
            "modseq": self._numbers.modseq,
        }

    def _conversation_row(self, conversation: Conversation) -> ConversationUpdate:
        return {
            "id": conversation.id,
            "status": self._staged.status_of(conversation),
            "assignee_id": self._person(self._staged.assignee_of(conversation)),
            "changed_us": self.now_us,
            "modseq": self._numbers.modseq,
            **_clock_row(conversation.id, self._staged.clock_of(conversation)),
        }

    def _message_row(self, message: Message) -> MessageInsert:
        flags, local = self._staged.flags_of(message)
        return {
            "id": message.id,
            "folder_id": message.folder.id,
            "uid": message.uid,
            "conversation_id": self._staged.current(message.conversation).id,
            "message_id": message.message_id,
            "size": message.size,
            "internal_date": message.internal_date,
            "flags": " ".join(flags),
            "local_keywords": " ".join(local),
            "inbound": message.inbound,
            "automatic": message.automatic,
            "subject_digest": message.subject_digest,
            "modseq": self._numbers.modseq,
            "origin": message.origin,
            "thread": message.thread,
            "correspondents": message.correspondents,
            "sent_us": message.sent_us,
            "refers": self._staged.refers.get(message, ""),
            "topic": self._staged.topics.get(message),
        }


def _clock_row(number: int, clock: WaitingClock) -> ClockUpdate:
    return {
        "id": number,
        "finished_us": clock.finished_us,
        "resumed_us": clock.resumed_us,
        "until_us": clock.until_us,
        "waits_us": clock.waits_us,
        "overdue": clock.overdue,
    }


def _folder_update(folder: Folder, marks: FolderMarks) -> FolderUpdate:
    row: FolderUpdate = {"id": folder.id}
    for name in ("name", "uidvalidity", "uidnext", "modseq", "keywords"):
        if name in marks:
            row[name] = marks[name]
    if "unkept" in marks:
        unkept = marks["unkept"]
        row["unkept"] = None if unkept is None else " ".join(sorted(unkept))
    if "attributes" in marks:
        row["attributes"] = " ".join(sorted(marks["attributes"]))
    return row
