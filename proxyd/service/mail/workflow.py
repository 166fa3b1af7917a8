"""Changing status and assignee: who may, who was first, and what it says in the access log.

Stages into a Change; the database transaction of that change decides a race (DESIGN.md §3 "First
wins"). A wish that is refused for one conversation changes none: a client is told one outcome for
its command.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proxyd.domain.errors import AlreadyTaken, NotPermitted, UnknownStatus
from proxyd.domain.events import Action
from proxyd.domain.types import Account, Right
from proxyd.domain.workflow import ASSIGNEE_PREFIX, Wish, new_assignee, new_status
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message
from proxyd.service.mailbox.places import ViewKey


def stage_wish(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    messages: Sequence[Message],
    wish: Wish,
) -> list[Message]:
    """Carry the wish out on the conversations of ``messages``; returns all messages that changed.

    Raises AlreadyTaken, NotPermitted, UnknownStatus, CannotDo: then nothing may be committed.
    """
    caller.need(Right.RESPOND, room)
    changed: list[Message] = []
    present = filter(change.is_here, messages)
    for conversation, message in _conversations(present).items():
        one = _stage_status(change, caller, room, view, conversation, message, wish)
        other = _stage_assignee(change, caller, room, view, conversation, message, wish)
        if one or other:
            changed.extend(change.messages_of(conversation))
    return changed


def wish_of_view(key: ViewKey, people_login: str) -> Wish | None:
    """What dropping a mail on a virtual folder asks for; None for a real folder.

    ``people_login`` is the login of the view's assignee, where it has one.
    """
    kind, subject = key
    if kind == "status":
        return Wish(statuses=(subject,))
    if kind == "assignee":
        return Wish(assignees=(people_login,))
    if kind == "unassigned":
        return Wish(release=("*",))
    return None


def _conversations(messages: Iterable[Message]) -> dict[Conversation, Message]:
    """Each conversation once, with the first of its messages that was addressed."""
    found: dict[Conversation, Message] = {}
    for message in messages:
        found.setdefault(message.conversation, message)
    return found


def _stage_status(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    conversation: Conversation,
    message: Message,
    wish: Wish,
) -> bool:
    old = change.status_of(conversation)
    new = new_status(wish, old, room.shop.statuses)
    if not change.set_status(conversation, new):
        return False
    detail = {"from": old, "to": new}
    change.records.append(caller.record(Action.STATUS, room, view, message, detail=detail))
    return True


def _stage_assignee(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    conversation: Conversation,
    message: Message,
    wish: Wish,
) -> bool:
    current_id = change.assignee_of(conversation)
    current = room.login_of(current_id)
    if "*" in wish.release:
        wish = Wish(statuses=wish.statuses, release=(current,))
    login = new_assignee(wish, current)
    if login == current:
        return False
    new = _assignable(room, login) if login else None
    if current:
        _may_reassign(caller, room, current_id, current, login)
    change.set_assignee(conversation, new.id if new else None)
    action = Action.RELEASE if new is None else _action(caller, new, current)
    detail = {"from": current, "to": login}
    change.records.append(caller.record(action, room, view, message, detail=detail))
    return True


def _action(caller: Caller, new: Account, current: str) -> Action:
    return Action.CLAIM if new.id == caller.account.id and not current else Action.ASSIGN


def _assignable(room: Mailroom, login: str) -> Account:
    """Raises UnknownStatus for somebody who could not answer, whether or not the login exists."""
    person = room.shop.people.by_login(login)
    if person is None or person.disabled or person.grants.get(room.mailbox.id, 0) < Right.RESPOND:
        raise UnknownStatus(ASSIGNEE_PREFIX + login)
    return person


def _may_reassign(
    caller: Caller, room: Mailroom, current_id: int | None, current: str, login: str
) -> None:
    """Somebody else's work moves by its assignee's hand, or a manager's."""
    if caller.account.id == current_id:
        return
    if caller.account.grants.get(room.mailbox.id, 0) >= Right.MANAGE:
        return
    if not login:
        raise NotPermitted("manage", room.mailbox.name)
    person = room.shop.people.by_id(current_id or 0)
    raise AlreadyTaken(current, room.told_name(person) if person else current)
