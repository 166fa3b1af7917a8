"""Copies and moves between real folders of one mailbox, done by the provider.

What a copy is of is known by COPYUID, or where the provider has no UIDPLUS by what it is. Both
moves of people and deleted mail on its way to Trash go through here; what is recorded of them, and
what becomes of the view, is who asks' business.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from proxyd.domain.errors import Refused, UpstreamError, UpstreamRefused, UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.ports.upstream_rows import CopyMap
from proxyd.domain.types import LogRecord
from proxyd.service.api.changing import CopyResult
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.copied_flags import CopiedFlags, copied_flags
from proxyd.service.mail.departing import stage_copied
from proxyd.service.mail.shared_flags import recorded
from proxyd.service.mail.unanswered import Unanswered
from proxyd.service.mail.untold import untold
from proxyd.service.mailbox.asked import Asked, asked_of
from proxyd.service.mailbox.begun import Finish
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.doubts import Command
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser

_log = logging.getLogger(__name__)

Wanted = Sequence[tuple[int, Message]]  # (the source view's UID, the message)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of the mails of one folder."""

    uidvalidity: int  # the target's
    went: Mapping[Message, int]  # under which UID there; 0 = not known
    lost: frozenset[Message]  # upstream had them no more
    broken: UpstreamUnavailable | None = None  # of the others nobody knows
    again: frozenset[Message] = frozenset()  # was done when it was asked for before


class Transfer:
    """Of one person; recorded as ``action`` with ``detail``."""

    def __init__(
        self,
        caller: Caller,
        room: Mailroom,
        view_name: str,
        action: Action,
        detail: Mapping[str, object],
    ) -> None:
        self._caller = caller
        self._room = room
        self._view_name = view_name
        self._action = action
        self._detail = detail

    async def copy(self, wanted: Wanted, target: Folder, targets: Synchroniser) -> CopyResult:
        """Raises UpstreamError."""
        return await self._carry_out(wanted, target, targets, moving=False)

    async def move(self, wanted: Wanted, target: Folder, targets: Synchroniser) -> CopyResult:
        """Raises UpstreamError."""
        async with self._room.leaving.of(message for _, message in wanted):
            return await self._carry_out(wanted, target, targets, moving=True)

    async def _carry_out(
        self, wanted: Wanted, target: Folder, targets: Synchroniser, *, moving: bool
    ) -> CopyResult:
        pairs: list[tuple[int, int]] = []
        gone: list[int] = []
        refused: Refused | None = None
        await targets.deliver_owed(by_folder(wanted))  # the copies have the flags upstream knows
        for folder, part in by_folder(wanted).items():
            asked = asked_of(folder, [message for _, message in part])
            records = self._records(asked.messages.values())
            if not records:
                gone += [uid for uid, _ in part]
                continue
            who, mails = self._caller.account.id, asked.messages.values()
            command = Command(who, target, mails, moving=moving)
            async with self._room.begun.asking(records, command) as finish:
                done, there = await self._done(asked, target, targets, command, moving=moving)
                now = {m: copy for m, copy in there.items() if m not in done.again}
                flags = await copied_flags(self._room, target, targets, now)
                await self._take_in(done, there, flags, finish, moving=moving)
            refused = flags.refused or refused
            if done.broken is not None:
                raise done.broken
            if moving:  # nothing is left there to be moved once more
                self._room.doubts.heard(command)
            else:
                self._caller.unheard.append((self._room, command))
            for uid, message in part:
                copy = there.get(message)
                if message not in done.went:
                    gone.append(uid)
                elif copy is not None and target.view in copy.views:
                    pairs.append((uid, copy.views[target.view]))
        uidvalidity = target.view.uidvalidity if target.view else 0
        return CopyResult(uidvalidity, tuple(sorted(pairs)), tuple(gone), refused)

    async def _done(
        self,
        asked: Asked,
        target: Folder,
        targets: Synchroniser,
        command: Command,
        *,
        moving: bool,
    ) -> tuple[_Done, Mapping[Message, Message]]:
        """What was done, now or by the same command before, and the copies that are known."""
        unanswered = Unanswered(self._caller.account.id, self._room, target, targets, command)
        again = await unanswered.repeated(asked.messages.values())
        rest = [message for message in asked.messages.values() if message not in again]
        done, there = _Done(target.uidvalidity, {}, frozenset()), dict[Message, Message]()
        if rest:
            try:
                done = await self._ask(asked.only(rest), target, moving=moving)
                there = dict(await self._copies(done, target, targets))
            except UpstreamUnavailable as broken:
                # Perhaps it was carried out, and the line broke before the answer.
                there = dict(await unanswered.broken_off(rest))
                if not there and not again:
                    raise
                left = broken if len(there) < len(rest) else None
                done = _Done(target.uidvalidity, _places(there), frozenset(), left)
                if moving:
                    await unanswered.remove_sources(asked, there)
        if moving:
            await unanswered.remove_sources(asked, again)
        went = {**done.went, **_places(again)}
        return replace(done, went=went, again=frozenset(again)), {**there, **again}

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
        try:
            told = await self._work(asked, target, moving=moving)
        except UpstreamRefused as refused:
            left = await self._left(asked) if refused.code == "EXPUNGEISSUED" else asked
            if len(left.messages) == len(messages):
                raise
            told = CopyMap(target.uidvalidity, {})
            if left.messages:
                told = await self._work(left, target, moving=moving)
        if told is None:
            return _Done(*await untold(upstream, asked, target, moving=moving))
        went = {messages[uid]: now for uid, now in told.uids.items() if uid in messages}
        # RFC 4315 §3: COPYUID names all that were there to be copied.
        return _Done(told.uidvalidity, went, frozenset(messages.values()) - went.keys())

    async def _work(self, asked: Asked, target: Folder, *, moving: bool) -> CopyMap | None:
        upstream = self._room.upstream
        work = upstream.move if moving else upstream.copy
        return await work(asked.folder.name, asked.uidvalidity, asked.uids, target.name)

    async def _left(self, asked: Asked) -> Asked:
        """Those that are there still. RFC 5530 §3: others have removed some meanwhile, and there
        are servers that take none then.
        """
        folder = asked.folder.name
        there = await self._room.upstream.present(folder, asked.uidvalidity, asked.uids)
        return asked.only({asked.messages[uid] for uid in there if uid in asked.messages})

    def _records(
        self, messages: Iterable[Message], outcome: str = "ok", **more: object
    ) -> list[LogRecord]:
        detail = {**self._detail, **more}
        room, view = self._room, self._view_name
        return self._caller.records(self._action, room, view, messages, outcome, detail)

    async def _take_in(
        self,
        done: _Done,
        there: Mapping[Message, Message],
        flags: CopiedFlags,
        finish: Finish,
        *,
        moving: bool,
    ) -> None:
        """What the provider has done is taken in and recorded, and what it had no more."""
        records: list[LogRecord] = []
        for lost, each in flags.by_lost(m for m in done.went if m not in done.again).items():
            more: dict[str, object] = {"not-kept": recorded(lost)} if lost else {}
            records += self._records(each, "ok", **more)
        records += self._records(done.again, repeated=True)
        records += self._records(done.lost, "failed", why="gone")

        def stage(change: Change) -> None:
            change.records += records
            change.also.append(finish)
            self._unmark(change, there.values())
            flags.stage(change)
            if moving:
                change.remove_all(done.went)
                if self._action is Action.EXPUNGE:  # to Trash
                    for copy in there.values():
                        change.trashed_by(self._caller.account.id, copy)
            else:
                stage_copied(change, self._caller, there)

        await self._room.change(stage)
        self._room.state.owed.wanted.set()

    def _unmark(self, change: Change, copies: Iterable[Message]) -> None:
        """A provider copies \\Deleted too, where webmail has set it: nobody has marked the copy."""
        for copy in copies:
            if DELETED in change.flags_of(copy):
                actor = self._caller.account.login
                change.owe(copy, OwedFlag(DELETED, wanted=False, at_us=change.now_us, actor=actor))
                change.set_flags(copy, change.flags_of(copy))


def _places(copies: Mapping[Message, Message]) -> dict[Message, int]:
    return {message: copy.uid for message, copy in copies.items()}


def by_folder(wanted: Wanted) -> Mapping[Folder, list[tuple[int, Message]]]:
    """The messages of a virtual folder lie in several real ones."""
    found: defaultdict[Folder, list[tuple[int, Message]]] = defaultdict(list)
    for uid, message in wanted:
        found[message.folder].append((uid, message))
    return found
