"""COPY, MOVE and EXPUNGE: between real folders upstream, and into virtual folders.

Into a virtual folder nothing moves upstream: the workflow changes, and a MOVE makes the source
view tell the client what it believes (the old UID is expunged, and what still belongs there comes
in again).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo, UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.ports import CopyMap
from proxyd.domain.thread import parse_headers
from proxyd.domain.types import LogRecord, Right
from proxyd.service.api import CopyResult, NewMessage
from proxyd.service.mail.appending import Appender, whole_message
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.tree import Entry
from proxyd.service.mail.workflow import stage_wish, wish_of_view
from proxyd.service.mailbox.asked import Asked, asked_of
from proxyd.service.mailbox.begun import Finish
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.folder_sync import INDEX_FIELDS
from proxyd.service.mailbox.indexer import identity
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message, View
from proxyd.service.mailbox.sync import Synchroniser

_log = logging.getLogger(__name__)

# Mails that others put into a folder while a COPY is under way; more would be a migration.
NEWCOMERS = 500

Wanted = Sequence[tuple[int, Message]]  # (the source view's UID, the message)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of the mails of one folder."""

    uidvalidity: int  # the target's
    went: Mapping[Message, int]  # under which UID there; 0 = not known
    lost: frozenset[Message]  # upstream had them no more


class Mover:
    """The moves of one person out of one view."""

    def __init__(self, caller: Caller, room: Mailroom, view: View, view_name: str) -> None:
        self._caller = caller
        self._room = room
        self._view = view
        self._view_name = view_name

    async def copy(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        self._caller.need(Right.RESPOND, self._room)
        if target.virtual:
            return await self._into_virtual(wanted, target, moving=False)
        assert target.room is not None
        self._caller.need(Right.RESPOND, target.room)
        if target.room is not self._room:
            return await self._across(wanted, target, targets)
        return await self._upstream(wanted, target, targets, moving=False)

    async def move(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        self._caller.need(Right.RESPOND, self._room)
        if target.virtual:
            return await self._into_virtual(wanted, target, moving=True)
        assert target.room is not None
        self._caller.need(Right.RESPOND, target.room)
        if target.room is not self._room:
            result = await self._across(wanted, target, targets)
            done = {uid for uid, _ in result.pairs}
            await self.expunge([pair for pair in wanted if pair[0] in done])
            return result
        # To where they are: upstream would give new UIDs for nothing, and some servers refuse.
        there = [pair for pair in wanted if pair[1].folder is target.folder]
        others = [pair for pair in wanted if pair[1].folder is not target.folder]
        stayed = await self._reappear(there, target)
        moved = await self._upstream(others, target, targets, moving=True)
        pairs = tuple(sorted((*stayed, *moved.pairs)))
        return CopyResult(moved.uidvalidity, pairs, moved.gone)

    # ------------------------------------------------------------------ into a virtual folder

    async def _into_virtual(self, wanted: Wanted, target: Entry, *, moving: bool) -> CopyResult:
        room, caller = self._room, self._caller
        if target.room is not room or target.key is None:
            raise CannotDo("other-mailbox")
        view = room.state.views[target.key]
        login = room.login_of(int(view.subject)) if view.kind == "assignee" else ""
        wish = wish_of_view(target.key, login)
        assert wish is not None
        action = Action.MOVE if moving else Action.COPY

        def stage(change: Change) -> Change:
            messages = [message for _, message in wanted]
            stage_wish(change, caller, room, self._view_name, messages, wish)
            if moving:
                for _, message in wanted:
                    change.reappear(self._view, message)
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

    # ------------------------------------------------------------------ between real folders

    async def _upstream(
        self, wanted: Wanted, target: Entry, targets: Synchroniser, *, moving: bool
    ) -> CopyResult:
        assert target.folder is not None
        assert target.folder.view is not None
        pairs: list[tuple[int, int]] = []
        gone: list[int] = []
        await targets.deliver_owed(by_folder(wanted))  # the copies have the flags upstream knows
        for folder, part in by_folder(wanted).items():
            asked = asked_of(folder, [message for _, message in part])
            records = self._records(self._action(moving=moving), asked.messages.values(), target)
            if not records:
                gone += [uid for uid, _ in part]
                continue
            async with self._room.begun.asking(records) as finish:
                done = await self._ask(asked, target.folder, moving=moving)
                there = await self._copies(done, target.folder, targets)
                await self._moved(done, target, finish, moving=moving)
            for uid, message in part:
                now = there.get(message)
                if message not in done.went:
                    gone.append(uid)
                elif now is not None and target.folder.view in now.views:
                    pairs.append((uid, now.views[target.folder.view]))
        return CopyResult(target.folder.view.uidvalidity, tuple(sorted(pairs)), tuple(gone))

    @staticmethod
    def _action(*, moving: bool) -> Action:
        return Action.MOVE if moving else Action.COPY

    async def _copies(
        self, done: _Done, folder: Folder, targets: Synchroniser
    ) -> Mapping[Message, Message]:
        """In the target ``folder``, by what they are copies of."""
        inherit = {uid: message for message, uid in done.went.items() if uid}
        try:
            there = await targets.ingest(folder, done.uidvalidity, list(inherit), inherit)
        except UpstreamError as error:
            # It is done all the same, and recorded; the next round brings the copies.
            _log.warning("copies in %s are not known yet: %s", folder.name, error)
            return {}
        return {inherit[uid]: message for uid, message in there.items()}

    async def _ask(self, asked: Asked, target: Folder, *, moving: bool) -> _Done:
        """Raises UpstreamError, UidValidityChanged among them."""
        upstream, messages = self._room.upstream, asked.messages
        work = upstream.move if moving else upstream.copy
        told = await work(asked.folder.name, asked.uidvalidity, asked.uids, target.name)
        if told is None:
            guessed = await self._guess(asked, target)
            went = {message: guessed.uids.get(uid, 0) for uid, message in messages.items()}
            return _Done(guessed.uidvalidity, went, frozenset())
        went = {messages[uid]: now for uid, now in told.uids.items() if uid in messages}
        # RFC 4315 §3: COPYUID names all that were there to be copied.
        return _Done(told.uidvalidity, went, frozenset(messages.values()) - went.keys())

    async def _guess(self, asked: Asked, target: Folder) -> CopyMap:
        """No COPYUID (RFC 4315): the new ones of equal Message-ID and size are the copies."""
        uids = asked.messages.keys()
        status = (await self._room.upstream.status([target.name])).get(target.name)
        if status is None:
            return CopyMap(target.uidvalidity, {})
        # Of a folder never read so far all would be new.
        first = max(target.uidnext, status.uidnext - len(uids) - NEWCOMERS, 1)
        fresh = [uid for uid in range(first, status.uidnext) if uid not in target.by_uid]
        waiting: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for uid in sorted(uids, reverse=True):
            message = asked.messages[uid]
            waiting[message.message_id, message.size].append(uid)
        found: dict[int, int] = {}
        rows = await self._room.upstream.scan_headers(
            target.name, status.uidvalidity, fresh, INDEX_FIELDS
        )
        for row in sorted(rows, key=lambda row: row.uid):
            same = waiting[identity(parse_headers(row.header), row), row.size]
            if same:
                found[same.pop()] = row.uid
        return CopyMap(status.uidvalidity, found)

    def _records(
        self,
        action: Action,
        messages: Iterable[Message],
        target: Entry | None = None,
        outcome: str = "ok",
    ) -> list[LogRecord]:
        detail = {"to": target.name} if target else {}
        if outcome != "ok":
            detail["why"] = "gone"
        room, view = self._room, self._view_name
        return self._caller.records(action, room, view, messages, outcome, detail)

    async def _moved(self, done: _Done, target: Entry, finish: Finish, *, moving: bool) -> None:
        """What the provider has done is taken in and recorded, and what it had no more."""
        action = self._action(moving=moving)
        records = self._records(action, done.went, target)
        records += self._records(action, done.lost, target, "failed")
        await self._taken_in(done.went if moving else (), records, finish)

    async def _taken_in(
        self, gone: Iterable[Message], records: list[LogRecord], finish: Finish
    ) -> None:
        def stage(change: Change) -> None:
            change.records += records
            change.also.append(finish)
            change.remove_all(gone)

        await self._room.change(stage)

    async def _across(self, wanted: Wanted, target: Entry, targets: Synchroniser) -> CopyResult:
        """To another shared mailbox: read here, appended there, one after another."""
        assert target.room is not None
        assert target.folder is not None
        pairs: list[tuple[int, int]] = []
        gone: list[int] = []
        uidvalidity = target.folder.view.uidvalidity if target.folder.view else 0
        for uid, message in wanted:
            blob = await whole_message(self._room, message)
            if blob is None:
                gone.append(uid)
                continue
            flags = [flag for flag in message.flags if flag != "\\Deleted"]
            copy = NewMessage(tuple(flags), message.internal_date, blob)
            result = await Appender(self._caller, target, targets).put([copy])
            pairs.append((uid, result.uids[0]))
            record = self._caller.record(
                Action.COPY, self._room, self._view_name, message, detail={"to": target.name}
            )
            await self._room.record([record])
        return CopyResult(uidvalidity, tuple(pairs), tuple(gone))

    # ------------------------------------------------------------------ expunge

    async def expunge(self, wanted: Wanted) -> None:
        """Remove these messages upstream, and then here."""
        room = self._room
        self._caller.need(Right.RESPOND, room)
        for folder, part in by_folder(wanted).items():
            asked = asked_of(folder, [message for _, message in part])
            records = self._records(Action.EXPUNGE, asked.messages.values())
            if not records:
                continue
            async with room.begun.asking(records) as finish:
                await room.upstream.expunge(folder.name, asked.uidvalidity, asked.uids)
                await self._taken_in(asked.messages.values(), records, finish)


def by_folder(wanted: Wanted) -> Mapping[Folder, list[tuple[int, Message]]]:
    """The messages of a virtual folder lie in several real ones."""
    found: defaultdict[Folder, list[tuple[int, Message]]] = defaultdict(list)
    for uid, message in wanted:
        found[message.folder].append((uid, message))
    return found
