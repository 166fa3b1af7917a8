"""The truth of a shared mailbox as it will be once a change is in effect.

Reads what there is (``state.py``) and what is staged over it (``staged.py``); alters neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proxyd.domain.guard import Answer
from proxyd.domain.ports.mail_rows import StoredLeft
from proxyd.domain.ports.owed import OwedFlag
from proxyd.service.mailbox.belonging import LOOKED_AT, whose
from proxyd.service.mailbox.circle import Circle
from proxyd.service.mailbox.correspondents import Keyed
from proxyd.service.mailbox.departures import Departure
from proxyd.service.mailbox.model import Conversation, Folder, Message, View, WaitingClock
from proxyd.service.mailbox.staged import Staged
from proxyd.service.mailbox.state import MailboxState

# Mails of conversations that one change goes through, when it can leave the rest to the next: some
# 50 ms of everybody's. Two machines that answer each other make a conversation of thousands.
MOST_GONE_THROUGH = 15_000


class Foreseen:
    def __init__(self, state: MailboxState) -> None:
        self.state = state
        self.staged = Staged()
        self.gone_through = 0  # how many mails of conversations; who sums up, counts them
        # What was summed up, and how many of the staged mails are in it.
        self._circles: dict[Conversation, tuple[Circle, int]] = {}

    @property
    def has_done_enough(self) -> bool:
        """Others want their turn: what can be done in another change is."""
        return self.gone_through >= MOST_GONE_THROUGH

    def status_of(self, conversation: Conversation) -> str:
        return self.staged.status_of(conversation)

    def assignee_of(self, conversation: Conversation) -> int | None:
        return self.staged.assignee_of(conversation)

    def clock_of(self, conversation: Conversation) -> WaitingClock:
        """As far as it is staged."""
        return self.staged.clock_of(conversation)

    def flags_of(self, message: Message) -> tuple[str, ...]:
        """As upstream has them."""
        return self.staged.flags_of(message)[0]

    def current(self, conversation: Conversation) -> Conversation:
        """The conversation that has swallowed this one in this change, or itself."""
        return self.staged.current(conversation)

    def swallowed_by(self, conversation: Conversation) -> list[Conversation]:
        """In this change."""
        return [each for each in self.staged.joined if self.current(each) is conversation]

    def works(self, folder: Folder) -> bool:
        """Whether its mail is work after the change."""
        return self.staged.works(folder)

    def conversation_of(self, message: Message) -> Conversation:
        return self.staged.conversation_of(message)

    def is_known(self, message_id: str) -> bool:
        """Whether a message of this id lies or lay in one of the folders."""
        return message_id in self.state.by_message_id or self.has_arrived(message_id)

    def conversation_by_id(self, message_id: str, people: Keyed = b"") -> Conversation | None:
        """The conversation a Message-ID belongs to, staged ones included; of several the one of
        these ``people``.
        """
        known = self.staged.threads.get(message_id)
        found = known.conversation if known else self.state.threads.get(message_id)
        if found is None:
            return None
        named = self.mails_of_id(message_id)[-LOOKED_AT:] if people else ()
        those = ((message, self.staged.conversation_of(message)) for message in named)
        return whose(self.staged.current(found), those, people)

    def has_arrived(self, message_id: str) -> bool:
        staged = self.staged.threads.get(message_id)
        return bool(staged and staged.arrived) or message_id in self.state.arrived

    def is_here(self, message: Message) -> bool:
        """Whether the message still exists: it may have gone while the caller waited for upstream
        or for its turn, and what is gone can not be changed, seen or removed once more.
        """
        if not message.id:
            return True  # staged a moment ago
        return (
            message.folder.by_uid.get(message.uid) is message and message not in self.staged.removed
        )

    def messages_of(self, conversation: Conversation) -> list[Message]:
        """Present and staged messages of a conversation, of those it has swallowed too."""
        swallowed = self.swallowed_by(conversation)
        staged = self.staged.added_to.get(conversation, [])
        moved = self.staged.moved
        present = [m for c in (conversation, *swallowed) for m in c.messages if m not in moved]
        come = [m for m in moved if self.staged.conversation_of(m) is conversation]
        self.gone_through += len(present) + len(come) + len(staged)
        return [m for m in (*present, *come) if m not in self.staged.removed] + staged

    def circle_of(self, conversation: Conversation) -> Circle:
        """Of the mails that ``messages_of`` names; gone through once."""
        circle, taken = self._circles.get(conversation, (None, 0))
        staged = self.staged.added_to.get(conversation, [])
        if circle is None:
            circle = Circle()
            circle.take(self.messages_of(conversation), self.came_us)
        elif taken < len(staged):
            circle.take(staged[taken:], self.came_us)
        self._circles[conversation] = circle, len(staged)
        return circle

    def answers_of(self, conversation: Conversation) -> list[Answer]:
        """Those recorded before this change."""
        moved = self.staged.moved_answers
        gone = {answer for _, answer in moved.get(conversation, ())}
        come = [a for pairs in moved.values() for into, a in pairs if into is conversation]
        return [answer for answer in conversation.answers if answer not in gone] + come

    def answers_given(self, conversation: Conversation) -> list[Answer]:
        """Those of this change too, and those of what it has swallowed."""
        swallowed = self.swallowed_by(conversation)
        self.gone_through += len(conversation.answers)
        recorded = [answer for c in (conversation, *swallowed) for answer in self.answers_of(c)]
        staged = self.staged.answers
        return recorded + [a for c, a in staged if self.staged.current(c) is conversation]

    def is_parted(self, conversation: Conversation) -> bool:
        """Whether a person has parted it from another one."""
        return any(conversation in pair for pair in self.state.parted)

    def are_parted(self, one: Conversation, other: Conversation) -> bool:
        """Whether a person has parted them, or what they have swallowed."""
        both = {one, other}
        pairs = (*self.state.parted, *self.staged.parted)
        return any({self.current(a), self.current(b)} == both for a, b in pairs)

    def mails_of_id(self, message_id: str) -> list[Message]:
        """Present and staged messages of a Message-ID."""
        present = self.state.by_message_id.get(message_id, ())
        staged = self.staged.added_by_id.get(message_id, ())
        return [message for message in (*present, *staged) if message not in self.staged.removed]

    def said_under(self, message_id: str) -> Sequence[Message | StoredLeft]:
        """By the mails of a Message-ID that are here, else by the last one that was."""
        last = self.state.left.get(message_id)
        return self.mails_of_id(message_id) or ([last] if last else [])

    def came_us(self, message: Message) -> int:
        """See MailboxState."""
        return self.came_id_us(message.message_id) or message.received_us

    def was_there(self, message: Message) -> bool:
        """Before us."""
        return not self.came_id_us(message.message_id)

    def came_id_us(self, message_id: str) -> int:
        """0 where nobody knows."""
        staged = self.staged.threads.get(message_id)
        return staged.came_us if staged else self.state.came.get(message_id, 0)

    def owed_of(self, message: Message) -> Mapping[str, OwedFlag]:
        """What the provider has still to be told of its flags, by word."""
        owed = self.state.owed.of(message)
        if message not in self.staged.owed:
            return owed
        now = {**owed, **self.staged.owed[message]}
        return {word: flag for word, flag in now.items() if flag is not None}

    def departure(self, account_id: int, view: View, uid: int) -> Departure:
        """What this person has said of it so far."""
        key, known = (account_id, view, uid), view.departures.of(account_id)
        return self.staged.departures.get(key, known.get(uid)) or Departure()
