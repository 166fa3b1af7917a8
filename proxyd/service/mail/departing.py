"""What a person says of mails that are to leave a view, as it is staged: \\Deleted, and copies.

What both together mean is the table in domain/deleting.py, asked by expunging.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from proxyd.domain.events import Action
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED, Departure
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View

# Of one mail to different folders; whether one of them is still there is asked of the provider.
COPIES_REMEMBERED = 8


def stage_deleted(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: View,
    name: str,
    messages: Iterable[Message],
    *,
    deleted: bool,
) -> list[Message]:
    """Set or take back this person's \\Deleted; returns the messages that it changes.

    Who takes it back has thought better of the move as well: its copies count no more, but where
    it is marked still.
    """
    changed: list[Message] = []
    for message in messages:
        uid = message.views.get(view)
        if uid is None:
            continue
        before = change.departure(caller.account.id, view, uid)
        after = replace(before.at(change.now_us), deleted=True) if deleted else Departure()
        if before.deleted is not deleted and change.depart(caller.account.id, view, uid, after):
            changed.append(message)
            if not deleted:
                _forget_copies(change, caller.account.id, message)
    detail = {"add": [DELETED] if deleted else [], "remove": [] if deleted else [DELETED]}
    change.records += caller.records(Action.FLAG, room, name, changed, detail=detail)
    return changed


def _forget_copies(change: Change, account_id: int, message: Message) -> None:
    for view, uid in message.views.items():
        if not change.departure(account_id, view, uid).deleted:
            change.depart(account_id, view, uid, Departure())


def stage_copied_into(
    change: Change,
    caller: Caller,
    messages: Iterable[Message],
    target: View,
    name: str,
    *,
    source: View | None,
) -> None:
    """Into the virtual folder ``target``, as the client calls it; ``source``: None where nobody
    says out of which view.

    Wherever else it is deleted next, that may be the other half of a move. Not where it was put:
    who deletes it there deletes what they have put there.
    """
    account_id, now_us = caller.account.id, change.now_us
    for message in messages:
        for view, uid in message.views.items():
            if view is target and view is not source:
                continue
            elsewhere = source is not None and view is not source
            known = change.departure(account_id, view, uid)
            copied = known.copied_into(name, now_us, elsewhere=elsewhere)
            change.depart(account_id, view, uid, copied)


def stage_copied(change: Change, caller: Caller, copies: Mapping[Message, Message]) -> None:
    """message → its copy in a folder. In whichever view it is deleted then, the copy is there."""
    account_id = caller.account.id
    for message, copy in copies.items():
        for view, uid in message.views.items():
            known = change.departure(account_id, view, uid).at(change.now_us)
            kept = (*known.copies, copy.id)[-COPIES_REMEMBERED:]
            change.depart(account_id, view, uid, replace(known, copies=kept, at_us=change.now_us))


def marked(view: View, account_id: int, uids: Sequence[int] | None) -> list[tuple[int, Message]]:
    """What shows as \\Deleted to this person (among ``uids``, where given), in their order."""
    members, own = view.members, view.departures.deleted_by(account_id)
    if any(DELETED in flags for flags, _ in view.flag_sets):  # by the provider's webmail
        own |= {uid for uid, message in members.items() if DELETED in message.flags}
    wanted = sorted(own) if uids is None else [uid for uid in uids if uid in own]
    return [(uid, members[uid]) for uid in wanted if uid in members]
