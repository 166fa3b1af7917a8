"""COPY and MOVE: between real folders upstream, and into virtual folders.

Into a virtual folder nothing moves upstream: the workflow changes, and a MOVE makes the source
view tell the client what it believes (the old UID is expunged, and what still belongs there comes
in again). A COPY is remembered: deleted afterwards, it was a move (departing.py, expunging.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.deleting import Fate, FolderUse, place_of
from proxyd.domain.errors import CannotDo, Refused
from proxyd.domain.events import Action
from proxyd.domain.types import Right
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.changing import CopyResult
from proxyd.service.mail.appending import Appender
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.departing import stage_copied_into
from proxyd.service.mail.expunging import Expunger
from proxyd.service.mail.note_keeping import NoteKeeper
from proxyd.service.mail.storing import whole_message
from proxyd.service.mail.taking_back import TakingBack
from proxyd.service.mail.transferring import Transfer, Wanted
from proxyd.service.mail.tree import Entry
from proxyd.service.mail.workflow import check_all_show, stage_wish, wish_of_view
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.sync import Synchroniser


class Mover:
    """The moves of one person out of one view."""

    def __init__(
        self, caller: Caller, room: Mailroom, view: View, view_name: str, expunger: Expunger
    ) -> None:
        self._caller = caller
        self._room = room
        self._view = view
        self._view_name = view_name
        self._expunger = expunger

    async def copy(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        self._caller.need(Right.RESPOND, self._room)
        if _waits(wanted, target):
            return await self._out_of_waiting(wanted, target, targets)
        if target.virtual:
            return await self._into_virtual(wanted, target, moving=False)
        assert target.room is not None
        self._caller.need(Right.RESPOND, target.room)
        if _is_notes(target):
            return await self._into_notes(wanted, target, targets, moving=False)
        wanted = _without_notes(wanted)
        if target.room is not self._room:
            return await self._across(wanted, target, targets)
        return await self._upstream(wanted, target, targets, moving=False)

    async def move(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        self._caller.need(Right.RESPOND, self._room)
        if _waits(wanted, target):
            return await self._out_of_waiting(wanted, target, targets)
        if target.virtual:
            return await self._into_virtual(wanted, target, moving=True)
        assert target.room is not None
        self._caller.need(Right.RESPOND, target.room)
        if _is_notes(target):
            return await self._into_notes(wanted, target, targets, moving=True)
        stay = [message for _, message in wanted if message.folder.reminders]
        wanted = _without_notes(wanted)
        await self._show_again(stay)
        if target.room is not self._room:
            async with self._room.leaving.of(message for _, message in wanted):
                result = await self._across(wanted, target, targets)
                copied = [pair for pair in wanted if pair[0] not in result.gone]
                await self._expunger.remove(copied, Fate.MOVED)
                return result
        # To where they are: upstream would give new UIDs for nothing, and some servers refuse.
        there = [pair for pair in wanted if pair[1].folder is target.folder]
        others = [pair for pair in wanted if pair[1].folder is not target.folder]
        stayed = await self._reappear(there, target)
        moved = await self._upstream(others, target, targets, moving=True)
        pairs = tuple(sorted((*stayed, *moved.pairs)))
        return CopyResult(moved.uidvalidity, pairs, moved.gone, moved.refused)

    async def _show_again(self, reminders: Sequence[Message]) -> None:
        """Who moves them with others is not refused the others, and may believe these gone."""

        def stage(change: Change) -> None:
            for message in reminders:
                change.reappear(self._view, message)

        if reminders:
            await self._room.change(stage)

    # ------------------------------------------------------------------ into a virtual folder

    async def _into_virtual(self, wanted: Wanted, target: Entry, *, moving: bool) -> CopyResult:
        room, caller = self._room, self._caller
        if target.room is not room or target.key is None:
            raise CannotDo("other-mailbox")
        view = room.state.views[target.key]
        login = room.login_of(int(view.subject)) if view.kind == "assignee" else ""
        wish = wish_of_view(target.key, login)
        action = Action.MOVE if moving else Action.COPY

        def stage(change: Change) -> Change:
            messages = [message for _, message in wanted]
            check_all_show(self._view_name, messages)
            stage_wish(change, caller, room, self._view_name, messages, wish)
            if moving:
                for _, message in wanted:
                    change.reappear(self._view, message)
            else:
                stage_copied_into(change, caller, messages, view, target.name, source=self._view)
            detail = {"to": target.name}
            change.records += caller.records(action, room, self._view_name, messages, detail=detail)
            return change

        change = await room.change(stage)
        pairs = [
            (uid, now)
            for uid, message in wanted
            if (now := change.entered.get((view, message)) or message.views.get(view))
        ]
        return CopyResult(view.uidvalidity, tuple(pairs))

    async def _reappear(self, wanted: Wanted, target: Entry) -> list[tuple[int, int]]:
        """MOVE of messages to the folder where they are: a new UID, and nothing else."""
        caller, room = self._caller, self._room
        messages = [message for _, message in wanted]
        view = target.folder.view if target.folder else None
        if view is None or not messages:
            return []

        def stage(change: Change) -> Change:
            for message in messages:
                change.reappear(view, message)
                change.reappear(self._view, message)
            change.records += caller.records(
                Action.MOVE, room, self._view_name, messages, detail={"to": target.name}
            )
            return change

        change = await room.change(stage)
        return [(uid, now) for uid, m in wanted if (now := change.entered.get((view, m)))]

    async def _out_of_waiting(
        self, wanted: Wanted, target: Entry, targets: Synchroniser
    ) -> CopyResult:
        """A COPY is as good as a MOVE: in doubt a mail does not leave."""
        taking = TakingBack(self._caller, self._room, targets, self._view_name)
        return await taking.move(wanted, target)

    # ------------------------------------------------------------------ into the notes

    async def _into_notes(
        self, wanted: Wanted, target: Entry, targets: Synchroniser, *, moving: bool
    ) -> CopyResult:
        """What somebody has written in Drafts is a note there; a mail is none.

        Raises CannotDo before anything is done where one of them is no draft, or no note can be
        made of it.
        """
        assert target.folder is not None
        assert target.folder.view is not None
        drafts = [(uid, message) for uid, message in wanted if not message.folder.notes]
        if target.room is not self._room:
            raise CannotDo("other-mailbox")
        if any(not _is_draft(message) for _, message in drafts):
            raise CannotDo("note-not-ours")
        view, pairs, gone = target.folder.view, list[tuple[int, int]](), list[int]()
        keeper = NoteKeeper(self._caller, target, targets)
        for uid, message in drafts:
            blob = await whole_message(self._room, message)
            if blob is None:
                gone.append(uid)
                continue
            note = await keeper.keep(blob)
            pairs.append((uid, note.views.get(view, 0)))
        if moving:
            done = [(uid, message) for uid, message in drafts if uid not in gone]
            await self._expunger.remove(done, Fate.MOVED)
        return CopyResult(view.uidvalidity, tuple(pair for pair in pairs if pair[1]), tuple(gone))

    # ------------------------------------------------------------------ between real folders

    async def _upstream(
        self, wanted: Wanted, target: Entry, targets: Synchroniser, *, moving: bool
    ) -> CopyResult:
        assert target.folder is not None
        action = Action.MOVE if moving else Action.COPY
        transfer = Transfer(self._caller, self._room, self._view_name, action, {"to": target.name})
        work = transfer.move if moving else transfer.copy
        return await work(wanted, target.folder, targets)

    async def _across(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        """To another shared mailbox: read here, appended there, one after another."""
        assert target.room is not None
        assert target.folder is not None
        pairs: list[tuple[int, int]] = []
        gone: list[int] = []
        refused: Refused | None = None
        uidvalidity = target.folder.view.uidvalidity if target.folder.view else 0
        for uid, message in wanted:
            blob = await whole_message(self._room, message)
            if blob is None:
                gone.append(uid)
                continue
            copy = NewMessage(self._flags_across(message), message.internal_date, blob)
            result = await Appender(self._caller, target, targets).put([copy])
            pairs += [(uid, now) for now in result.uids]
            refused = result.refused or refused
            record = self._caller.record(
                Action.COPY, self._room, self._view_name, message, detail={"to": target.name}
            )
            await self._room.record([record])
        return CopyResult(uidvalidity, tuple(pairs), tuple(gone), refused)

    def _flags_across(self, message: Message) -> tuple[str, ...]:
        """As this person sees them, but for the workflow's, which is each mailbox's own."""
        flags = {*message.flags, *message.local_keywords} - {"\\Deleted", "\\Seen"}
        if self._room.seen(message, self._caller.account.id):
            flags.add("\\Seen")
        return tuple(sorted(flags))


def _waits(wanted: Wanted, target: Entry) -> bool:
    """Mails that wait before they leave, or the folders that have such mails only."""
    there = target.folder is not None and target.folder.held
    return there or any(message.folder.held for _, message in wanted)


def _is_notes(target: Entry) -> bool:
    return target.folder is not None and target.folder.notes


def _is_draft(message: Message) -> bool:
    folder = message.folder
    return folder.note_drafts or place_of(folder.attributes) is FolderUse.DRAFTS


def _without_notes(wanted: Wanted) -> Wanted:
    """They follow the mails that they are about, and stay where no provider has them.

    Raises CannotDo where nothing else was named.
    """
    others = [(uid, message) for uid, message in wanted if not message.folder.ours]
    if wanted and not others:
        reminders = all(message.folder.reminders for _, message in wanted)
        raise CannotDo("reminder-stays" if reminders else "note-stays")
    return others
