"""All shared mailboxes at work: started, changed and stopped as the admin's settings say.

Everything of a mailbox that runs by itself (its synchronisation, its part in sending) is started
and stopped here, and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.ports.relay import Relay
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import SharedMailbox, Trouble, Unfinished
from proxyd.domain.workflow import Event
from proxyd.service.mail.half_moves import HalfMoves
from proxyd.service.mail.personal_mail import Counter
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.deadlines import Deadlines, stage_all
from proxyd.service.mailbox.handing_over import hand_over
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.held_mails import approval_notices, held_mails
from proxyd.service.mailbox.loading import load, retell_seen
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.notes_along import stage_notes_along
from proxyd.service.mailbox.office import furnish, office_notices
from proxyd.service.mailbox.older import OlderMails
from proxyd.service.mailbox.replying import Replying
from proxyd.service.mailbox.retrying import RETRY_MOST_S
from proxyd.service.mailbox.ruling import load_rules, rules_in_vain
from proxyd.service.mailbox.sent_folding import SentFolding
from proxyd.service.mailbox.shop import Shop
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.notes.loading import load_notes
from proxyd.service.reminders.reminders import Reminders
from proxyd.service.sending.conversations import RoomConversations
from proxyd.service.sending.doubles import Doubles
from proxyd.service.sending.submission import Submission

_log = logging.getLogger(__name__)

RESTART_S = 5.0  # after a fault of ours in a synchronisation: long enough not to fill the log


@dataclass(frozen=True, slots=True)
class Plumbing:
    """How a mailbox is connected to its provider; made by the composition root."""

    upstream: Callable[[SharedMailbox], UpstreamMailbox]
    relay: Callable[[SharedMailbox], Relay]
    poll_s: float
    retry_most_s: float = RETRY_MOST_S


class Rooms:
    def __init__(self, shop: Shop, plumbing: Plumbing, submission: Submission) -> None:
        self._shop = shop
        self._plumbing = plumbing
        self._submission = submission
        self._counters: dict[int, Counter] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._beside: dict[int, list[asyncio.Task[None]]] = {}  # beside the synchronisation
        self._turn = asyncio.Lock()

    def counters(self) -> Mapping[int, Counter]:
        """By mailbox id."""
        return self._counters

    def troubles(self) -> list[Trouble]:
        """All that is not as it should be at the providers."""
        rooms = [counter.room for counter in self._counters.values()]
        return [trouble for room in rooms for trouble in room.conditions.troubles()]

    def waiting(self) -> dict[str, Unfinished]:
        """By name of the shared mailbox: what is not done yet."""
        now_us = self._shop.clock()
        rooms = (counter.room for counter in self._counters.values())
        return {room.mailbox.name: _waiting(room, now_us) for room in rooms}

    def conversations(self) -> dict[str, dict[str, int]]:
        """By name of the shared mailbox: how many wait, are overdue, are on hold until a day."""
        return {one.room.mailbox.name: _counted(one.room) for one in self._counters.values()}

    def notices(self) -> list[str]:
        """What an admin should know although mail is served, in plain sentences."""
        return [told for counter in self._counters.values() for told in notices_of(counter.room)]

    async def apply(
        self, mailboxes: Sequence[SharedMailbox], renewed: Collection[int] = ()
    ) -> None:
        """Serve exactly these; ``renewed`` have another upstream password. Raises
        StoreUnavailable.
        """
        async with self._turn:
            wanted = {mailbox.id: mailbox for mailbox in mailboxes}
            for mailbox_id in set(self._counters) - set(wanted):
                await self._stop(mailbox_id)
            for mailbox in mailboxes:
                counter = self._counters.get(mailbox.id)
                if counter is None:
                    await self._start(mailbox)
                elif counter.room.mailbox != mailbox or mailbox.id in renewed:
                    reconnect = mailbox.id in renewed or counter.room.mailbox.imap != mailbox.imap
                    await self._alter(counter, mailbox, reconnect=reconnect)
                else:
                    await self._people_changed(counter.room)
            await self._submission.resume()

    async def _start(self, mailbox: SharedMailbox) -> None:
        room = Mailroom(mailbox, self._plumbing.upstream(mailbox), self._shop)
        room.afterthoughts.append(partial(stage_notes_along, room))
        await furnish(room)
        await load(room)
        await load_notes(room)
        await load_rules(room)
        await hand_over(room)
        sent = SentFolding(room)
        sync = Synchroniser(
            room,
            poll_s=self._plumbing.poll_s,
            retry_most_s=self._plumbing.retry_most_s,
            sending=sent.is_own,
        )
        self._counters[mailbox.id] = Counter(room, sync, sent)
        doubles = Doubles(room, sync, sent)
        await doubles.recall()
        conversations = RoomConversations(room, sync, sent)
        self._submission.attach(conversations, self._plumbing.relay(mailbox))
        self._run(mailbox.id, sync)
        loop = asyncio.get_running_loop()
        self._beside[mailbox.id] = [
            loop.create_task(_kept_running(doubles)),
            loop.create_task(_kept_running(Replying(room))),
            loop.create_task(_kept_running(Deadlines(room))),
            loop.create_task(_kept_running(Reminders(room, sync))),
            loop.create_task(_brought_to_their_end(HalfMoves(room, sync))),
            loop.create_task(_read_anew(room, sync.first_round_done)),
        ]

    def _run(self, mailbox_id: int, sync: Synchroniser) -> None:
        task = asyncio.get_running_loop().create_task(_kept_running(sync))
        self._tasks[mailbox_id] = task

    async def _alter(self, counter: Counter, mailbox: SharedMailbox, *, reconnect: bool) -> None:
        """Sessions stay: they reach the provider through the room, whatever its servers."""
        room = counter.room
        other_seen = room.mailbox.seen is not mailbox.seen
        other_goal = room.mailbox.policy.reply_goal_min != mailbox.policy.reply_goal_min
        room.mailbox = mailbox
        room.version += 1
        if other_goal:
            await room.change(partial(stage_all, room))
        if other_seen:
            await room.change(partial(retell_seen, room.state))
        if reconnect:
            await self._end_task(mailbox.id)
            old, room.upstream = room.upstream, self._plumbing.upstream(mailbox)
            await old.close()
            self._run(mailbox.id, counter.sync)
        conversations = RoomConversations(room, counter.sync, counter.sent)
        self._submission.attach(conversations, self._plumbing.relay(mailbox))
        await self._people_changed(room)

    async def _people_changed(self, room: Mailroom) -> None:
        """Views for new colleagues; work of removed ones is nobody's, of those who have left whose
        it is to be. The newest rules count, and hours and closed days as they are now.
        """
        people = self._shop.people
        await load_rules(room)
        before = room.office
        if await furnish(room):
            try:
                await room.change(partial(stage_all, room))
            except StoreUnavailable:
                room.office = before  # so that whoever tries again does this too
                raise

        def stage(change: Change) -> None:
            for person in people.all():
                if room.mailbox.id in person.grants:
                    change.ensure_views_of(person.id)
            for conversation in room.state.conversations.values():
                assignee = conversation.assignee
                if assignee is not None and people.by_id(assignee) is None:
                    stage_event(change, room, conversation, Happening(Event.PERSON_GONE))

        room.forget_shown()
        await room.change(stage)
        await hand_over(room)
        room.version += 1
        room.held_news.set()  # what waits may have lost its writer, or have another delay

    async def _stop(self, mailbox_id: int) -> None:
        counter = self._counters.pop(mailbox_id)
        await self._submission.detach(mailbox_id)
        await self._end_task(mailbox_id)
        others = self._beside.pop(mailbox_id)
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        await counter.room.close()
        await counter.room.upstream.close()

    async def _end_task(self, mailbox_id: int) -> None:
        task = self._tasks.pop(mailbox_id, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def close(self) -> None:
        async with self._turn:
            for mailbox_id in list(self._counters):
                await self._stop(mailbox_id)


def _waiting(room: Mailroom, now_us: int) -> Unfinished:
    owed, reading = room.state.owed, room.state.reading.values()
    return Unfinished(
        line_seconds=(now_us - room.conditions.line_since_us) / 1e6,
        owed=len(owed),
        owed_seconds=(now_us - owed.since_us) / 1e6 if len(owed) else 0.0,
        leaving=sum(1 for _ in held_mails(room)),
        unread=sum(progress.total - progress.done for progress in reading),
    )


def _counted(room: Mailroom) -> dict[str, int]:
    clocks = [conversation.clock for conversation in room.state.conversations.values()]
    return {
        "waits": sum(clock.waits_us is not None for clock in clocks),
        "overdue": sum(clock.overdue for clock in clocks),
        "held": sum(clock.until_us is not None for clock in clocks),
    }


def notices_of(room: Mailroom) -> list[str]:
    """What is under way or owed in one mailbox, in plain sentences."""
    name, owed, told = room.mailbox.name, room.state.owed, list[str]()
    for folder, progress in room.state.reading.items():
        far = f"{progress.done:,} of {progress.total:,} mails ({progress.percent}%)"
        told.append(f"{name}: folder {folder.name} is being read, {far}")
    if (older := room.state.older) is not None:
        far = f"{older.done:,} of {older.total:,} ({older.percent}%)"
        told.append(f"{name}: mails of an earlier version are read anew, {far}")
    if len(owed):
        minutes = (room.shop.clock() - owed.since_us) // 60_000_000
        what = f"{len(owed):,} changes of flags, the oldest {minutes} minutes old"
        told.append(f"{name}: the provider has still to be told of {what}")
    told += office_notices(room) + approval_notices(room)
    return [*told, *(f"{name}: {sentence}" for sentence in rules_in_vain(room))]


async def _read_anew(room: Mailroom, served: asyncio.Event) -> None:
    try:
        await OlderMails(room).run(served)
    except Exception:  # noqa: BLE001 - the boundary: the next start tries again
        _log.exception("mails of an earlier version are not read anew")


async def _brought_to_their_end(moves: HalfMoves) -> None:
    try:
        await moves.run()
    except Exception:  # noqa: BLE001 - the boundary: who asks again, or the next start, does it
        _log.exception("moves of a process that died are not brought to their end")


async def _kept_running(
    work: Synchroniser | Doubles | Replying | Deadlines | Reminders,
) -> None:
    name = type(work).__name__
    while True:
        try:
            await work.run()
        except StoreUnavailable as error:
            _log.error("%s waits for the database: %s", name, error)
        except Exception:  # noqa: BLE001 - the boundary: one fault must not end it all
            _log.exception("%s failed and starts anew", name)
        await asyncio.sleep(RESTART_S)
