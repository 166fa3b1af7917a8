"""What was in the hands of somebody who has left, handed over (docs/decisions/056-who-leaves.md).

That it is to be, and to whom, stands in the database since the person was shut out; here it becomes
the mailbox's truth, in the change that takes those rows away. Invariant: only what is still theirs
is handed over, so whoever has taken it meanwhile keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from proxyd.domain.ports.leavers import HandOver
from proxyd.domain.types import Right
from proxyd.domain.workflow import Event
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom


async def hand_over(room: Mailroom) -> None:
    """All that is to be handed over in this mailbox. Raises StoreUnavailable, Busy."""
    rows = await room.shop.store.read(lambda tx: tx.leavers.of_mailbox(room.mailbox.id))
    if rows:
        await room.change(partial(_stage, room, rows))


def _stage(room: Mailroom, rows: Sequence[HandOver], change: Change) -> None:
    by_leaver: dict[int, dict[int | None, HandOver]] = {}
    for row in rows:
        by_leaver.setdefault(row.account_id, {})[row.conversation] = row
    for leaver, named in by_leaver.items():
        _stage_conversations(room, change, leaver, named)
        for draft, reply in list(change.replies()):
            # What is written to its end shows until it has left.
            if reply.account_id == leaver and not reply.waits:
                change.reply(draft, None)
    change.also.append(lambda tx: tx.leavers.finish([row.number for row in rows]))


def _stage_conversations(
    room: Mailroom, change: Change, leaver: int, named: Mapping[int | None, HandOver]
) -> None:
    for conversation in room.state.conversations.values():
        row = named.get(conversation.id, named.get(None))
        if row is None or change.assignee_of(conversation) != leaver:
            continue
        about = next(iter(conversation.messages), None)
        told = Happening(
            Event.HANDED_OVER,
            about.message_id if about else "",
            about.subject_digest if about else "",
            typed_by=row.actor,
            origin=row.origin,
            assignee=_heir(room, row.to),
        )
        stage_event(change, room, conversation, told)


def _heir(room: Mailroom, account_id: int | None) -> int | None:
    """Nobody, where the colleague may not answer here any more."""
    person = room.shop.people.by_id(account_id or 0)
    if person is None or person.disabled:
        return None
    return person.id if person.grants.get(room.mailbox.id, 0) >= Right.RESPOND else None
