"""What a mail that has gone out does to the conversation it refers to: it answers, or it is a
forward (docs/design.md §3 "What an answer is"). Stages into a Change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from proxyd.domain.guard import Answer
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.types import Account, Origin
from proxyd.domain.workflow import Event, keyword_of
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.correspondents import Keyed
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message
from proxyd.service.mailbox.replying import stage_replied
from proxyd.service.mailbox.waiting import Left, left_to_do, whom_for

_EVENTS = {
    Left.NOTHING: Event.ANSWERED,
    Left.NEWER: Event.ANSWERED_BEFORE,
    Left.ANOTHER: Event.ANSWERED_ASKED,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """Who sent what to whom: its Message-ID, the ids of what it is about, and all that it names,
    the nearest first. ``people`` are the recipients outside of us.
    """

    account: Account
    message_id: str
    about: Sequence[str]
    origin: Origin
    recipients: Sequence[str] = ()
    people: Keyed = b""
    names: Sequence[str] = ()

    def happening(self, event: Event, room: Mailroom) -> Happening:
        """Recorded at the mail it is about."""
        asked = next((id_ for id_ in self.about if id_ in room.state.by_message_id), None)
        return Happening(
            event,
            asked or self.message_id,
            actor=self.account,
            origin=self.origin,
            answer=self.message_id,
        )

    def mails(self, room: Mailroom, conversation: Conversation) -> list[Message]:
        """Those it is about."""
        found = (message for id_ in self.about for message in room.state.by_message_id.get(id_, ()))
        return [message for message in found if message.conversation is conversation]


def stage_answer(change: Change, room: Mailroom, conversation: Conversation, sent: Sent) -> None:
    change.thread([sent.message_id], conversation)
    present = change.messages_of(conversation)
    people = whom_for(sent.people, sent.names, present)
    if not any(answer.message_id == sent.message_id for answer in conversation.answers):
        id_, name = sent.account.id, sent.account.name
        change.answer(conversation, Answer(id_, name, change.now_us, sent.message_id, people))
    answered, given = sent.mails(room, conversation), partial(change.answers_given, conversation)
    left = left_to_do(answered, present, given, change.came_us, people, change.was_there)
    event = _EVENTS[left]
    stage_event(change, room, conversation, sent.happening(event, room))
    stage_replied(change, sent.account.id, conversation)
    _stage_mark(change, answered, sent, keyword_of(event))


def stage_forward(change: Change, room: Mailroom, conversation: Conversation, sent: Sent) -> None:
    """Somebody else is asked; whoever wrote waits still."""
    change.thread([sent.message_id], conversation)
    told = replace(sent.happening(Event.FORWARDED, room), forwarded=sent.recipients)
    stage_event(change, room, conversation, told)
    _stage_mark(change, sent.mails(room, conversation), sent, keyword_of(Event.FORWARDED))


def _stage_mark(change: Change, messages: Sequence[Message], sent: Sent, flag: str) -> None:
    """At once for everybody; who opens the mailbox without us sees it too, a moment later: the
    provider is owed it. A keyword that it can't keep is kept here.
    """
    owed = OwedFlag(flag, wanted=True, at_us=change.now_us, actor=sent.account.login)
    for message in messages:
        if flag in message.flags or flag in message.local_keywords:
            continue
        if flag.startswith("\\") or message.folder.keywords:
            change.owe(message, owed)
            change.set_flags(message, message.flags)
        else:
            local = tuple(sorted((*message.local_keywords, flag)))
            change.set_flags(message, message.flags, local)
