"""A conversation is put on hold by a command, until a day or without one."""

from __future__ import annotations

from proxyd.domain.errors import BadInput
from proxyd.domain.hold_until import until
from proxyd.domain.workflow import HOLD, Event
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom


async def hold(room: Mailroom, number: int, word: str, by: By) -> int:
    """Returns when it comes back, 0 for not by itself. Raises BadInput, StoreUnavailable."""
    if HOLD not in room.shop.statuses.keys:
        problem = "this installation has no status that waits"
        raise BadInput("NUMBER", problem, f"configure one with the key {HOLD!r}")
    conversation = room.state.conversations.get(number)
    if conversation is None:
        problem = f"there is no conversation {number} in {room.mailbox.name}"
        raise BadInput("NUMBER", problem, "see: proxyd conversation list")

    about = next((each for each in conversation.messages if each.inbound), None)
    if about is None:
        problem = "nobody outside has written a mail that is in it"
        raise BadInput("NUMBER", problem, "see: proxyd conversation list")

    def stage(change: Change) -> int:
        try:
            until_us = until(word, change.now_us, room.office) if word else 0
        except ValueError as error:
            problem, _, instead = str(error).partition("; ")
            raise BadInput("--until", problem, instead) from None
        told = Happening(
            Event.WISHED,
            about.message_id,
            about.subject_digest,
            about.folder.name,
            typed_by=by.name.lower(),
            origin=by.origin,
            status=HOLD,
            assignee=change.assignee_of(conversation),
            until_us=until_us,
        )
        stage_event(change, room, conversation, told)
        return until_us

    return await room.change(stage)
