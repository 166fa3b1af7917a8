"""A committed change takes effect: the truth in memory is altered, and what to tell is gathered.

Runs on the event loop, after the commit, in one go: nobody sees half of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.numbering import Numbered
from proxyd.service.mailbox.plan import Plan
from proxyd.service.mailbox.staged import Staged
from proxyd.service.mailbox.state import MailboxState


@dataclass(slots=True)
class Told:
    """What the observers of one view are to hear."""

    gone: list[int] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    only: set[int] | None = None  # accounts that see the change of flags; None = all
    lost: bool = False  # the view itself is gone


class Effects:
    def __init__(
        self, state: MailboxState, staged: Staged, plan: Plan, numbers: Numbered, now_us: int
    ) -> None:
        self.state = state
        self._staged = staged
        self._plan = plan
        self._numbers = numbers
        self._now_us = now_us

    def apply(self) -> dict[View, list[Told]]:
        """Returns what the observers of each view are to hear, in order."""
        told: dict[View, list[Told]] = {}
        changed = self._changed()
        for (account_id, view, uid), departure in self._staged.departures.items():
            view.departures.put(account_id, uid, departure)
        for view, uids in self._plan.leaving.items():
            view.leave(uids)
            view.vanished.note(self._numbers.modseq, sorted(uids))
            told.setdefault(view, []).append(Told(gone=sorted(uids)))
        self._apply_folders_and_views()
        self._apply_conversations()
        self._apply_messages()
        self._apply_numbers()
        arrived: set[tuple[View, Message]] = set()
        for view, arrivals in self._plan.entering.items():
            for uid, message in arrivals:
                view.enter(uid, message, self._staged.saved_us(message, self._now_us))
                arrived.add((view, message))
            told.setdefault(view, []).append(Told(arrived=[uid for uid, _ in arrivals]))
        self._tell_flags(told, changed, arrived)
        for folder in self._staged.gone_folders:
            if folder.view is not None:
                told[folder.view] = [Told(lost=True)]
        return told

    def _tell_flags(
        self,
        told: dict[View, list[Told]],
        changed: dict[Message, frozenset[int] | None],
        arrived: set[tuple[View, Message]],
    ) -> None:
        """One notice per view and audience, however many messages."""
        notices: dict[tuple[View, frozenset[int] | None], list[int]] = {}
        for message, only in changed.items():
            for view, uid in message.views.items():
                if (view, message) not in arrived:
                    notices.setdefault((view, only), []).append(uid)
        for (view, only), uids in notices.items():
            audience = None if only is None else set(only)
            told.setdefault(view, []).append(Told(changed=sorted(uids), only=audience))

    def _changed(self) -> dict[Message, frozenset[int] | None]:
        """Message → accounts that see its flags change; None = everybody."""
        found: dict[Message, frozenset[int] | None] = {}
        for account_id, message in self._staged.seen:
            found[message] = (found.get(message) or frozenset()) | {account_id}
        found.update(dict.fromkeys(self._plan.affected))
        return {m: only for m, only in found.items() if m not in self._staged.removed}

    def _apply_folders_and_views(self) -> None:
        state = self.state
        for folder, columns in self._staged.folders.items():
            for name, value in columns.items():
                setattr(folder, name, value)
        for folder in self._staged.gone_folders:
            state.folders.pop(folder.id, None)
            state.views.pop(("folder", str(folder.id)), None)
        for folder in self._staged.new_folders:
            state.folders[folder.id] = folder
        for view in self._staged.new_views:
            state.views[view.key] = view

    def _apply_conversations(self) -> None:
        state = self.state
        for conversation in self._staged.new_conversations:
            if conversation not in self._staged.joined:
                state.conversations[conversation.id] = conversation
        for conversation, status in self._staged.status.items():
            conversation.status = status
        for conversation, assignee in self._staged.assignee.items():
            conversation.assignee = assignee
        for conversation, people in self._staged.replying.items():
            conversation.replying = people
        for conversation, clock in self._staged.clocks.items():
            conversation.clock = clock
            state.alarms.put(conversation)
        state.turns.update(self._staged.turns)
        self._apply_parted()
        for other in self._staged.joined:
            into = self._staged.current(other)
            for message in other.messages:
                message.conversation = into
            into.messages.extend(other.messages)
            into.answers.extend(other.answers)
            state.conversations.pop(other.id, None)
            state.alarms.gone(other)
        if self._staged.joined:  # one pass, however many conversations were joined
            for id_, conversation in state.threads.items():
                if conversation in self._staged.joined:
                    state.threads[id_] = self._staged.current(conversation)
        self._apply_threads()
        for conversation, answer in self._staged.answers:
            self._staged.current(conversation).answers.append(answer)

    def _apply_parted(self) -> None:
        state, staged, moved = self.state, self._staged, self._staged.moved
        for conversation in {message.conversation for message in moved}:
            conversation.messages = [m for m in conversation.messages if m not in moved]
        for message, into in moved.items():
            message.conversation = into
            into.messages.append(message)
        for conversation, pairs in staged.moved_answers.items():
            gone = {answer for _, answer in pairs}
            conversation.answers = [a for a in conversation.answers if a not in gone]
            for into, answer in pairs:
                into.answers.append(answer)
        if staged.joined or staged.parted:
            pairs_now = (*state.parted, *staged.parted)
            current = {(staged.current(one), staged.current(other)) for one, other in pairs_now}
            state.parted = {(one, other) for one, other in current if one is not other}

    def _apply_threads(self) -> None:
        state = self.state
        for id_, known in self._staged.threads.items():
            state.threads[id_] = self._staged.current(known.conversation)
            if known.arrived:
                state.arrived.add(id_)
            if known.came_us:
                state.came[id_] = known.came_us
        state.left.update(self._staged.left)

    def _apply_messages(self) -> None:
        state = self.state
        self._remove()
        for message, uid in self._staged.uids.items():
            message.folder.by_uid.pop(message.uid, None)
            message.uid = uid
        for message in self._staged.uids:
            message.folder.by_uid[message.uid] = message
        for message in self._staged.added:
            message.conversation = self._staged.current(message.conversation)
            message.folder.by_uid[message.uid] = message
            message.conversation.messages.append(message)
            state.by_message_id.setdefault(message.message_id, []).append(message)
        for message, (flags, local) in self._staged.flags.items():
            message.set_flags(flags, local)
        for message, said in self._staged.reread.items():
            message.correspondents, message.automatic = said.correspondents, said.automatic
            message.sent_us = said.sent_us
        for message, owed in self._staged.owed.items():
            if message not in self._staged.removed:
                state.owed.take(message, owed)
        state.drafts.update(self._staged.drafts)
        for message, reply in self._staged.replies.items():
            state.replies.put(message, reply if message not in self._staged.removed else None)
        state.trashed.update(self._staged.trashed)
        for (half, account_id, message), at_us in self._staged.in_vain.items():
            if message not in self._staged.removed:
                state.in_vain.put(half, account_id, message, at_us)
        for (account_id, message), seen in self._staged.seen.items():
            message.set_own_seen(account_id, self._numbers.modseq, seen=seen)

    def _apply_numbers(self) -> None:
        modseq = self.state.modseq = self._numbers.modseq
        for conversation in (*self._numbers.conversations, *self._staged.new_conversations):
            conversation.modseq = modseq
        for message in (*self._numbers.messages, *self._staged.added):
            message.modseq = modseq
        for view in (*self._numbers.views, *self._staged.new_views):
            view.modseq = modseq

    def _remove(self) -> None:
        """One pass over each list concerned: 10,000 messages of one conversation go at once."""
        removed, copies = self._staged.removed, self.state.by_message_id
        for message in removed:
            message.folder.by_uid.pop(message.uid, None)
            self.state.remember_gone(message)
            self.state.owed.forget(message)
            self.state.drafts.pop(message, None)
            self.state.replies.put(message, None)
            self.state.trashed.pop(message, None)
            self.state.in_vain.gone(message)
        for conversation in {message.conversation for message in removed}:
            conversation.messages = [m for m in conversation.messages if m not in removed]
        for id_ in {message.message_id for message in removed}:
            left = [m for m in copies.get(id_, ()) if m not in removed]
            if left:
                copies[id_] = left
            else:
                copies.pop(id_, None)
