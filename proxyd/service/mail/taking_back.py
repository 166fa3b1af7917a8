"""Who drags a mail out of *Leaving*, or deletes it there, takes it back: it does not leave.

In one transaction is decided whether it is taken back, or on its way already. Invariants: what was
taken back never leaves, whatever dies then; it is nowhere lost (coming_back.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from proxyd.domain.deleting import FolderUse, place_of
from proxyd.domain.errors import CannotDo, UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.held import DRAFTS, TO_APPROVE, TRASH
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Account, Origin, Right
from proxyd.service.api.changing import CopyResult
from proxyd.service.mail.approving import approve
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.coming_back import come_back
from proxyd.service.mail.too_late import reason_of
from proxyd.service.mail.transferring import Wanted
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.held_mails import held_mails
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message
from proxyd.service.mailbox.sync import Synchroniser

STOPPED = "waits-stopped"  # it will not be sent, and lies nowhere yet
INTO = {FolderUse.DRAFTS: DRAFTS, FolderUse.TRASH: TRASH}


def barred(caller: Caller, room: Mailroom, message: Message) -> str:
    """Why this person may not take it back (of CannotDo); "" where they may."""
    account = caller.account
    own = room.state.drafts.get(message) == account.id
    if own or account.grants.get(room.mailbox.id, 0) >= Right.MANAGE:
        return ""
    return "approval-not-yours" if message.folder.name == TO_APPROVE else "waits-not-yours"


def marked_by(room: Mailroom, sending_id: int) -> Account | None:
    """Who has marked it \\Deleted where it waits, without EXPUNGE yet, and may take it back."""
    for message in held_mails(room):
        if message.uid != sending_id:
            continue
        for view, uid in message.views.items():
            people = map(room.shop.people.by_id, view.departures.who_deleted(uid))
            for person in filter(None, people):
                if not barred(Caller(person, Origin("proxyd")), room, message):
                    return person
    return None


class TakingBack:
    """By one person, in one view."""

    def __init__(self, caller: Caller, room: Mailroom, sync: Synchroniser, view_name: str) -> None:
        self._caller = caller
        self._room = room
        self._sync = sync
        self._view_name = view_name

    async def move(self, wanted: Wanted, target: Entry) -> CopyResult:
        """Raises CannotDo where that is neither Drafts nor Trash, nor what waits for approval is
        dropped on *Approve*, and what ``take`` and ``approve`` raise.
        """
        folder, messages = target.folder, [message for _, message in wanted]
        if folder is not None and folder.approves and target.room is self._room:
            await approve(self._caller, self._room, self._sync, self._view_name, messages)
            return CopyResult(folder.view.uidvalidity if folder.view else 0, ())
        if folder is not None and folder.held:
            raise CannotDo("waits-by-itself")
        into = INTO.get(place_of(folder.attributes)) if folder is not None else None
        if target.room is not self._room or folder is None or into is None:
            raise CannotDo("waits-elsewhere")
        copies = await self.take(wanted, into)
        view = folder.view
        pairs = [(uid, copy.views[view]) for uid, copy in copies if view in copy.views]
        return CopyResult(view.uidvalidity if view else 0, tuple(pairs))

    async def take(self, wanted: Wanted, into: str) -> Sequence[tuple[int, Message]]:
        """Returns what lies there then, by the view's UIDs.

        Raises CannotDo: none of them was taken back (too_late.py, ``barred``), or all were, and the
        provider can't be told now ("waits-stopped").
        """
        messages = [message for _, message in wanted]
        for message in messages:
            if reason := barred(self._caller, self._room, message):
                raise CannotDo(reason)
        await self._stop(messages, into)
        copies: list[tuple[int, Message]] = []
        try:
            for uid, message in wanted:
                copy = await come_back(self._room, self._sync, message.uid)
                if copy is not None:
                    copies.append((uid, copy))
        except UpstreamError as error:
            raise CannotDo(STOPPED) from error
        finally:
            self._room.held_news.set()
        return copies

    async def _stop(self, messages: Sequence[Message], into: str) -> None:
        caller, room = self._caller, self._room
        account = caller.account
        numbers = {message.uid: room.state.drafts.get(message) for message in messages}
        name = room.told_name(account)
        asked = any(message.folder.name == TO_APPROVE for message in messages)
        done = "given-back" if asked else "taken-back"

        def work(tx: Transaction) -> None:
            for number, writer in numbers.items():
                why = {} if writer == account.id else {"why": done, "name": name}
                if tx.outbox.withdraw(number):
                    tx.held.come_back(number, into, account.login, why)
                elif not (found := tx.held.find(number)) or not found[0].stays:
                    raise CannotDo(reason_of(tx.outbox.states([number]).get(number)))

        def stage(change: Change) -> None:
            change.also.append(work)
            detail = {"step": done, "to": into}
            change.records += caller.records(
                Action.LEAVING, room, self._view_name, messages, detail=detail
            )
            for draft, reply in list(change.replies()):
                if draft in messages:
                    change.reply(draft, replace(reply, at_us=change.now_us))

        await room.change(stage)
