"""EXPUNGE: each mail that one person has marked goes the way of its row (domain/deleting.py).

Order: first what only changes here, then what the provider is asked for, the kinds one after the
other, each with its records in one transaction. Invariants: what is to go for good because a copy
is there goes only once the provider has just shown that copy; where anything fails, what was not
done keeps its \\Deleted and can be tried again.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from proxyd.domain.deleting import Case, Copied, Fate, Half, fate_of, place_of
from proxyd.domain.errors import (
    CannotDo,
    Refused,
    StoreUnavailable,
    UidValidityChanged,
    UpstreamError,
    UpstreamFolderMissing,
    UpstreamRefused,
)
from proxyd.domain.events import Action
from proxyd.domain.held import DRAFTS
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.types import Right
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.departing import stage_deleted
from proxyd.service.mail.taking_back import TakingBack
from proxyd.service.mail.transferring import Transfer, Wanted, by_folder
from proxyd.service.mail.trash import trash_anew, trash_of
from proxyd.service.mailbox.asked import Asked, asked_of
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED, Departure
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message, View
from proxyd.service.mailbox.sync import Synchroniser

Left = dict[int, Message]  # by the view's UID; what is done is taken out


class Expunger:
    """Of one person in one view."""

    def __init__(
        self, caller: Caller, room: Mailroom, sync: Synchroniser, view: View, view_name: str
    ) -> None:
        self._caller = caller
        self._room = room
        self._sync = sync
        self._view = view
        self._view_name = view_name

    async def expunge(self, left: Left) -> dict[int, Message]:
        """What is done is taken out of ``left``. Returns what the provider had no more.

        Raises CannotDo ("destroy", "reminder-stays") once the rest is done: that stays in ``left``,
        and loses its \\Deleted, so that no client asks for it again and again. Raises
        UpstreamError: what that leaves is remembered, because a client may take it for gone.
        """
        self._caller.need(Right.RESPOND, self._room)
        await self._take_back_held(left)
        try:
            return await self._expunge(left)
        except UpstreamError:
            who, messages = self._caller.account.id, list(left.values())
            with contextlib.suppress(StoreUnavailable):  # the first error is the cause
                await self._room.change(lambda change: change.in_vain(Half.EXPUNGED, who, messages))
            raise

    async def _expunge(self, left: Left) -> dict[int, Message]:
        fates = await self._fates(left)
        for fate in (Fate.STAYS, Fate.KEPT):
            await self._stay(fates[fate], fate, left)
        for fate in (Fate.MOVED, Fate.FINAL):
            await self.remove(fates[fate], fate)
            _done(fates[fate], left)
        gone = await self.to_trash(fates[Fate.TRASH])
        _done(fates[Fate.TRASH], left)
        await self._refuse(fates[Fate.REFUSED], left)
        return gone

    async def _take_back_held(self, left: Left) -> None:
        """What waits before it leaves is not lost by deleting it: it comes to Drafts. Each by
        itself: in doubt a mail is not sent. Raises CannotDo, of the first that was not taken back;
        they are marked no more then.
        """
        wanted = [(uid, message) for uid, message in left.items() if message.folder.held]
        if not wanted:
            return
        taking = TakingBack(self._caller, self._room, self._sync, self._view_name)
        refused: dict[Message, Refused] = {}
        for uid, message in wanted:
            try:
                await taking.take([(uid, message)], DRAFTS)
            except Refused as reason:
                refused[message] = reason
            else:
                _done([(uid, message)], left)
        if refused:
            await self._room.change(lambda change: self._take_back(change, refused))
            raise next(iter(refused.values()))

    # ------------------------------------------------------------------ what it means

    async def _fates(self, left: Left) -> Mapping[Fate, list[tuple[int, Message]]]:
        there = await self._copies_there(left)
        found: defaultdict[Fate, list[tuple[int, Message]]] = defaultdict(list)
        for uid, message in left.items():
            fate = self._fate_of_note(message) if message.folder.ours else None
            fate = fate or fate_of(self._case(message, self._copied(uid, message, there)))
            found[fate].append((uid, message))
        return found

    def _fate_of_note(self, message: Message) -> Fate:
        """Only where the notes are, or their drafts, and by who wrote it or manages: elsewhere it
        comes along with its conversation, and who puts that away has not meant the note. A reminder
        is everybody's, and goes by itself.
        """
        account, room = self._caller.account, self._room
        if message.folder.reminders:
            return Fate.REFUSED
        if message.folder.notes and message.folder.view is not self._view:
            return Fate.STAYS
        own = room.state.drafts.get(message) == account.id
        manages = account.grants.get(room.mailbox.id, 0) >= Right.MANAGE
        return Fate.FINAL if own or manages else Fate.REFUSED

    def _case(self, message: Message, copied: Copied) -> Case:
        room, account = self._room, self._caller.account
        policy = room.mailbox.policy
        return Case(
            copied=copied,
            place=place_of(message.folder.attributes),
            own_draft=room.state.drafts.get(message) == account.id,
            may_destroy=account.grants.get(room.mailbox.id, 0) >= Right.of(policy.destroy),
            to_trash=policy.delete == "trash",
        )

    def _copied(self, uid: int, message: Message, there: set[Message]) -> Copied:
        if message in there:
            return Copied.FOLDER
        departure = self._departure(uid)
        if departure.into:
            return Copied.ELSEWHERE if departure.elsewhere else Copied.VIEW
        room, who = self._room, self._caller.account.id
        refused = room.state.in_vain.by(Half.STORED, who, message, room.shop.clock())
        return Copied.REFUSED if refused else Copied.NOWHERE

    def _departure(self, uid: int) -> Departure:
        """What this person has said of it; a copy that was made too long ago was no move."""
        known = self._view.departures.of(self._caller.account.id).get(uid, Departure())
        return known.at(self._room.shop.clock())

    async def _copies_there(self, left: Left) -> set[Message]:
        """Those of which a copy of this person's is at the provider, now."""
        of: defaultdict[Folder, dict[int, list[tuple[Message, Message]]]] = defaultdict(dict)
        for uid, message in left.items():
            for copy in self._known_copies(self._departure(uid), message):
                of[copy.folder].setdefault(copy.uid, []).append((message, copy))
        found: set[Message] = set()
        for folder, wanted in of.items():
            sizes = await self._sizes(folder, list(wanted))
            pairs = [pair for uid in wanted for pair in wanted[uid] if uid in sizes]
            found |= {message for message, copy in pairs if sizes[copy.uid] == copy.size}
        return found

    def _known_copies(self, departure: Departure, message: Message) -> list[Message]:
        if not departure.copies:
            return []
        same = self._room.state.by_message_id.get(message.message_id, ())
        return [each for each in same if each.id in departure.copies and each is not message]

    async def _sizes(self, folder: Folder, uids: Sequence[int]) -> Mapping[int, int]:
        """Of the mails that are there. What can't be seen now is not there."""
        try:
            return await self._room.upstream.present(folder.name, folder.uidvalidity, uids)
        except (UpstreamFolderMissing, UpstreamRefused, UidValidityChanged):
            return {}

    # ------------------------------------------------------------------ carrying it out

    async def _stay(self, wanted: Wanted, fate: Fate, left: Left) -> None:
        """Moved into a virtual folder, or nowhere: the client believes that it has left."""
        room, view, account = self._room, self._view, self._caller.account

        def stage(change: Change) -> None:
            for uid, message in wanted:
                to = self._departure(uid).into or self._view_name  # a note comes again where it was
                change.reappear(view, message)
                detail = {"what": fate.value, "to": to}
                change.records.append(
                    self._caller.record(
                        Action.EXPUNGE, room, self._view_name, message, detail=detail
                    )
                )
                if DELETED in change.flags_of(message):
                    flag = OwedFlag(DELETED, wanted=False, at_us=change.now_us, actor=account.login)
                    change.owe(message, flag)
                    change.set_flags(message, change.flags_of(message))
            if fate is Fate.KEPT:
                messages = [message for _, message in wanted]
                change.in_vain(Half.EXPUNGED, account.id, messages)
                change.in_vain_no_more(Half.STORED, account.id, messages)

        if wanted:
            await room.change(stage)
            room.state.owed.wanted.set()
            _done(wanted, left)

    async def remove(self, wanted: Wanted, fate: Fate) -> None:
        """For good: at the provider, and then here."""
        for folder, part in by_folder(wanted).items():
            asked = asked_of(folder, [message for _, message in part])
            if asked.messages:
                await self._remove(asked, fate)

    async def _remove(self, asked: Asked, fate: Fate) -> None:
        room, messages = self._room, asked.messages.values()
        detail = {"what": fate.value}
        records = self._caller.records(
            Action.EXPUNGE, room, self._view_name, messages, detail=detail
        )
        async with room.begun.asking(records) as finish:
            await room.upstream.expunge(asked.folder.name, asked.uidvalidity, asked.uids)

            def stage(change: Change) -> None:
                change.records += records
                change.also.append(finish)
                change.remove_all(messages)

            await room.change(stage)

    async def to_trash(self, wanted: Wanted) -> dict[int, Message]:
        """To the provider's Trash. Returns what the provider had no more."""
        if not wanted:
            return {}
        trash = await trash_of(self._room, self._sync)
        try:
            gone = await self._move(wanted, trash)
        except UpstreamRefused:
            now = await trash_anew(self._room, self._sync, trash)
            if now is None:
                raise
            gone = await self._move(wanted, now)
        return {uid: message for uid, message in wanted if uid in gone}

    async def _move(self, wanted: Wanted, trash: Folder) -> tuple[int, ...]:
        detail = {"what": Fate.TRASH.value, "to": trash.name}
        transfer = Transfer(self._caller, self._room, self._view_name, Action.EXPUNGE, detail)
        return (await transfer.move(wanted, trash, self._sync)).gone

    async def _refuse(self, wanted: Wanted, left: Left) -> None:
        """What this person has not marked is nothing that was asked for."""
        own = self._view.departures.deleted_by(self._caller.account.id)
        refused = [(uid, message) for uid, message in wanted if uid in own]
        _done([pair for pair in wanted if pair not in refused], left)
        if not refused:
            return
        messages = [message for _, message in refused]
        await self._room.change(lambda change: self._take_back(change, messages))
        reminders = all(message.folder.reminders for message in messages)
        raise CannotDo("reminder-stays" if reminders else "destroy")

    def _take_back(self, change: Change, messages: Iterable[Message]) -> None:
        caller, room, view, name = self._caller, self._room, self._view, self._view_name
        stage_deleted(change, caller, room, view, name, messages, deleted=False)


def _done(wanted: Wanted, left: Left) -> None:
    for uid, _ in wanted:
        left.pop(uid, None)
