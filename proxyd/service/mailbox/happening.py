"""The one way in which a conversation gets another status or assignee: an event, and its row.

Whoever changes whose turn it is says what happened (domain/workflow/table.py) and calls
``stage_event``: synchronisation, Sent, sending, STORE, COPY and MOVE, commands, the start. Stages
into a Change; asks nobody. Invariant: no change without a record, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from proxyd.domain.events import Action
from proxyd.domain.types import Account, LogRecord, Origin
from proxyd.domain.workflow import (
    HOLD,
    AssigneeIs,
    AssigneeThen,
    Event,
    State,
    StatusIs,
    StatusThen,
    WorkflowRow,
    earliest,
    row_of,
)
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation

# A person's wish explains itself, and its record is as it always was.
_SAYS_NOTHING = frozenset({Event.WISHED})
RECIPIENTS_RECORDED = 20


@dataclass(frozen=True, slots=True)
class Happening:
    """``status`` and ``assignee`` (an account's id) are what is wished, or the swallowed one's.

    ``message_id``, ``subject_digest`` and ``view`` are of the mail that the records name;
    ``answer`` is the Message-ID of the answer, ``other`` the conversation that is swallowed, or
    that it is split off from. ``typed_by`` is who typed a command, whose name is no login.
    ``forwarded`` are those to whom it went. ``until_us`` is when it shall come back from hold; 0:
    not by itself, None: nothing is said of it. ``rules`` are those that fit, of the version.
    """

    event: Event
    message_id: str = ""
    subject_digest: str = ""
    view: str = ""
    actor: Account | None = None
    origin: Origin = field(default_factory=lambda: Origin("proxyd"))
    answer: str = ""
    status: str = ""
    assignee: int | None = None
    other: Conversation | None = None
    typed_by: str = ""
    forwarded: Sequence[str] = ()
    rules: Sequence[str] = ()
    rules_version: int = 0
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class _Turn:
    status: str
    assignee: int | None


def stage_event(
    change: Change, room: Mailroom, conversation: Conversation, happening: Happening
) -> bool:
    """Returns whether status or assignee are others now."""
    conversation = change.current(conversation)
    before = _Turn(change.status_of(conversation), change.assignee_of(conversation))
    row = row_of(happening.event, _state(room, before, change.now_us))
    after = _Turn(
        _status(row, room, before.status, happening),
        _assignee(row, before.assignee, happening),
    )
    change.set_status(conversation, after.status)
    change.set_assignee(conversation, after.assignee)
    if happening.actor is not None and before.status != after.status:
        person = happening.actor
        change.staged.finished_by[conversation] = person.id, person.name
    dated = False
    if happening.until_us is not None and after.status == HOLD:
        dated = change.hold_until(conversation, happening.until_us or None)
    # What a conversation of this very change begins with is no change of it.
    if row.record is not None and (row.always or conversation.id):
        _record(change, room, conversation, happening, row, before, after, dated=dated)
    return before != after or dated


def can_answer(room: Mailroom, account_id: int, now_us: int) -> bool:
    """Whether this person is there and may work on the mailbox."""
    person = room.shop.people.by_id(account_id)
    return person is not None and person.can_answer(room.mailbox.id, now_us)


# ---------------------------------------------------------------- the row's inputs and outputs


def _state(room: Mailroom, turn: _Turn, now_us: int) -> State:
    statuses = room.shop.statuses
    kinds = {statuses.initial: StatusIs.INITIAL, statuses.answered: StatusIs.ANSWERED}
    if turn.assignee is None:
        assignee = AssigneeIs.NOBODY
    elif can_answer(room, turn.assignee, now_us):
        assignee = AssigneeIs.PRESENT
    else:
        assignee = AssigneeIs.ABSENT
    return State(kinds.get(turn.status, StatusIs.BETWEEN), assignee)


def _status(row: WorkflowRow, room: Mailroom, current: str, happening: Happening) -> str:
    statuses = room.shop.statuses
    match row.status:
        case StatusThen.STAYS:
            return current
        case StatusThen.INITIAL:
            return statuses.initial
        case StatusThen.ANSWERED:
            return statuses.answered
        case StatusThen.EARLIEST:
            return earliest(statuses, [current, happening.status])
        case StatusThen.WISHED:
            return happening.status


def _assignee(row: WorkflowRow, current: int | None, happening: Happening) -> int | None:
    match row.assignee:
        case AssigneeThen.STAYS:
            return current
        case AssigneeThen.NOBODY:
            return None
        case AssigneeThen.ACTOR:
            return happening.actor.id if happening.actor else None
        case AssigneeThen.WISHED | AssigneeThen.OTHERS:
            return happening.assignee


# ---------------------------------------------------------------- what the log says


def _record(
    change: Change,
    room: Mailroom,
    conversation: Conversation,
    happening: Happening,
    row: WorkflowRow,
    before: _Turn,
    after: _Turn,
    *,
    dated: bool,
) -> None:
    assert row.record is not None
    detail: dict[str, object] = _ruled(happening)
    if row.record is Action.STATUS or before.status != after.status:
        detail |= {"from": before.status, "to": after.status}
    # That a mail came in is what its record says already.
    if happening.event not in _SAYS_NOTHING | {Event.ARRIVED}:
        detail |= {"by": happening.event.value}
    if happening.forwarded:
        detail["forwarded"] = list(happening.forwarded[:RECIPIENTS_RECORDED])
    if happening.answer:
        detail["answer"] = happening.answer
    if dated:
        detail["until"] = _day(room, happening.until_us)
    if before.status != after.status or row.always or dated:
        told = _log_record(room, happening, row.record, detail)
        change.record(told, conversation, happening.other)
    if before.assignee != after.assignee:
        action = _action(happening, before.assignee, after.assignee)
        whose: dict[str, object] = {
            "from": room.shop.people.login_ever(before.assignee),
            "to": room.login_of(after.assignee),
            **_ruled(happening),
        }
        if happening.event not in _SAYS_NOTHING:
            whose["by"] = happening.event.value
        if happening.answer:
            whose["answer"] = happening.answer
        change.record(_log_record(room, happening, action, whose), conversation)


def _ruled(happening: Happening) -> dict[str, object]:
    if not happening.rules:
        return {}
    return {"rules": list(happening.rules), "version": happening.rules_version}


def _day(room: Mailroom, until_us: int | None) -> str:
    """By the clock of the mailbox's zone; "" for none."""
    if not until_us:
        return ""
    local = datetime.fromtimestamp(until_us / 1_000_000, UTC).astimezone(room.office.tz)
    return local.isoformat(" ", "minutes")


def _action(happening: Happening, before: int | None, after: int | None) -> Action:
    if after is None:
        return Action.RELEASE
    own = happening.actor is not None and happening.actor.id == after
    return Action.CLAIM if own and before is None else Action.ASSIGN


def _log_record(
    room: Mailroom, happening: Happening, action: Action, detail: Mapping[str, object]
) -> LogRecord:
    return LogRecord(
        action=action,
        actor=happening.actor.login if happening.actor else happening.typed_by,
        mailbox=room.mailbox.name,
        view=happening.view,
        message_id=happening.message_id,
        subject_digest=happening.subject_digest,
        origin=happening.origin,
        detail=detail,
    )
