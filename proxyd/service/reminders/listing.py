"""What a reminder names: which conversations of a mailbox, in which order, and whether there is
still something to do in them. Asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.ports.conversations import ConversationRow
from proxyd.domain.reminder_times import closing_us
from proxyd.domain.workflow import HOLD
from proxyd.service.mailbox.answering import newest_from_outside
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message

HELD_FOR_US = 7 * 86_400_000_000  # without a date: people mean "for some days", and forget
# Conversations that a reminder remembers; one of more goes with the next one only.
MOST_REMEMBERED = 1_000
_HELD = "hold-"


@dataclass(frozen=True, slots=True)
class Named:
    """``at_us``: since when it waits or is held, or until when it is to be answered."""

    conversation: Conversation
    at_us: int
    mail: Message  # the newest from outside


@dataclass(frozen=True, slots=True)
class ToTell:
    overdue: Sequence[Named]
    due: Sequence[Named]  # not yet, but before the office closes
    held: Sequence[Named]
    closes_us: int | None

    def __bool__(self) -> bool:
        return bool(self.overdue or self.due or self.held)

    @property
    def remembered(self) -> str:
        """For ``is_left``; "" for too many."""
        waiting = [str(each.conversation.id) for each in (*self.overdue, *self.due)]
        held = [f"{_HELD}{each.conversation.id}" for each in self.held]
        words = waiting + held
        return " ".join(words) if len(words) <= MOST_REMEMBERED else ""


def to_tell(room: Mailroom, untouched: Iterable[ConversationRow], now_us: int) -> ToTell:
    """``untouched``: those on hold in which nothing has happened for long, the longest first."""
    closes_us = closing_us(room.office, now_us)
    overdue, due = [], []
    for conversation in room.state.conversations.values():
        if conversation.clock.overdue:
            overdue.append((conversation.clock.waits_us or 0, conversation))
        elif 0 < (due_us := _due_us(conversation)) <= (closes_us or 0):
            due.append((due_us, conversation))
    known = ((row, room.state.conversations.get(row.number)) for row in untouched)
    held = [(row.changed_us, each) for row, each in known if each is not None and _is_held(each)]
    return ToTell(_named(room, overdue), _named(room, due), _named(room, held), closes_us)


def is_left(room: Mailroom, remembered: str) -> bool:
    """Whether anything is to be done still of what a reminder has named."""
    return not remembered or any(_is_left(room, word) for word in remembered.split())


def _is_left(room: Mailroom, word: str) -> bool:
    number = word.removeprefix(_HELD)
    found = room.state.conversations.get(int(number)) if number.isdecimal() else None
    if found is None:
        return False
    check: Callable[[Conversation], bool] = _is_held if word.startswith(_HELD) else _waits
    return check(found)


def _waits(conversation: Conversation) -> bool:
    return conversation.clock.overdue or _due_us(conversation) > 0


def _due_us(conversation: Conversation) -> int:
    """0: never."""
    return 0 if conversation.status == HOLD else conversation.clock.due_us or 0


def _is_held(conversation: Conversation) -> bool:
    return conversation.status == HOLD and conversation.clock.until_us is None


def _named(room: Mailroom, found: Iterable[tuple[int, Conversation]]) -> Sequence[Named]:
    """Without those of which no mail is here any more."""
    ordered = sorted(found, key=lambda pair: (pair[0], pair[1].id))
    pairs = ((at_us, each, _newest(room, each)) for at_us, each in ordered)
    return [Named(each, at_us, mail) for at_us, each, mail in pairs if mail is not None]


def _newest(room: Mailroom, conversation: Conversation) -> Message | None:
    return newest_from_outside(conversation.messages, room.state.came_us)
