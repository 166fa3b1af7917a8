"""Since when each conversation waits for us, whether that is too long, what comes back from hold.

The definition: a conversation *runs* while it is neither done nor on hold. Where it runs, and
somebody outside has written whom nobody has answered, it waits: since the first such mail that came
after it was done last, and not since before it ran again. It is *overdue* when since then so much
office time has passed as the mailbox's reply goal says. Derived anew with each change of the
conversation, from its mails and answers; nothing else decides it. What is on hold until a day opens
at that hour. docs/decisions/046.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial

from proxyd.domain.events import Action
from proxyd.domain.folder_names import BACK_ON
from proxyd.domain.guard import Answer
from proxyd.domain.hold_until import until
from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.turns import EndedTurn, Outcome
from proxyd.domain.types import LogRecord
from proxyd.domain.workflow import HOLD, Event
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Conversation, Message, WaitingClock
from proxyd.service.mailbox.waiting import gone_out, waiting_since

LOOKS_S = 60.0  # at the most: the clock may be set
_MINUTE_US = 60_000_000


class Deadlines:
    """Of one mailbox: what time alone changes."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        self._day = room.office.day_of(room.shop.clock())

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled. Raises StoreUnavailable."""
        room, alarms = self._room, self._room.state.alarms
        while True:
            alarms.earlier.clear()
            now_us = room.shop.clock()
            today, next_us = room.office.day_of(now_us), alarms.next_us()
            if today != self._day or (next_us is not None and next_us <= now_us):
                await room.change(partial(stage_due, room, new_day=today != self._day))
                self._day = today
                continue
            midnight = room.office.instant_us(today, 24 * 60)
            wait_us = min(next_us or midnight, midnight) - now_us
            await _first_of(sleep(min(wait_us / 1_000_000, LOOKS_S)), alarms.earlier.wait())


async def _first_of(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def stage_due(room: Mailroom, change: Change, *, new_day: bool) -> None:
    """What has come due by now; on a new day also what the folders of days show."""
    now_us = change.now_us
    for conversation in room.state.alarms.until(now_us):
        clock = change.clock_of(conversation)
        if clock.until_us is not None and clock.until_us <= now_us:
            about = _newest(change, conversation)
            told = (about.message_id, about.subject_digest) if about else ()
            stage_event(change, room, conversation, Happening(Event.HOLD_OVER, *told))
            change.hold_until(conversation, None)  # once, also where mails begin on hold
        change.look_at_clock(conversation)
    for conversation in room.state.alarms.held() if new_day else ():
        change.look_at_clock(conversation)


def stage_all(room: Mailroom, change: Change) -> None:
    """Goal, hours or holidays are others now. What is on hold until a day comes back when the
    office opens on it, as that is now.
    """
    for conversation in room.state.conversations.values():
        if (until_us := conversation.clock.until_us) is not None and until_us > change.now_us:
            begins = room.office.instant_us(room.office.day_of(until_us), 0)
            change.hold_until(conversation, room.office.opening_us(begins) or begins)
        change.look_at_clock(conversation)


def stage_clocks(room: Mailroom, change: Change) -> None:
    """After all else that is staged in this change."""
    for conversation in _touched(change):
        before = _before(room, change, conversation)
        after = _after(room, change, conversation, before)
        if after == change.clock_of(conversation) == conversation.clock:
            continue
        change.set_clock(conversation, after)
        if after.overdue is not conversation.clock.overdue:
            change.renumber(conversation)
            if after.overdue and conversation.id:  # what begins so was there before us
                _record_overdue(room, change, conversation, after)
        elif after.returns != conversation.clock.returns:
            for message in change.messages_of(conversation):
                change.recheck(message)


def _record_overdue(
    room: Mailroom, change: Change, conversation: Conversation, clock: WaitingClock
) -> None:
    about = _newest(change, conversation)
    waits = datetime.fromtimestamp((clock.waits_us or 0) / 1_000_000, UTC)
    record = LogRecord(
        action=Action.OVERDUE,
        mailbox=room.mailbox.name,
        message_id=about.message_id if about else "",
        subject_digest=about.subject_digest if about else "",
        detail={
            "since": waits.astimezone(room.office.tz).isoformat(timespec="minutes"),
            "assignee": room.login_of(change.assignee_of(conversation)),
        },
    )
    change.record(record, conversation)


def _touched(change: Change) -> Iterator[Conversation]:
    staged = change.staged
    mails = (*staged.added, *staged.removed, *staged.reread, *staged.rechecked)
    found = dict.fromkeys(message.conversation for message in mails)
    if staged.joined or staged.moved:
        found = {staged.conversation_of(message): None for message in (*mails, *staged.moved)}
    threads = (*staged.status, *staged.joined, *staged.moved_answers, *staged.clocks)
    answered = (conversation for conversation, _ in staged.answers)
    parted = (part for pair in staged.parted for part in pair)
    for conversation in (*threads, *answered, *parted, *staged.looked_at):
        found[change.current(conversation)] = None
    return iter(found)


def _before(room: Mailroom, change: Change, conversation: Conversation) -> WaitingClock:
    """What it stands on: its own clock, and since when it runs."""
    clock, runs = change.clock_of(conversation), room.shop.statuses.runs
    if not change.staged.joined and change.status_of(conversation) == conversation.status:
        return clock
    swallowed = change.swallowed_by(conversation)
    split_off = {part for _, part in change.staged.parted}
    began = runs(change.status_of(conversation)) and any(
        not runs(each.status)
        for each in (conversation, *swallowed)
        if each.id or each in split_off  # what comes in now has not stood still
    )
    if swallowed:
        clocks = [clock, *map(change.clock_of, swallowed)]
        return _of_all(clocks, change.now_us if began else None)
    if not began:
        return clock
    asked_for = conversation.clock.until_us or change.now_us
    return replace(clock, resumed_us=min(asked_for, change.now_us))


def _of_all(clocks: Sequence[WaitingClock], began_us: int | None) -> WaitingClock:
    """None of what waits is forgotten, and nothing of what was done waits again but from now on.
    ``began_us``: where one of them begins to run again.
    """
    waits = min((each.waits_us for each in clocks if each.waits_us is not None), default=None)
    finished = max(each.finished_us or 0 for each in clocks)
    resumed = began_us or max(each.resumed_us or 0 for each in clocks)
    if waits is not None:
        finished, resumed = min(finished, waits - 1), waits
    held = min((each.until_us for each in clocks if each.until_us is not None), default=None)
    return WaitingClock(finished or None, resumed or None, held)


def _after(
    room: Mailroom, change: Change, conversation: Conversation, before: WaitingClock
) -> WaitingClock:
    statuses, now_us = room.shop.statuses, change.now_us
    status, former = change.status_of(conversation), conversation.status
    held = before.until_us if status == HOLD else None
    returns = _returns(room, now_us, held)
    if not statuses.runs(status) and status == former and not _is_answered(change, conversation):
        # Nobody waits, whatever its mails are: nine of ten, at the start.
        return WaitingClock(before.finished_us, before.resumed_us, held, returns=returns)
    finished, resumed = before.finished_us, before.resumed_us
    present = change.messages_of(conversation)
    given = change.answers_given(conversation)
    times = _waiting(change, present, given)
    _stage_ended(room, change, conversation, before, present, given, times)
    if status == statuses.answered != former:
        finished = now_us
    if not times or not statuses.runs(status):
        return WaitingClock(finished, resumed, held, returns=returns)
    fresh = [time for time in times if time > (finished or 0)]
    waits = max(min(fresh or times), resumed or 0)
    due = _due(room, waits)
    return WaitingClock(
        finished, resumed, held, waits, due, overdue=due is not None and due <= now_us
    )


def _waiting(change: Change, present: Sequence[Message], given: Sequence[Answer]) -> list[int]:
    went = gone_out(present, given, change.came_us, change.was_there)
    return waiting_since(present, went, change.came_us, change.works)


def _due(room: Mailroom, waits_us: int) -> int | None:
    goal_us = room.mailbox.policy.reply_goal_min * _MINUTE_US
    return room.office.due_us(waits_us, goal_us) if goal_us else None


def _returns(room: Mailroom, now_us: int, held_until: int | None) -> tuple[str, ...]:
    """In which of the folders of days it shows."""
    if held_until is None or held_until <= now_us:
        return ()
    day = room.office.day_of(held_until)
    return tuple(word for word, meant in _days_ahead(now_us, room.office) if meant == day)


@lru_cache(maxsize=4)  # of a change, for all that are on hold
def _days_ahead(now_us: int, office: OfficeHours) -> list[tuple[str, date]]:
    return [(word, office.day_of(until(word, now_us, office))) for word in BACK_ON]


# ---------------------------------------------------------------- what reports are made of


def _is_answered(change: Change, conversation: Conversation) -> bool:
    return any(change.current(each) is conversation for each, _ in change.staged.answers)


def _stage_ended(
    room: Mailroom,
    change: Change,
    conversation: Conversation,
    before: WaitingClock,
    present: Sequence[Message],
    given: Sequence[Answer],
    times: Sequence[int],
) -> None:
    """A waiting that this change ends; ``times`` are those that wait after it. What was there
    before us is no turn of ours.
    """
    staged = change.staged
    new = [answer for each, answer in staged.answers if change.current(each) is conversation]
    done = room.shop.statuses.answered
    is_done = change.status_of(conversation) == done != conversation.status
    if not new and not is_done:
        return
    added = {each for each in staged.added if not each.inbound}
    known = [
        each
        for each in present
        if each not in added and (not each.inbound or change.came_id_us(each.message_id))
    ]
    former = [answer for answer in given if answer not in new]
    waited = _waiting(change, known, former)
    since = min((each for each in waited if each > (before.finished_us or 0)), default=None)
    if since is None or since >= change.now_us:  # a rule has finished what it never was
        return
    still = min((each for each in times if each > (before.finished_us or 0)), default=None)
    later = [answer for answer in new if answer.at_us >= since]
    if later and (still is None or still > since):
        first = min(later, key=lambda answer: answer.at_us)
        whose = (first.account_id, first.name)
        ended = since, max(since, _given_us(first, present))
        _stage_turn(room, change, conversation, ended, Outcome.ANSWERED, whose)
    elif is_done:
        whose = staged.finished_by.get(conversation, (None, ""))
        _stage_turn(room, change, conversation, (since, change.now_us), Outcome.FINISHED, whose)


def _given_us(answer: Answer, present: Sequence[Message]) -> int:
    """Of one that was given without us, and noticed later: when its copy was stored."""
    if answer.account_id is not None:
        return answer.at_us
    stored = [each.received_us for each in present if each.message_id == answer.message_id]
    return min([answer.at_us, *filter(None, stored)])


def _stage_turn(
    room: Mailroom,
    change: Change,
    conversation: Conversation,
    times: tuple[int, int],
    outcome: Outcome,
    whose: tuple[int | None, str],
) -> None:
    office_us = room.office.passed_us(*times)
    goal_us = room.mailbox.policy.reply_goal_min * _MINUTE_US
    turn = EndedTurn(0, *times, office_us, goal_us, outcome, *whose)
    change.staged.ended.append((conversation, turn))


def _newest(change: Change, conversation: Conversation) -> Message | None:
    inbound = [each for each in change.messages_of(conversation) if each.inbound]
    return max(inbound, key=change.came_us, default=None)
