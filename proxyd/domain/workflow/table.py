"""The workflow as one table: event × state → status, assignee, keyword, record (docs/design.md §3).

Everything that changes a status or an assignee is an event, and its row says what it does. The
first row that fits counts, and every event has one that fits any state. Printed as
docs/workflow.md.
Invariant of the whole: in doubt the conversation stays open, or opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from proxyd.domain.events import Action


class Event(StrEnum):
    """What happened. The value is its word in the log's ``by``."""

    ARRIVED = "arrival"
    AUTOMATIC = "automatic"
    IMPORTED = "imported"
    RULED = "rule"
    RULED_WAITING = "rule-waiting"
    FOUND = "found"
    FOUND_ANSWERED = "found-answered"
    ANSWERED = "answer"
    ANSWERED_BEFORE = "answer-before"
    ANSWERED_ASKED = "answer-asked"
    FORWARDED = "forward"
    ANSWERED_OUTSIDE = "outside"
    ANSWERED_BEFORE_OUTSIDE = "outside-before"
    ANSWERED_ASKED_OUTSIDE = "outside-asked"
    RECEIPT = "receipt"
    REPLYING = "replying"
    REPLY_GONE = "reply-gone"
    WISHED = "person"
    HOLD_OVER = "hold-over"
    PERSON_GONE = "person-gone"
    HANDED_OVER = "handed-over"
    JOINED = "joined"
    SPLIT = "split"
    SPLIT_UNANSWERED = "split-unanswered"
    STATUS_GONE = "status-gone"


MEANING: dict[Event, str] = {
    Event.ARRIVED: "a mail from outside comes in; in doubt, a person wrote it",
    Event.AUTOMATIC: "a mail from outside says that it is automatic (RFC 3834), or is a foreign "
    "list's and answers nothing of ours",
    Event.IMPORTED: "a mail from outside that is older than our last answer",
    Event.RULED: "a rule on arrival fits that mail, and nothing else of the conversation waits",
    Event.RULED_WAITING: "the same, and something else of it waits",
    Event.FOUND: "a mail from outside that was there before us, and waits",
    Event.FOUND_ANSWERED: "a mail from outside that was there before us, answered since",
    Event.ANSWERED: "a colleague answers through us, and nothing came after what is answered",
    Event.ANSWERED_BEFORE: "a colleague answers through us, and something has come since",
    Event.ANSWERED_ASKED: "a colleague answers somebody whom we had asked, and who wrote before "
    "that waits still",
    Event.FORWARDED: "a mail of it goes out to others than its correspondents",
    Event.ANSWERED_OUTSIDE: "an answer that did not go through us: webmail, another client",
    Event.ANSWERED_BEFORE_OUTSIDE: "the same, and something has come since",
    Event.ANSWERED_ASKED_OUTSIDE: "the same, to somebody whom we had asked, and who wrote before "
    "that waits still",
    Event.RECEIPT: "an automatic mail of ours: a receipt, out of office",
    Event.REPLYING: "a colleague saves a draft that answers a mail of it",
    Event.REPLY_GONE: "that draft is thrown away, not saved again for 15 minutes, or split off; "
    "the claim was the draft's, and the colleague has set nothing since",
    Event.WISHED: "a person sets a tag, moves or copies into a virtual folder, or runs a command",
    Event.HOLD_OVER: "the day has come until which it was on hold",
    Event.PERSON_GONE: "the assignee was removed",
    Event.HANDED_OVER: "the assignee has left, and a colleague takes over, or nobody",
    Event.JOINED: "it swallows another conversation: a mail refers to both, or by command",
    Event.SPLIT: "a person parts it in two: each of the two",
    Event.SPLIT_UNANSWERED: "the same, where only the other one has the answer to its last mail",
    Event.STATUS_GONE: "its status is no longer configured",
}


class StatusIs(StrEnum):
    """What a status means; the set of statuses is configurable."""

    INITIAL = "open"
    BETWEEN = "neither open nor done"
    ANSWERED = "done"


class AssigneeIs(StrEnum):
    NOBODY = "nobody"
    PRESENT = "there"
    ABSENT = "away, or may not answer"


class StatusThen(StrEnum):
    STAYS = "stays"
    INITIAL = "open"
    ANSWERED = "done"
    WISHED = "as wished"
    EARLIEST = "of both the one further from done"


class AssigneeThen(StrEnum):
    STAYS = "stays"
    NOBODY = "nobody"
    ACTOR = "who did it"  # only ever where there was nobody
    WISHED = "as wished"
    OTHERS = "the other one's"  # of the conversation that is swallowed


@dataclass(frozen=True, slots=True)
class State:
    status: StatusIs
    assignee: AssigneeIs


ANSWERED = "\\Answered"  # RFC 9051 §2.3.2
FORWARDED = "$Forwarded"  # RFC 5788 §3; Thunderbird and others show it


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """``status_is`` and ``assignee_is`` None fit any. ``record`` is made ``always``, or only
    where something changes. ``keyword`` goes to the mail that it is about.
    """

    event: Event
    status_is: StatusIs | None
    assignee_is: AssigneeIs | None
    status: StatusThen
    assignee: AssigneeThen
    record: Action | None = None
    always: bool = True
    keyword: str = ""

    def fits(self, event: Event, state: State) -> bool:
        return (
            self.event is event
            and self.status_is in (None, state.status)
            and self.assignee_is in (None, state.assignee)
        )


def _rows() -> Iterator[WorkflowRow]:
    nobody, absent = AssigneeIs.NOBODY, AssigneeIs.ABSENT
    done, initial = StatusIs.ANSWERED, StatusIs.INITIAL
    keep, kept = StatusThen.STAYS, AssigneeThen.STAYS
    wished, whom = StatusThen.WISHED, AssigneeThen.WISHED
    both, others = StatusThen.EARLIEST, AssigneeThen.OTHERS
    answered, opened = StatusThen.ANSWERED, StatusThen.INITIAL
    arrive, status = Action.ARRIVE, Action.STATUS

    yield WorkflowRow(Event.ARRIVED, None, absent, opened, AssigneeThen.NOBODY, arrive)
    yield WorkflowRow(Event.ARRIVED, None, None, opened, kept, arrive)
    yield WorkflowRow(Event.AUTOMATIC, None, None, keep, kept, arrive)
    yield WorkflowRow(Event.IMPORTED, None, None, keep, kept, arrive)
    # Somebody wrote that rule, so it may finish what nobody has seen; never what else waits. What a
    # colleague has is not touched.
    yield WorkflowRow(Event.RULED, None, nobody, wished, whom, status)
    yield WorkflowRow(Event.RULED, None, None, keep, kept)
    yield WorkflowRow(Event.RULED_WAITING, None, nobody, keep, whom, status)
    yield WorkflowRow(Event.RULED_WAITING, None, None, keep, kept)
    # What was there before us: what people have decided meanwhile stands.
    yield WorkflowRow(Event.FOUND, done, None, opened, kept, status, always=False)
    yield WorkflowRow(Event.FOUND, None, None, keep, kept)
    yield WorkflowRow(Event.FOUND_ANSWERED, initial, None, answered, kept, status, always=False)
    yield WorkflowRow(Event.FOUND_ANSWERED, None, None, keep, kept)

    actor = AssigneeThen.ACTOR
    yield WorkflowRow(Event.ANSWERED, None, nobody, answered, actor, status, keyword=ANSWERED)
    yield WorkflowRow(Event.ANSWERED, None, None, answered, kept, status, keyword=ANSWERED)
    # The customer's newer mail waits still; whoever is at it takes care of that, too.
    yield WorkflowRow(Event.ANSWERED_BEFORE, None, nobody, keep, actor, status, keyword=ANSWERED)
    yield WorkflowRow(Event.ANSWERED_BEFORE, None, None, keep, kept, status, keyword=ANSWERED)
    # The supplier has been thanked; the customer waits still.
    yield WorkflowRow(Event.ANSWERED_ASKED, None, nobody, keep, actor, status, keyword=ANSWERED)
    yield WorkflowRow(Event.ANSWERED_ASKED, None, None, keep, kept, status, keyword=ANSWERED)
    yield WorkflowRow(Event.FORWARDED, None, None, keep, kept, status, keyword=FORWARDED)
    yield WorkflowRow(Event.ANSWERED_OUTSIDE, None, None, answered, kept, status)
    yield WorkflowRow(Event.ANSWERED_BEFORE_OUTSIDE, None, None, keep, kept, status)
    yield WorkflowRow(Event.ANSWERED_ASKED_OUTSIDE, None, None, keep, kept, status)
    yield WorkflowRow(Event.RECEIPT, None, None, keep, kept, status)

    yield WorkflowRow(Event.REPLYING, None, nobody, keep, actor, status, always=False)
    yield WorkflowRow(Event.REPLYING, None, None, keep, kept)
    yield WorkflowRow(Event.REPLY_GONE, None, None, keep, AssigneeThen.NOBODY, status, always=False)

    yield WorkflowRow(Event.WISHED, None, None, wished, whom, status, always=False)
    yield WorkflowRow(Event.HOLD_OVER, None, absent, opened, AssigneeThen.NOBODY, status)
    yield WorkflowRow(Event.HOLD_OVER, None, None, opened, kept, status)
    yield WorkflowRow(
        Event.PERSON_GONE, None, None, keep, AssigneeThen.NOBODY, status, always=False
    )
    # Also what is on hold, and to a colleague who is away: somebody has said so.
    yield WorkflowRow(Event.HANDED_OVER, done, None, keep, kept)
    yield WorkflowRow(Event.HANDED_OVER, None, None, keep, whom, status, always=False)
    yield WorkflowRow(Event.JOINED, None, nobody, both, others, status)
    yield WorkflowRow(Event.JOINED, None, None, both, kept, status)
    # Both begin as what they were. What an answer has finished is finished only where that lies.
    yield WorkflowRow(Event.SPLIT, None, None, keep, kept, status)
    yield WorkflowRow(Event.SPLIT_UNANSWERED, done, absent, opened, AssigneeThen.NOBODY, status)
    yield WorkflowRow(Event.SPLIT_UNANSWERED, done, None, opened, kept, status)
    yield WorkflowRow(Event.SPLIT_UNANSWERED, None, None, keep, kept, status)
    yield WorkflowRow(Event.STATUS_GONE, None, None, opened, kept, status, always=False)


TABLE: tuple[WorkflowRow, ...] = tuple(_rows())


def row_of(event: Event, state: State) -> WorkflowRow:
    """The one that counts."""
    return next(row for row in TABLE if row.fits(event, state))


def keyword_of(event: Event) -> str:
    """The same in each state: what clients show of a mail is no question of whose turn it is."""
    return next(row.keyword for row in TABLE if row.event is event)
