"""STORE: system flags go upstream, a person's \\Seen and the workflow's keywords are the proxy's.

Order: what can be refused without asking upstream is refused first; then upstream is asked; then
one transaction takes in upstream's answer, the person's \\Seen, status and assignee, and the
records. Where upstream does not answer, the transaction has instead what is owed (owing.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.deleting import Half
from proxyd.domain.errors import Refused
from proxyd.domain.events import Action
from proxyd.domain.notes import MENTION_PREFIX
from proxyd.domain.types import LogRecord, Right, SeenMode
from proxyd.domain.workflow import ASSIGNEE_PREFIX, STATUS_PREFIX, in_our_words, is_ours, wish_of
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail import owing, shared_flags
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.departing import stage_deleted
from proxyd.service.mail.unchanged import Unchanged
from proxyd.service.mail.workflow import refusal_of, stage_wish
from proxyd.service.mailbox.begun import Finish
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View


@dataclass(frozen=True, slots=True)
class FlagOutcome:
    """What a STORE did."""

    changed: set[Message]  # every message whose flags changed for somebody
    modified: set[Message]  # left alone, see unchanged.py
    unanswered: set[Message]  # the provider said nothing of them


def action_of(flags: Sequence[str]) -> Action:
    """What somebody was up to who was refused: the gravest of it."""
    words = [flag.lower() for flag in flags]
    if any(word.startswith(ASSIGNEE_PREFIX) for word in words):
        return Action.ASSIGN
    if any(word.startswith(STATUS_PREFIX) for word in words):
        return Action.STATUS
    return Action.FLAG


class FlagChange:
    """One STORE of one person, its flags sorted by whose business each is."""

    def __init__(
        self,
        caller: Caller,
        room: Mailroom,
        place: View,
        view: str,
        mode: FlagMode,
        flags: Sequence[str],
        unchanged_since: int | None = None,
    ) -> None:
        """In the view ``place``, which the person calls ``view``."""
        own_seen = room.mailbox.seen is SeenMode.PERSON
        flags = in_our_words(flags, room.shop.statuses)
        self._caller = caller
        self._room = room
        self._place = place
        self._view = view
        self._mode = mode
        self._flags = flags
        # \Seen is among the flags, and every person has an own one.
        self._seen = own_seen and "\\Seen" in flags
        self._shared = [f for f in flags if not is_ours(f) and not (own_seen and f == "\\Seen")]
        self._wish = wish_of(flags, remove=mode is FlagMode.REMOVE, statuses=room.shop.statuses)
        self._unchanged = Unchanged(room, caller.account.id, unchanged_since)

    async def carry_out(self, messages: Sequence[Message]) -> FlagOutcome:
        """Messages that have changed since UNCHANGEDSINCE are left alone.

        Raises what ``stage_wish`` raises, NotPermitted, CannotDo for keywords without bounds and
        for what the provider leaves out, UpstreamError, StoreUnavailable.
        """
        room = self._room
        plan = self._plan(messages)
        if (self._wish or plan or DELETED in self._flags) and not self._only_own_mention(messages):
            self._caller.need(Right.RESPOND, room)
        modified = self._unchanged.failing(messages)
        if modified:
            messages = [message for message in messages if message not in modified]
        plan = await self._turn(messages)
        shared_flags.check_bounds(plan)
        if self._wish and plan and (early := self._refusal(messages)):
            raise early  # and nothing has changed upstream
        rows, changed, late = await self._ask_and_take_in(messages, plan, modified)
        if late is not None:
            raise late
        silent = set() if rows is None else shared_flags.unanswered(plan, rows)
        return FlagOutcome(changed, modified, silent)

    async def _turn(self, messages: Sequence[Message]) -> shared_flags.Plan:
        """The plan, as soon as the provider is asked for nothing else of the same messages."""
        room = self._room
        while True:
            plan = self._plan(messages)
            if not shared_flags.asks_upstream(plan) or owing.must_wait(room, plan):
                return plan
            if not any(
                message in room.flags_under_way for each in plan.values() for message in each
            ):
                return plan
            await room.flags_under_way.over()

    def _only_own_mention(self, messages: Sequence[Message]) -> bool:
        """Who is named in a note and has read it takes that away, also who may only read."""
        own = MENTION_PREFIX + self._caller.account.login
        words = [flag.lower() for flag in self._flags]
        notes = all(message.folder.notes for message in messages)
        return notes and self._mode is FlagMode.REMOVE and words == [own]

    async def _ask_and_take_in(
        self, messages: Sequence[Message], plan: shared_flags.Plan, modified: set[Message]
    ) -> tuple[shared_flags.Rows | None, set[Message], Refused | None]:
        """The provider's answer (None: it is owed), who changed, what was refused late."""
        room = self._room
        rows: shared_flags.Rows | None = {}
        touched = [message for each in plan.values() for message in each]
        with room.flags_under_way.storing(touched):
            if not shared_flags.asks_upstream(plan):
                return rows, *(await self._take_in(messages, plan, rows, modified))
            if owing.must_wait(room, plan):
                owing.check_bounds(room, plan)
                return None, *(await self._take_in(messages, plan, None, modified))
            async with room.begun.asking(self._records(touched)) as finish:
                rows = await owing.ask(room, plan)
                return rows, *(await self._take_in(messages, plan, rows, modified, finish))

    async def _take_in(
        self,
        messages: Sequence[Message],
        plan: shared_flags.Plan,
        rows: shared_flags.Rows | None,
        modified: set[Message],
        finish: Finish | None = None,
    ) -> tuple[set[Message], Refused | None]:
        def stage(change: Change) -> tuple[set[Message], Refused | None]:
            if finish is not None:
                change.also.append(finish)
            return self._stage(change, messages, plan, rows, modified)

        done = await self._room.change(stage)
        if rows is None:
            self._room.state.owed.wanted.set()
        return done

    def _records(self, messages: Iterable[Message]) -> list[LogRecord]:
        """What would be told of it if nothing came back any more."""
        detail = {"mode": self._mode.value, "flags": shared_flags.recorded(self._flags)}
        room, view = self._room, self._view
        return self._caller.records(Action.FLAG, room, view, messages, detail=detail)

    def _plan(self, messages: Iterable[Message]) -> shared_flags.Plan:
        return shared_flags.plan_of(self._room, self._mode, self._shared, messages)

    def _refusal(self, messages: Sequence[Message]) -> Refused | None:
        caller, room, view = self._caller, self._room, self._view
        return refusal_of(caller, room, view, messages, self._wish, must_show=True)

    def _stage(
        self,
        change: Change,
        messages: Sequence[Message],
        plan: shared_flags.Plan,
        rows: shared_flags.Rows | None,
        modified: set[Message],
    ) -> tuple[set[Message], Refused | None]:
        """``modified`` grows by what others have changed while upstream was asked."""
        caller, room, view = self._caller, self._room, self._view
        asked = {m for each in plan.values() for m in each if rows and m in rows}
        modified |= self._unchanged.failing_late(messages, asked)
        left = [message for message in messages if message not in modified]
        changed: set[Message] = set()
        # What upstream has changed is so, also where a colleague was faster meanwhile.
        done = {p: [m for m in each if m in asked or m not in modified] for p, each in plan.items()}
        late = self._refusal(left) if self._wish else None
        late = late or shared_flags.refusal_of(done, rows or {})
        if self._wish and late is None:
            changed.update(stage_wish(change, caller, room, view, left, self._wish))
        later = rows is None
        if rows is None:
            rows = owing.stage(change, done, caller.account.login)
        changed.update(shared_flags.stage(change, caller, room, view, done, rows, later=later))
        if late is None:
            changed.update(self._stage_seen(change, left))
            changed.update(self._stage_deleted(change, left))
        self._record_modified(change, modified)
        return changed, late

    def _stage_seen(self, change: Change, messages: Iterable[Message]) -> list[Message]:
        if self._room.mailbox.seen is not SeenMode.PERSON:
            return []
        if not self._seen and self._mode is not FlagMode.REPLACE:
            return []
        seen = self._seen and self._mode is not FlagMode.REMOVE
        return stage_seen(change, self._caller, self._room, self._view, messages, seen=seen)

    def _stage_deleted(self, change: Change, messages: Collection[Message]) -> list[Message]:
        """Each person's own, and in this view: see departures.py."""
        if DELETED not in self._flags and self._mode is not FlagMode.REPLACE:
            return []
        deleted = DELETED in self._flags and self._mode is not FlagMode.REMOVE
        caller, room, place = self._caller, self._room, self._place
        if not deleted:
            change.in_vain_no_more(Half.EXPUNGED, caller.account.id, messages)
        return stage_deleted(change, caller, room, place, self._view, messages, deleted=deleted)

    def _record_modified(self, change: Change, modified: Iterable[Message]) -> None:
        """What was left alone is an attempt like any other that did not get its way."""
        change.records += self._caller.records(
            action_of(self._flags),
            self._room,
            self._view,
            sorted(modified, key=lambda message: message.id),
            "refused",
            {"flags": shared_flags.recorded(self._flags), "why": "changed-since"},
        )


def stage_seen(
    change: Change,
    caller: Caller,
    room: Mailroom,
    view: str,
    messages: Iterable[Message],
    *,
    seen: bool,
) -> list[Message]:
    """Set this person's own \\Seen, with a record for each message that it changes."""
    account_id = caller.account.id
    changed = [message for message in messages if room.seen(message, account_id) != seen]
    for message in changed:
        change.set_seen(account_id, message, seen=seen)
    change.records += caller.records(Action.SEEN, room, view, changed, detail={"seen": seen})
    return changed
