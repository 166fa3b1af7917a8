"""Changing status and assignee: who may, who was first, and what it says in the access log.

Stages into a Change; the database transaction of that change decides a race (docs/design.md §3
"First wins"). A wish that is refused for one conversation changes none: a client is told one
outcome for its command.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proxyd.domain.errors import AlreadyTaken, CannotDo, NotPermitted, Refused, UnknownStatus
from proxyd.domain.hold_until import until
from proxyd.domain.thread import Headers
from proxyd.domain.types import Account, Right
from proxyd.domain.workflow import (
    ASSIGNEE_PREFIX,
    HOLD,
    Event,
    Wish,
    check_shows,
    new_assignee,
    new_status,
)
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message
from proxyd.service.mailbox.places import ViewKey
from proxyd.service.mailbox.replying import stage_keeping


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
        told = (message.message_id, message.subject_digest)
        stage_keeping(change, caller.account.id, conversation)
        if _stage(change, caller, room, view, conversation, told, wish):
            changed.extend(change.messages_of(conversation))
    return changed


def check_all_show(folder: str, messages: Iterable[Message]) -> None:
    """The one rule for a tag, a copy and a move of what lies in ``folder``. Raises CannotDo."""
    for conversation, message in _conversations(messages).items():
        inbound = [each for each in (message, *conversation.messages) if each.inbound]
        working = any(each.folder.working for each in inbound)
        check_shows(folder, written_outside=bool(inbound), working=working)


def refusal_of(
    caller: Caller,
    room: Mailroom,
    view: str,
    messages: Sequence[Message],
    wish: Wish,
    *,
    must_show: bool,
) -> Refused | None:
    """What ``stage_wish`` would raise now: a wish is granted as a whole or not at all.

    ``must_show``: or what ``check_all_show`` would, where it changes something. Clients write
    flags again as they are, and what comes in with its flags is to be kept wherever it lies.
    """
    rehearsal = Change(room.mailbox.id, room.state, room.shop.clock())
    try:
        changed = stage_wish(rehearsal, caller, room, view, messages, wish)
        if must_show:
            check_all_show(view, changed)
    except Refused as error:
        return error
    return None


def rehearse(
    caller: Caller, room: Mailroom, view: str, wishes: Iterable[tuple[Headers, Wish]]
) -> None:
    """For mails that are still to be stored: raises what ``stage_wish`` would then.

    Each is taken for one of the conversation that it refers to.
    """
    caller.need(Right.RESPOND, room)
    rehearsal = Change(room.mailbox.id, room.state, room.shop.clock())
    for headers, wish in wishes:
        ids = (headers.message_id, *headers.answered_ids)
        known = (rehearsal.conversation_by_id(id_) for id_ in ids)
        conversation = next((each for each in known if each is not None), None)
        conversation = conversation or Conversation(0, room.shop.statuses.initial, None)
        _stage(rehearsal, caller, room, view, conversation, (headers.message_id, ""), wish)


def _stage(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    conversation: Conversation,
    told: tuple[str, str],
    wish: Wish,
) -> bool:
    """``told``: Message-ID and digest of the subject for the record."""
    happening = Happening(
        Event.WISHED,
        *told,
        view,
        caller.account,
        caller.origin,
        status=new_status(wish, change.status_of(conversation), room.shop.statuses),
        assignee=_wished_assignee(change, caller, room, conversation, told[0], wish),
        until_us=until(wish.until, change.now_us, room.office) if wish.until else None,
    )
    return stage_event(change, room, conversation, happening)


def wish_of_view(key: ViewKey, people_login: str) -> Wish:
    """What dropping a mail on a virtual folder asks for. ``people_login`` is the login of the
    view's assignee, where it has one. Raises CannotDo for a folder that nobody fills.
    """
    kind, subject = key
    if kind == "status":
        return Wish(statuses=(subject,))
    if kind == "until":
        return Wish(statuses=(HOLD,), until=subject)
    if kind == "assignee":
        return Wish(assignees=(people_login,))
    if kind == "unassigned":
        return Wish(release=("*",))
    raise CannotDo("overdue-by-itself" if kind == "overdue" else "name-in-note")


def _conversations(messages: Iterable[Message]) -> dict[Conversation, Message]:
    """Each conversation once, with the first of its messages that was addressed. A reminder among
    others is left out: who selects all of INBOX has not meant that.
    """
    addressed = list(messages)
    meant = [message for message in addressed if not message.folder.reminders] or addressed
    found: dict[Conversation, Message] = {}
    for message in meant:
        found.setdefault(message.conversation, message)
    return found


def _wished_assignee(
    change: Change,
    caller: Caller,
    room: Mailroom,
    conversation: Conversation,
    message_id: str,
    wish: Wish,
) -> int | None:
    current_id = change.assignee_of(conversation)
    current = room.login_of(current_id)
    if "*" in wish.release:
        wish = Wish(statuses=wish.statuses, release=(current,))
    login = new_assignee(wish, current)
    if login == current:
        return current_id
    new = _assignable(room, login) if login else None
    if current:
        try:
            _may_reassign(caller, room, current_id, current, login)
        except AlreadyTaken as taken:
            raise AlreadyTaken(taken.login, taken.name, message_id) from None
    return new.id if new else None


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
    person = room.shop.people.by_id(current_id or 0)
    name = room.told_name(person) if person else current
    if not login:
        raise NotPermitted("manage", room.mailbox.name, name)
    raise AlreadyTaken(current, name)
