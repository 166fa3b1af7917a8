"""A conversation split in two, or two joined, because a person says so: no rule is right for ever.

What was split is not joined again by a reply that names ancestors on both sides (indexer.py), only
by a person. Neither turns open into done (domain/workflow/table.py). docs/decisions/032.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxyd.domain.errors import BadInput, Busy
from proxyd.domain.guard import Answer
from proxyd.domain.ports.parted import Reference
from proxyd.domain.workflow import Event
from proxyd.domain.workflow.table import ANSWERED
from proxyd.service.mailbox.branch import branch_of
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message

# In a row, where mail comes into the very conversation that is read.
MOST_LOOKS = 5


@dataclass(frozen=True, slots=True)
class PartingDone:
    """``mails`` have changed their conversation."""

    kept: int  # the number of the one that was there
    other: int  # of the new one, or of the one that was swallowed
    mails: int


async def split(room: Mailroom, message_id: str, by: By) -> PartingDone:
    """Raises BadInput, Busy, StoreUnavailable."""
    for _ in range(MOST_LOOKS):
        done = await _split_as_it_is(room, message_id, by)
        if done is not None:
            return done
    raise Busy("conversation")


async def _split_as_it_is(room: Mailroom, message_id: str, by: By) -> PartingDone | None:
    """None where it was another one when its turn came."""
    conversation = _conversation(room, message_id)
    references = await room.shop.store.read(lambda tx: tx.parted.references(conversation.id))
    known = {one.message_id for one in references}

    def stage(change: Change) -> tuple[Conversation, int] | None:
        now = room.state.threads.get(message_id)
        if now is not conversation or not known >= {m.message_id for m in conversation.messages}:
            return None
        return _stage_split(change, room, conversation, message_id, references, by)

    parted = await room.change(stage)
    return parted and PartingDone(conversation.id, parted[0].id, parted[1])


async def join(room: Mailroom, one: int, other: int, by: By) -> PartingDone:
    """Conversations by number. Raises BadInput, StoreUnavailable."""

    def stage(change: Change) -> PartingDone:
        first, second = _numbered(room, one), _numbered(room, other)
        if first is second:
            raise BadInput("B", f"it is conversation {one} already", "name another one")
        # The oldest one swallows the other, as where a mail joins them (indexer.py).
        into, gone = sorted((first, second), key=lambda each: each.id)
        mails = len(gone.messages)
        about = next(iter((*gone.messages, *into.messages)), None)
        told = _happening(Event.JOINED, by, about, change, gone)
        change.join(into, gone)
        stage_event(change, room, into, told)
        return PartingDone(into.id, gone.id, mails)

    return await room.change(stage)


def _conversation(room: Mailroom, message_id: str) -> Conversation:
    conversation = room.state.threads.get(message_id)
    if conversation is None:
        raise BadInput("MESSAGE-ID", f"no mail {message_id!r} is here", "copy it from its source")
    if message_id not in room.state.by_message_id:
        problem = "that mail is not here, only others refer to it"
        raise BadInput("MESSAGE-ID", problem, "name the first of those that shall go")
    return conversation


def _numbered(room: Mailroom, number: int) -> Conversation:
    conversation = room.state.conversations.get(number)
    if conversation is None:
        problem = f"there is no conversation {number} in {room.mailbox.name}"
        raise BadInput("A B", problem, "see: proxyd conversation list")
    return conversation


def _stage_split(
    change: Change,
    room: Mailroom,
    conversation: Conversation,
    message_id: str,
    references: Sequence[Reference],
    by: By,
) -> tuple[Conversation, int]:
    if any(one.refers is None for one in references):
        problem = "what its mails refer to is still being read, after an older version"
        raise BadInput("MESSAGE-ID", problem, "run the proxy and see: proxyd mailbox status")
    ids = branch_of(message_id, references)
    goes = [m for m in conversation.messages if m.message_id in ids]
    stays = [m for m in conversation.messages if m.message_id not in ids]
    if not stays:
        problem = "all mails of its conversation refer to it: nothing would stay"
        raise BadInput("MESSAGE-ID", problem, "name the first of those that shall go")
    answers = [each for each in conversation.answers if _goes_by(change, conversation, each) in ids]
    left = [each for each in conversation.answers if each not in answers]
    parts = [_given(change, goes, answers), _given(change, stays, left)]
    about = next(message for message in goes if message.message_id == message_id)
    new = change.split(conversation, goes, answers)
    change.thread((id_ for id_ in ids if room.state.threads.get(id_) is conversation), new)
    change.renumber(conversation)
    everything = [*parts[0], *parts[1]]
    for each, other, mails, given in (
        (new, conversation, goes, parts[0]),
        (conversation, new, stays, parts[1]),
    ):
        last = _last_from_outside(change, mails)
        waits = last is not None and _is_after(everything, last) and not _is_after(given, last)
        event = Event.SPLIT_UNANSWERED if waits else Event.SPLIT
        stage_event(change, room, each, _happening(event, by, about, change, other))
    return new, len(goes)


def _goes_by(change: Change, conversation: Conversation, answer: Answer) -> str:
    """The Message-ID with which an answer goes: its own, or of which only \\Answered tells, that
    of the last mail that bears this mark and that it can be an answer to.
    """
    if answer.message_id:
        return answer.message_id
    marked = (
        mail
        for mail in conversation.messages
        if mail.inbound and ANSWERED in mail.flags and mail.correspondents == answer.people
        if change.came_us(mail) <= answer.at_us
    )
    last = max(marked, key=change.came_us, default=None)
    return last.message_id if last else ""


def _happening(
    event: Event, by: By, about: Message | None, change: Change, other: Conversation
) -> Happening:
    return Happening(
        event,
        about.message_id if about else "",
        about.subject_digest if about else "",
        about.folder.name if about else "",
        typed_by=by.name.lower(),
        origin=by.origin,
        status=change.status_of(other),
        assignee=change.assignee_of(other),
        other=other,
    )


def _given(change: Change, mails: Sequence[Message], answers: Sequence[Answer]) -> list[int]:
    """When answers were given: those recorded, and what else lies in Sent."""
    sent = [change.came_us(m) for m in mails if m.folder.sent and not m.automatic]
    marked = [change.came_us(m) for m in mails if m.inbound and ANSWERED in m.flags]
    return [*(answer.at_us for answer in answers), *sent, *marked]


def _last_from_outside(change: Change, mails: Sequence[Message]) -> int | None:
    """When a person outside wrote last."""
    came = (
        change.came_us(mail)
        for mail in mails
        if mail.inbound and mail.folder.working and not mail.automatic
    )
    return max(came, default=None)


def _is_after(given: Sequence[int], last: int) -> bool:
    return any(at_us >= last for at_us in given)
