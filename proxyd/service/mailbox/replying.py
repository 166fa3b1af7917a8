"""Who is writing an answer shows to colleagues, and holds a conversation that nobody has
(docs/design.md §3 "By acting").

A draft that answers is that sign: it comes with the draft and goes with it, when the answer is
sent, or 15 minutes after it was saved last. A claim that the draft made goes with the sign, unless
the person has sent the answer or set anything of the conversation since.
Invariant: a conversation shows those whose drafts are in it, after every change: joined, split,
drafts removed by whom ever; and no claim of a draft is where the draft is not.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from proxyd.domain.replying import WAITS_US, DraftAnswer
from proxyd.domain.types import Account, Origin
from proxyd.domain.workflow import Event
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message

LOOKS_S = 60.0  # at the most: the clock may be set


class Replying:
    """Of one mailbox: what nobody does any more ends by itself."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        room.afterthoughts.append(partial(stage_signs, room))

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled. Raises StoreUnavailable."""
        room = self._room
        while True:
            room.state.replies.begun.clear()
            next_us = room.state.replies.next_end_us()
            if next_us is None:
                await room.state.replies.begun.wait()
            elif (wait_us := next_us - room.shop.clock()) > 0:
                await sleep(min(wait_us / 1_000_000, LOOKS_S))
            else:
                await room.change(partial(stage_expired, room))


def stage_reply(
    change: Change,
    room: Mailroom,
    account: Account,
    origin: Origin,
    draft: Message,
    *,
    waits: bool = False,
) -> None:
    """This person has saved it; ``draft`` answers something. ``waits``: it is written to its end,
    and has not left yet.
    """
    conversation = change.conversation_of(draft)
    if not any(message.inbound for message in change.messages_of(conversation)):
        return
    told = Happening(
        Event.REPLYING, draft.message_id, draft.subject_digest, actor=account, origin=origin
    )
    was_nobodys = change.assignee_of(conversation) is None
    stage_event(change, room, conversation, told)
    at_us = WAITS_US if waits else change.now_us
    change.reply(draft, DraftAnswer(account.id, at_us, claims=was_nobodys))


def stage_replied(change: Change, account_id: int, conversation: Conversation) -> None:
    """It is sent: the conversation stays with whoever has it."""
    for draft, reply in list(change.replies()):
        if reply.account_id == account_id and change.conversation_of(draft) is conversation:
            change.reply(draft, None)


def stage_keeping(change: Change, account_id: int, conversation: Conversation) -> None:
    """This person has set something of it: whatever becomes of the draft, it is theirs."""
    for draft, reply in list(change.replies()):
        ours = reply.claims and reply.account_id == account_id
        if ours and change.conversation_of(draft) is change.current(conversation):
            change.reply(draft, replace(reply, claims=False))


def stage_expired(room: Mailroom, change: Change) -> None:
    for draft, reply in list(change.replies()):
        if not reply.is_shown(change.now_us):
            _stage_gone(change, room, draft, reply)


def stage_signs(room: Mailroom, change: Change) -> None:
    """After all else that is staged in this change."""
    state, staged = room.state, change.staged
    if not len(state.replies) and not staged.replies:
        return
    for draft, reply in list(state.replies):
        if draft in staged.removed and draft not in staged.replies:
            _stage_gone(change, room, draft, reply)
    for parts in staged.parted:
        _stage_parted(change, room, parts)
    # What has become somebody else's meanwhile is no draft's any more, nor what is joined with a
    # conversation that the same person has for another reason.
    for draft, reply in list(change.replies()):
        conversation, whose = change.conversation_of(draft), reply.account_id
        swallowed = change.swallowed_by(conversation)
        joined = (conversation, *swallowed) if swallowed else ()
        held = any(_is_held(room, each, whose) for each in joined)
        if reply.claims and (held or change.assignee_of(conversation) != whose):
            change.reply(draft, replace(reply, claims=False))
    now: defaultdict[Conversation, set[int]] = defaultdict(set)
    for draft, reply in change.replies():
        now[change.conversation_of(draft)].add(reply.account_id)
    before = {draft.conversation for draft, _ in state.replies}
    for conversation in {*now, *map(change.current, before), *before}:
        people = tuple(sorted(now.get(conversation, ())))
        if people != conversation.replying:
            staged.replying[conversation] = people
            if change.current(conversation) is conversation:
                change.renumber(conversation)


def _is_held(room: Mailroom, conversation: Conversation, account_id: int) -> bool:
    """Before this change, and not by a draft."""
    claimed = any(r.claims and d.conversation is conversation for d, r in room.state.replies)
    return conversation.assignee == account_id and not claimed


def _stage_gone(change: Change, room: Mailroom, draft: Message, reply: DraftAnswer) -> None:
    change.reply(draft, None)
    if reply.claims:
        _stage_claim_gone(change, room, draft, reply.account_id)


def _stage_parted(change: Change, room: Mailroom, parts: tuple[Conversation, Conversation]) -> None:
    """The claim of a draft is where the draft is: the part without it is nobody's again."""
    for draft, reply in list(change.replies()):
        where = change.conversation_of(draft)
        if reply.claims and where in parts:
            (apart,) = (part for part in parts if part is not where)
            _stage_claim_gone(change, room, change.messages_of(apart)[0], reply.account_id)


def _stage_claim_gone(change: Change, room: Mailroom, about: Message, account_id: int) -> None:
    """Where ``about`` is, the draft that claimed is no more: the claim goes to who is writing
    still, first of all the same person, whose client saves a draft anew and removes the old one.
    """
    conversation = change.conversation_of(about)
    if change.assignee_of(conversation) != account_id:
        return
    others = [
        (other, theirs)
        for other, theirs in change.replies()
        if change.conversation_of(other) is conversation and theirs.is_shown(change.now_us)
    ]
    others.sort(key=lambda each: (each[1].account_id != account_id, each[1].at_us))
    if not others or others[0][1].account_id != account_id:
        told = (about.message_id, about.subject_digest)
        stage_event(change, room, conversation, Happening(Event.REPLY_GONE, *told))
    if others:
        heir, theirs = others[0]
        person = room.shop.people.by_id(theirs.account_id)
        if person is not None:
            told = (heir.message_id, heir.subject_digest)
            stage_event(change, room, conversation, Happening(Event.REPLYING, *told, actor=person))
            change.reply(heir, replace(theirs, claims=True))
