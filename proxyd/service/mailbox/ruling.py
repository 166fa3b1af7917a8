"""The mailbox's rules carried out on a mail that has just come in (docs/decisions/044-rules.md).

Stages into the change that takes the mail in; what it does to status and assignee is a row of the
workflow's table. Must never take a mail from a colleague: nobody's turn is spent on that either.
"""

from __future__ import annotations

from dataclasses import replace

from proxyd.domain.rules import RuledMail
from proxyd.domain.ruling import Circumstances, problems, ruled
from proxyd.domain.workflow import Event
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message


async def load_rules(room: Mailroom) -> None:
    """Raises StoreUnavailable, Busy."""
    newest = await room.shop.store.read(lambda tx: tx.rules.newest(room.mailbox.id))
    version, text = (newest.version, newest.text) if newest else (0, "")
    if version != room.rulebook.version:
        room.rulebook.take(version, text)


def opens(change: Change, arrived: Message) -> bool:
    """Whether its conversation begins with it."""
    conversation = change.current(arrived.conversation)
    # Of a new one that is all; to gather them at each mail of a long thread takes quadratic time.
    return not conversation.id and len(change.staged.added_to.get(conversation, ())) == 1


def something_waits(change: Change, room: Mailroom, arrived: Message) -> bool:
    """Whether something did before this mail of its conversation is told to have come in."""
    status = change.status_of(change.current(arrived.conversation))
    return status != room.shop.statuses.answered and not opens(change, arrived)


def stage_rules(
    change: Change,
    room: Mailroom,
    conversation: Conversation,
    mail: RuledMail,
    arrival: Happening,
    *,
    waited: bool,
) -> None:
    """After ``arrival`` was staged; ``waited``: something in the conversation did before."""
    if not room.rulebook.rules:
        return
    now = _circumstances(room, change)
    ruling = ruled(room.rulebook.rules, mail, now)
    if ruling is None:
        return
    conversation = change.current(conversation)
    is_free = change.assignee_of(conversation) is None
    happening = replace(
        arrival,
        event=Event.RULED_WAITING if waited else Event.RULED,
        status=ruling.status or change.status_of(conversation),
        assignee=ruling.assignee.id if ruling.assignee else None,
        until_us=None if waited else ruling.until_us,
        rules=ruling.rules,
        rules_version=room.rulebook.version,
    )
    stage_event(change, room, conversation, happening)
    if is_free and ruling.assignee and ruling.turn_of:
        change.staged.turns[ruling.turn_of] = ruling.assignee.id


def rules_in_vain(room: Mailroom) -> list[str]:
    """What the rules ask for and can't be, in plain sentences: a person has left, say."""
    book = room.rulebook
    if book.problem:
        return [f"{book.problem}; no rule is applied"]
    now = _circumstances(room)
    logins = [person.login for person in room.shop.people.all()]
    found = problems(book.rules, now, room.mailbox.name, logins)
    return [f"{error.what}: {error.problem}; {error.instead}" for error in found]


def _circumstances(room: Mailroom, change: Change | None = None) -> Circumstances:
    shop = room.shop
    return Circumstances(
        room.mailbox.id,
        shop.statuses.keys,
        shop.people.by_login,
        room.office,
        change.now_us if change else shop.clock(),
        room.state.turns | change.staged.turns if change else room.state.turns,
    )
