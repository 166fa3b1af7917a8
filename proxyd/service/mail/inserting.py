"""APPEND into a virtual folder, which holds nothing of its own.

A mail that the mailbox has, to the octet, is copied there: mbsync and offlineimap move mail between
folders on disk, and say it so. Any other is put into INBOX first: refused, it would be lost by who
removes it where it was, and asked for again and again by others (docs/decisions/020). All or none,
as far as it can be told before anything is stored.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from proxyd.domain.deleting import FolderUse, place_of
from proxyd.domain.errors import CannotDo, ProxydError
from proxyd.domain.events import Action
from proxyd.domain.types import Right
from proxyd.domain.workflow import Wish, is_ours, wish_of
from proxyd.service.api.appending import AppendResult, NewMessage
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail.appending import Appender
from proxyd.service.mail.bringing_back import BringingBack
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.departing import stage_copied_into
from proxyd.service.mail.flagging import FlagChange
from proxyd.service.mail.same_mail import same_mails
from proxyd.service.mail.storing import header_of
from proxyd.service.mail.tree import Entry
from proxyd.service.mail.workflow import rehearse, stage_wish, wish_of_view
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.sync import Synchroniser


class Inserter:
    """One APPEND of one person into one virtual folder."""

    def __init__(self, caller: Caller, target: Entry, inbox: Entry, sync: Synchroniser) -> None:
        """``inbox``: of the same mailbox. Raises NotPermitted, and what ``Appender`` raises."""
        room, key = target.room, target.key
        if room is None or key is None:
            raise CannotDo("holds-no-mail")
        caller.need(Right.RESPOND, room)
        self._caller = caller
        self._room: Mailroom = room
        self._view: View = room.state.views[key]
        self._name = target.name
        self._into_inbox = Appender(caller, inbox, sync)
        self._inbox = inbox.folder
        self._sync = sync

    async def append(self, messages: Sequence[NewMessage]) -> AppendResult:
        """Raises what ``stage_wish`` and ``Appender.append`` raise: then nothing is stored."""
        wishes = [self._wish(message) for message in messages]
        known = [await self._known(message) for message in messages]
        headers = [header_of(message.content) for message in messages]
        rehearse(self._caller, self._room, self._name, zip(headers, wishes, strict=True))
        back = [
            there or await self._brought_back(message)
            for message, there in zip(messages, known, strict=True)
        ]
        unknown = [m for m, there in zip(messages, back, strict=True) if there is None]
        put = iter(await self._into_inbox.put_in([_bare(message) for message in unknown]))
        found = [there or next(put) for there in back]
        change = await self._room.change(lambda change: self._stage(change, found, wishes, known))
        for message, there in zip(messages, known, strict=True):
            await self._flag(message, there)
        return self._result(change, found)

    # ------------------------------------------------------------------ before

    def _wish(self, message: NewMessage) -> Wish:
        """The folder's, and what the flags say of the rest. Raises UnknownStatus."""
        view, room = self._view, self._room
        login = room.login_of(int(view.subject)) if view.kind == "assignee" else ""
        folder = wish_of_view(view.key, login)
        flags = wish_of(message.flags, remove=False, statuses=room.shop.statuses)
        # Of what the folder decides the flags are luggage: how it was where the mail comes from.
        if folder.statuses:
            return replace(flags, statuses=folder.statuses, until=folder.until)
        return replace(flags, assignees=folder.assignees, release=folder.release)

    async def _known(self, message: NewMessage) -> Message | None:
        """Virtual folders hold what came from outside into folders of work; what lies elsewhere,
        in Trash say, is brought back by another copy. A mail of ours, sent or a draft, stays where
        it is: what its conversation has from outside is shown.
        """
        same = await same_mails(self._room, message.content, _stays)
        return same[0] if same else None

    async def _brought_back(self, message: NewMessage) -> Message | None:
        """Out of Trash, where this person has just put it."""
        if self._inbox is None:
            return None
        trash = BringingBack(self._caller, self._room, self._sync)
        return await trash.into(self._inbox, message.content, self._name)

    # ------------------------------------------------------------------ doing it

    def _stage(
        self,
        change: Change,
        found: Sequence[Message | None],
        wishes: Sequence[Wish],
        known: Sequence[Message | None],
    ) -> Change:
        caller, room = self._caller, self._room
        for message, wish, there in zip(found, wishes, known, strict=True):
            if message is None:
                continue
            stage_wish(change, caller, room, self._name, [message], wish)
            if there is None:
                continue
            stage_copied_into(change, caller, [there], self._view, self._name, source=None)
            detail = {"to": self._name, "by": "append"}
            name = there.folder.name
            change.records.append(caller.record(Action.COPY, room, name, there, detail=detail))
        return change

    async def _flag(self, message: NewMessage, there: Message | None) -> None:
        """What the client has marked its copy with is added; it is a copy all the same."""
        room, account_id = self._room, self._caller.account.id
        view = there.folder.view if there is not None else None
        if there is None or view is None:
            return
        present = {flag.lower() for flag in room.flags(there, account_id, view)}
        new = [f for f in message.flags if not is_ours(f) and f.lower() not in present]
        new = [flag for flag in new if flag != DELETED]
        if new:
            store = FlagChange(self._caller, room, view, there.folder.name, FlagMode.ADD, new)
            with contextlib.suppress(ProxydError):
                await store.carry_out([there])

    def _result(self, change: Change, found: Sequence[Message | None]) -> AppendResult:
        """Without UIDs where one is not shown there: a mail of our own is nobody's work."""
        view = self._view
        uids = [
            change.entered.get((view, m)) or m.views.get(view, 0) if m is not None else 0
            for m in found
        ]
        return AppendResult(view.uidvalidity, tuple(uids) if all(uids) else ())


def _stays(message: Message) -> bool:
    if message.inbound:
        return message.folder.working
    return place_of(message.folder.attributes) not in (FolderUse.TRASH, FolderUse.JUNK)


def _bare(message: NewMessage) -> NewMessage:
    """The workflow's words are wished for with the folder's."""
    return replace(message, flags=tuple(flag for flag in message.flags if not is_ours(flag)))
