"""A conversation is given to a colleague, or to nobody, by a command or a page."""

from __future__ import annotations

from proxyd.domain.errors import BadInput
from proxyd.domain.types import Right
from proxyd.domain.workflow import Event
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom


async def assign(room: Mailroom, number: int, login: str, by: By) -> int:
    """``login`` "" is nobody. Returns the conversation's number. Raises BadInput for a conversation
    that is none and for who can't answer here, StoreUnavailable.
    """
    conversation = room.state.conversations.get(number)
    if conversation is None:
        problem = f"there is no conversation {number} in {room.mailbox.name}"
        raise BadInput("NUMBER", problem, "see: proxyd conversation list")
    about = next(
        (each for each in conversation.messages if each.inbound),
        next(iter(conversation.messages), None),
    )

    def stage(change: Change) -> int:
        told = Happening(
            Event.WISHED,
            about.message_id if about else "",
            about.subject_digest if about else "",
            about.folder.name if about else "",
            typed_by=by.name.lower(),
            origin=by.origin,
            status=change.status_of(conversation),
            assignee=_heir(room, login),
        )
        stage_event(change, room, conversation, told)
        return conversation.id

    return await room.change(stage)


def _heir(room: Mailroom, login: str) -> int | None:
    if not login:
        return None
    person = room.shop.people.by_login(login.lower())
    if person is None or person.disabled or person.grants.get(room.mailbox.id, 0) < Right.RESPOND:
        problem = f"{login!r} may not answer in {room.mailbox.name}"
        raise BadInput("LOGIN", problem, "name a colleague with respond or manage there")
    return person.id
