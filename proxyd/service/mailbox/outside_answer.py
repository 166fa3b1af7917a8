"""\\Answered that somebody set at the provider, without us: the conversation has its answer.

Who answers in the provider's webmail, or on a phone that is set up there directly, leaves this flag
and, sooner or later, a mail in Sent (indexer.py). Whichever is seen first counts, once. What goes
through us is known before: our own \\Answered is in the flags when the provider first tells of it.
"""

from __future__ import annotations

from functools import partial

from proxyd.domain.guard import Answer
from proxyd.domain.workflow import Event
from proxyd.domain.workflow.table import ANSWERED
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message
from proxyd.service.mailbox.waiting import Left, left_to_do

OUTSIDE_EVENTS = {
    Left.NOTHING: Event.ANSWERED_OUTSIDE,
    Left.NEWER: Event.ANSWERED_BEFORE_OUTSIDE,
    Left.ANOTHER: Event.ANSWERED_ASKED_OUTSIDE,
}


def take_flags(change: Change, room: Mailroom, message: Message, flags: tuple[str, ...]) -> None:
    """Take in what the provider says of a message's flags that nobody is changing through us."""
    had = ANSWERED in change.flags_of(message)
    change.set_flags(message, flags)
    if had or ANSWERED not in change.flags_of(message):
        return
    if message.inbound and message.folder.working and not _has_answer(change, message):
        _note(change, room, message)


def _has_answer(change: Change, message: Message) -> bool:
    """Recorded, or lying in Sent: then it was told, or was there before us."""
    conversation, since = change.current(message.conversation), change.came_us(message)
    staged = (answer for owner, answer in change.staged.answers if owner is conversation)
    if any(answer.at_us >= since for answer in (*conversation.answers, *staged)):
        return True
    mails = change.messages_of(conversation)
    return any(mail.folder.sent and change.came_us(mail) >= since for mail in mails)


def _note(change: Change, room: Mailroom, message: Message) -> None:
    conversation = change.current(message.conversation)
    # To whom it went is not told: to who wrote it.
    change.answer(conversation, Answer(None, "", change.now_us, "", message.correspondents))
    present, given = change.messages_of(conversation), partial(change.answers_given, conversation)
    people = message.correspondents or b""
    left = left_to_do([message], present, given, change.came_us, people, change.was_there)
    event = OUTSIDE_EVENTS[left]
    told = Happening(event, message.message_id, message.subject_digest, message.folder.name)
    stage_event(change, room, conversation, told)
