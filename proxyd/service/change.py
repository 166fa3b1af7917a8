"""One change of a shared mailbox: staged in memory, committed in one transaction, then applied.

The order is the promise (DESIGN.md §5 "commit first, publish second"): while a change is staged
nobody sees it; ``write`` runs inside the database's transaction, together with the access log;
only when that is durable does ``apply`` alter the truth in memory and tell the observers. Staging
and applying are synchronous, and the mailroom runs one change at a time, so no change sees half of
another.

The database must not know this file, and this file must not do I/O of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from proxyd.domain.guard import Answer
from proxyd.domain.ports import Transaction
from proxyd.domain.types import LogRecord
from proxyd.service.model import Conversation, Folder, MailboxState, Message, View
from proxyd.service.places import ViewKey, views_of


@dataclass(slots=True)
class Told:
    """What the observers of one view are to hear."""

    gone: list[int] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    only: set[int] | None = None  # accounts that see the change of flags; None = all
    lost: bool = False  # the view itself is gone


class Change:
    """Collects what is to be changed. Create by ``Mailroom.change`` only."""

    def __init__(self, mailbox_id: int, state: MailboxState, now_us: int) -> None:
        self.mailbox_id = mailbox_id
        self.state = state
        self.now_us = now_us
        self.records: list[LogRecord] = []
        self.also: list[Callable[[Transaction], None]] = []
        self._status: dict[Conversation, str] = {}
        self._assignee: dict[Conversation, int | None] = {}
        self._new_conversations: list[Conversation] = []
        self._joined: dict[Conversation, Conversation] = {}  # swallowed → swallowing
        self._threads: dict[str, tuple[Conversation, bool]] = {}
        self._answers: list[tuple[Conversation, Answer]] = []
        self._added: list[Message] = []
        self._added_to: dict[Conversation, list[Message]] = {}
        self._removed: set[Message] = set()
        self._flags: dict[Message, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._seen: dict[tuple[int, Message], bool] = {}
        self._uids: dict[Message, int] = {}  # upstream UIDs that are new (UIDVALIDITY changed)
        self._reappear: set[tuple[View, Message]] = set()
        self._folders: dict[Folder, dict[str, object]] = {}
        self._new_folders: list[Folder] = []
        self._gone_folders: list[Folder] = []
        self._new_views: list[View] = []
        self._rechecked: list[Message] = []
        self._leaving: dict[View, list[int]] = {}
        self._entering: dict[View, list[Message]] = {}
        self.entered: dict[tuple[View, Message], int] = {}  # UIDs given by this change

    # ------------------------------------------------------------------ staged truth

    def status_of(self, conversation: Conversation) -> str:
        return self._status.get(conversation, conversation.status)

    def assignee_of(self, conversation: Conversation) -> int | None:
        return self._assignee.get(conversation, conversation.assignee)

    def flags_of(self, message: Message) -> tuple[str, ...]:
        return self._flags[message][0] if message in self._flags else message.flags

    def conversation_by_id(self, message_id: str) -> Conversation | None:
        """The conversation a Message-ID belongs to, staged ones included."""
        if message_id in self._threads:
            return self._current(self._threads[message_id][0])
        found = self.state.threads.get(message_id)
        return None if found is None else self._current(found)

    def has_arrived(self, message_id: str) -> bool:
        staged = self._threads.get(message_id)
        return bool(staged and staged[1]) or message_id in self.state.arrived

    def messages_of(self, conversation: Conversation) -> list[Message]:
        """Present and staged messages of a conversation."""
        staged = self._added_to.get(conversation, [])
        return [m for m in conversation.messages if m not in self._removed] + staged

    # ------------------------------------------------------------------ staging

    def set_status(self, conversation: Conversation, status: str) -> bool:
        """True where that is a change."""
        if self.status_of(conversation) == status:
            return False
        self._status[conversation] = status
        return True

    def set_assignee(self, conversation: Conversation, account_id: int | None) -> bool:
        if self.assignee_of(conversation) == account_id:
            return False
        self._assignee[conversation] = account_id
        return True

    def new_conversation(self, status: str) -> Conversation:
        conversation = Conversation(0, status, None)
        self._new_conversations.append(conversation)
        return conversation

    def join(self, into: Conversation, other: Conversation, status: str) -> None:
        """Make one conversation of two (a mail refers to both)."""
        self._joined[other] = into
        self.set_status(into, status)
        if self.assignee_of(into) is None:
            self.set_assignee(into, self.assignee_of(other))
        for message in self._added_to.pop(other, []):
            message.conversation = into
            self._added_to.setdefault(into, []).append(message)

    def thread(self, message_ids: Iterable[str], conversation: Conversation) -> None:
        """Remember that these Message-IDs belong to the conversation."""
        for id_ in message_ids:
            if self.conversation_by_id(id_) is not conversation:
                self._threads[id_] = (conversation, self.has_arrived(id_))

    def arrive(self, message_id: str, conversation: Conversation) -> None:
        """The message itself is here: seen again it is no new mail."""
        if not self.has_arrived(message_id):
            self._threads[message_id] = (conversation, True)

    def answer(self, conversation: Conversation, answer: Answer) -> None:
        self._answers.append((conversation, answer))

    def add(self, message: Message) -> None:
        self._added.append(message)
        self._added_to.setdefault(message.conversation, []).append(message)

    def remove(self, message: Message) -> None:
        self._removed.add(message)

    def remove_all(self, messages: Iterable[Message]) -> None:
        self._removed.update(messages)

    def set_flags(
        self,
        message: Message,
        flags: tuple[str, ...],
        local_keywords: tuple[str, ...] | None = None,
    ) -> bool:
        """Flags as upstream has them, keywords kept here. True where that is a change."""
        local = message.local_keywords if local_keywords is None else local_keywords
        present = self._flags.get(message, (message.flags, message.local_keywords))
        if set(present[0]) == set(flags) and set(present[1]) == set(local):
            return False
        self._flags[message] = (flags, local)
        return True

    def set_seen(self, account_id: int, message: Message, *, seen: bool) -> None:
        self._seen[account_id, message] = seen

    def set_uid(self, message: Message, uid: int) -> None:
        """Upstream has given the same message another UID (its UIDVALIDITY changed)."""
        self._uids[message] = uid

    def reappear(self, view: View, message: Message) -> None:
        """Expunge the message from the view; it comes in again, under a new UID, if it belongs
        there.

        For MOVE into a virtual folder: the client believes the message has left (RFC 6851 §3.3).
        """
        self._reappear.add((view, message))

    def mark_folder(self, folder: Folder, **columns: object) -> None:
        """Set ``uidvalidity``, ``uidnext``, ``modseq``, ``keywords`` or ``attributes``."""
        news = {name: value for name, value in columns.items() if getattr(folder, name) != value}
        if news:
            self._folders.setdefault(folder, {}).update(news)

    def add_folder(self, folder: Folder) -> None:
        """With its view, created in the same transaction."""
        self._new_folders.append(folder)

    def remove_folder(self, folder: Folder) -> None:
        self._gone_folders.append(folder)
        self.remove_all(folder.by_uid.values())

    def ensure_view(self, key: ViewKey) -> None:
        if key not in self.state.views and all(view.key != key for view in self._new_views):
            self._new_views.append(View(0, key[0], key[1], 0, 1))

    def recheck(self, message: Message) -> None:
        """Compare the views of a message with what they should be (after loading)."""
        self._rechecked.append(message)

    # ------------------------------------------------------------------ what follows

    def _current(self, conversation: Conversation) -> Conversation:
        while conversation in self._joined:
            conversation = self._joined[conversation]
        return conversation

    def _affected(self) -> list[Message]:
        """Messages whose views may change, in the order of their arrival."""
        found: dict[Message, None] = {}
        conversations = {*self._status, *self._assignee, *self._joined}
        for conversation in conversations:
            found.update(dict.fromkeys(conversation.messages))
        found.update(dict.fromkeys(self._flags))
        found.update(dict.fromkeys(self._rechecked))
        found.update(dict.fromkeys(message for _, message in self._reappear))
        ordered = sorted((m for m in found if m not in self._removed), key=lambda m: m.id)
        return ordered + self._added

    def _plan_views(self) -> None:
        for message in self._removed:
            for view, uid in message.views.items():
                self._leaving.setdefault(view, []).append(uid)
        views = dict(self.state.views)
        views.update({view.key: view for view in self._new_views})
        for message in self._affected():
            conversation = self._current(message.conversation)
            keys = views_of(
                message.folder,
                inbound=message.inbound,
                status=self.status_of(conversation),
                assignee=self.assignee_of(conversation),
            )
            wanted = {views[key] for key in keys if key in views}
            for view, uid in message.views.items():
                if view not in wanted or (view, message) in self._reappear:
                    self._leaving.setdefault(view, []).append(uid)
            for view in wanted:
                if view not in message.views or (view, message) in self._reappear:
                    self._entering.setdefault(view, []).append(message)

    # ------------------------------------------------------------------ in the transaction

    def is_empty(self) -> bool:
        return not any(
            (
                self.records, self.also, self._status, self._assignee, self._new_conversations,
                self._joined, self._threads, self._answers, self._added, self._removed,
                self._flags, self._seen, self._uids, self._reappear, self._folders,
                self._new_folders, self._gone_folders, self._new_views, self._rechecked,
            )
        )  # fmt: skip

    def write(self, tx: Transaction) -> None:
        """Runs in the database's thread. Touches only objects nobody else knows yet."""
        self._write_folders_and_views(tx)
        self._write_conversations(tx)
        self._write_messages(tx)
        self._write_places(tx)
        for work in self.also:
            work(tx)
        if self.records:
            tx.log.append(self.records)

    def _write_folders_and_views(self, tx: Transaction) -> None:
        mail = tx.mail
        if self._new_folders:
            first = mail.next_id("folders")
            for number, folder in enumerate(self._new_folders, first):
                folder.id = number
                folder.view = View(0, "folder", str(number), 0, 1)
                self._new_views.append(folder.view)
            mail.add("folders", [self._folder_row(folder) for folder in self._new_folders])
        if self._new_views:
            number = mail.next_id("views")
            uidvalidity = mail.fresh_uidvalidity(self.now_us)
            for offset, view in enumerate(self._new_views):
                view.id, view.uidvalidity = number + offset, uidvalidity + offset
            mail.add("views", [self._view_row(view) for view in self._new_views])
        for folder, columns in self._folders.items():
            if "attributes" in columns:
                columns = {**columns, "attributes": " ".join(sorted(columns["attributes"]))}  # type: ignore[call-overload]  # noqa: PLW2901
            mail.update("folders", [{"id": folder.id, **columns}])

    def _write_conversations(self, tx: Transaction) -> None:
        mail = tx.mail
        new = [c for c in self._new_conversations if c not in self._joined]
        if new:
            first = mail.next_id("conversations")
            for number, conversation in enumerate(new, first):
                conversation.id = number
            mail.add("conversations", [self._conversation_row(c) for c in new])
        fresh = set(new)
        touched = [
            c for c in {**self._status, **self._assignee} if c not in fresh and c.id and
            c not in self._joined
        ]  # fmt: skip
        mail.update("conversations", [self._conversation_row(c, mailbox=False) for c in touched])
        if self._joined:
            self._write_joined(tx)
        threads = {
            id_: (self._current(conversation).id, arrived)
            for id_, (conversation, arrived) in self._threads.items()
        }
        mail.set_threads(self.mailbox_id, threads)
        if self._answers:
            number = mail.next_id("answers")
            rows = [
                {
                    "id": number + offset,
                    "conversation_id": self._current(conversation).id,
                    "account_id": answer.account_id,
                    "name": answer.name,
                    "message_id": answer.message_id,
                    "at_us": answer.at_us,
                }
                for offset, (conversation, answer) in enumerate(self._answers)
            ]
            mail.add("answers", rows)

    def _write_joined(self, tx: Transaction) -> None:
        for other in self._joined:
            if not other.id:
                continue
            tx.mail.move_conversation(other.id, self._current(other).id)
            tx.mail.delete("conversations", [other.id])

    def _write_messages(self, tx: Transaction) -> None:
        mail = tx.mail
        mail.delete("messages", [message.id for message in self._removed])
        if self._added:
            first = mail.next_id("messages")
            for number, message in enumerate(self._added, first):
                message.id = number
            mail.add("messages", [self._message_row(message) for message in self._added])
        if self._uids:
            # Two steps: new UIDs may collide with old ones of the same folder.
            mail.update("messages", [{"id": m.id, "uid": -uid} for m, uid in self._uids.items()])
            mail.update("messages", [{"id": m.id, "uid": uid} for m, uid in self._uids.items()])
        flags = [
            {"id": message.id, "flags": " ".join(flags), "local_keywords": " ".join(local)}
            for message, (flags, local) in self._flags.items()
            if message not in self._removed and message.id
        ]
        mail.update("messages", flags)

    def _write_places(self, tx: Transaction) -> None:
        self._plan_views()
        mail = tx.mail
        leaving = ((view.id, uid) for view, uids in self._leaving.items() for uid in uids)
        mail.leave(leaving)
        entering = []
        for view, messages in self._entering.items():
            for uid, message in enumerate(messages, view.uidnext):
                self.entered[view, message] = uid
                entering.append((view.id, uid, message.id))
        mail.enter(entering)
        grown = [v for v in self._entering if self._entering[v]]
        mail.update(
            "views",
            [{"id": v.id, "uidnext": v.uidnext + len(self._entering[v])} for v in grown],
        )
        seen = [(account, m.id, seen) for (account, m), seen in self._seen.items()]
        mail.set_seen(row for row in seen if row[1])
        gone = [folder.id for folder in self._gone_folders]
        for folder in self._gone_folders:
            if folder.view is not None:
                mail.delete("views", [folder.view.id])
        mail.delete("folders", gone)

    def _folder_row(self, folder: Folder) -> dict[str, object]:
        return {
            "id": folder.id,
            "mailbox_id": self.mailbox_id,
            "name": folder.name,
            "delimiter": folder.delimiter,
            "attributes": " ".join(sorted(folder.attributes)),
        }

    def _view_row(self, view: View) -> dict[str, object]:
        return {
            "id": view.id,
            "mailbox_id": self.mailbox_id,
            "kind": view.kind,
            "subject": view.subject,
            "uidvalidity": view.uidvalidity,
            "uidnext": view.uidnext,
        }

    def _conversation_row(
        self, conversation: Conversation, *, mailbox: bool = True
    ) -> dict[str, object]:
        row: dict[str, object] = {
            "id": conversation.id,
            "status": self.status_of(conversation),
            "assignee_id": self.assignee_of(conversation),
            "changed_us": self.now_us,
        }
        return {**row, "mailbox_id": self.mailbox_id} if mailbox else row

    def _message_row(self, message: Message) -> dict[str, object]:
        flags, local = self._flags.get(message, (message.flags, message.local_keywords))
        return {
            "id": message.id,
            "folder_id": message.folder.id,
            "uid": message.uid,
            "conversation_id": self._current(message.conversation).id,
            "message_id": message.message_id,
            "size": message.size,
            "internal_date": message.internal_date,
            "flags": " ".join(flags),
            "local_keywords": " ".join(local),
            "inbound": message.inbound,
            "automatic": message.automatic,
            "subject_digest": message.subject_digest,
        }

    # ------------------------------------------------------------------ after the commit

    def apply(self) -> dict[View, list[Told]]:
        """Alter the truth in memory; returns what the observers of each view are to hear."""
        told: dict[View, list[Told]] = {}
        changed = self._changed_messages()
        for view, uids in self._leaving.items():
            view.leave(uids)
            told.setdefault(view, []).append(Told(gone=sorted(uids)))
        self._apply_folders_and_views()
        self._apply_conversations()
        self._apply_messages()
        for view, messages in self._entering.items():
            arrived = [self.entered[view, message] for message in messages]
            for uid, message in zip(arrived, messages, strict=True):
                view.enter(uid, message)
            told.setdefault(view, []).append(Told(arrived=arrived))
        for message, only in changed.items():
            for view, uid in message.views.items():
                if (view, message) not in self.entered:
                    told.setdefault(view, []).append(Told(changed=[uid], only=only))
        for folder in self._gone_folders:
            if folder.view is not None:
                told[folder.view] = [Told(lost=True)]
        return told

    def _changed_messages(self) -> dict[Message, set[int] | None]:
        """Message → accounts that see its flags change; None = everybody."""
        found: dict[Message, set[int] | None] = {}
        for account_id, message in self._seen:
            found.setdefault(message, set()).add(account_id)  # type: ignore[union-attr]
        for message in self._affected():
            found[message] = None
        return {m: only for m, only in found.items() if m not in self._removed}

    def _apply_folders_and_views(self) -> None:
        state = self.state
        for folder, columns in self._folders.items():
            for name, value in columns.items():
                setattr(folder, name, value)
        for folder in self._new_folders:
            state.folders[folder.id] = folder
        for folder in self._gone_folders:
            state.folders.pop(folder.id, None)
            state.views.pop(("folder", str(folder.id)), None)
        for view in self._new_views:
            state.views[view.key] = view

    def _apply_conversations(self) -> None:
        state = self.state
        for conversation in self._new_conversations:
            if conversation not in self._joined:
                state.conversations[conversation.id] = conversation
        for conversation, status in self._status.items():
            conversation.status = status
        for conversation, assignee in self._assignee.items():
            conversation.assignee = assignee
        for other in self._joined:
            into = self._current(other)
            for message in other.messages:
                message.conversation = into
            into.messages.extend(other.messages)
            into.answers.extend(other.answers)
            state.conversations.pop(other.id, None)
            for id_, conversation in state.threads.items():
                if conversation is other:
                    state.threads[id_] = into
        for id_, (conversation, arrived) in self._threads.items():
            state.threads[id_] = self._current(conversation)
            if arrived:
                state.arrived.add(id_)
        for conversation, answer in self._answers:
            self._current(conversation).answers.append(answer)

    def _apply_messages(self) -> None:
        state = self.state
        for message in self._removed:
            message.folder.by_uid.pop(message.uid, None)
            message.conversation.messages.remove(message)
            copies = state.by_message_id.get(message.message_id, [])
            copies.remove(message)
            if not copies:
                state.by_message_id.pop(message.message_id, None)
        for message, uid in self._uids.items():
            message.folder.by_uid.pop(message.uid, None)
            message.uid = uid
        for message in self._uids:
            message.folder.by_uid[message.uid] = message
        for message in self._added:
            message.conversation = self._current(message.conversation)
            message.folder.by_uid[message.uid] = message
            message.conversation.messages.append(message)
            state.by_message_id.setdefault(message.message_id, []).append(message)
        for message, (flags, local) in self._flags.items():
            message.flags, message.local_keywords = flags, local
        for (account_id, message), seen in self._seen.items():
            if message.seen_by is None:
                message.seen_by = {}
            message.seen_by[account_id] = seen
