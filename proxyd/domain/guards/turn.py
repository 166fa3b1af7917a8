"""Whose turn a conversation is: answered since, on hold, done, somebody's."""

from __future__ import annotations

from dataclasses import replace

from proxyd.domain.guard import Answer, answer_in_the_way, may_be_to_another
from proxyd.domain.guards.row import About, Facts, Guard, Kind, Reason, Turn
from proxyd.domain.workflow import HOLD as WAITS

_ANSWERS = ("refers_to", "answers", "arrived", "outside")  # what an answer is told by


def _answered(facts: Facts) -> Reason | None:
    answer = answer_in_the_way(facts.account_id, facts.refers_to, facts.answers, facts.arrived)
    if answer is None:
        return None
    return Reason(answer.at_us, answer.name, told=_elsewhere(answer, facts))


def _on_hold(facts: Facts) -> Reason | None:
    """Also whom put it there: it says "don't answer yet"."""
    if not facts.stops:
        return None
    reason = _by(facts)
    # Of the one that is shipped people say "on hold", of others what they have called it.
    named = {} if facts.status == WAITS else {"status": facts.stops}
    return replace(reason, told={**reason.told, **named})


def _done(facts: Facts) -> Reason | None:
    """Not who finished it, nor who answers the very answer that did: both know. What has been done
    from its beginning (a newsletter, a mail of ours) nobody has finished.
    """
    turn = _known(facts)
    if turn is None and not facts.waited:
        return None
    knows = turn is not None and (
        turn.login == facts.login or (bool(turn.answer_id) and turn.answer_id in facts.refers_to)
    )
    return _by(facts) if facts.finished and not knows else None


def _claimed(facts: Facts) -> Reason | None:
    if facts.assignee_id in (None, facts.account_id):
        return None
    return Reason(0, facts.assignee, matter=str(facts.assignee_id))


def _known(facts: Facts) -> Turn | None:
    return facts.turn if facts.turn and facts.turn.status == facts.status else None


def _by(facts: Facts) -> Reason:
    turn = _known(facts)
    if turn is None:
        return Reason()
    own, told = turn.login == facts.login, {}
    if turn.answer_id:
        answer = Answer(None, turn.name, turn.at_us, turn.answer_id)
        told = {"answered": "yes", **_elsewhere(answer, facts)}
    return Reason(turn.at_us, turn.name, own=own, told=told)


def _elsewhere(answer: Answer, facts: Facts) -> dict[str, str]:
    """It can't be called an answer to the very mail where it may be one to another."""
    known = facts.answers, facts.arrived, facts.outside
    return {"elsewhere": "yes"} if may_be_to_another(answer, facts.refers_to, *known) else {}


ANSWERED = Guard(
    "answered",
    Kind.TURN,
    About.ANSWER,
    ("account_id", *_ANSWERS),
    _answered,
    "a colleague has answered in the conversation since the mail came",
    "Stop an answer where a colleague has answered since.",
)
HOLD = Guard(
    "hold",
    Kind.TURN,
    About.ANSWER,
    ("status", "stops", "turn", "login", *_ANSWERS),
    _on_hold,
    "the conversation is on hold, or has another status that stops answers",
    "Stop an answer to what is on hold, or has another status that stops.",
)
DONE = Guard(
    "done",
    Kind.TURN,
    About.ANSWER,
    ("finished", "status", "waited", "turn", "login", *_ANSWERS),
    _done,
    "somebody else has finished the conversation",
    "Stop an answer to a conversation that is done.",
)
CLAIMED = Guard(
    "claimed",
    Kind.TURN,
    About.ANSWER,
    ("assignee_id", "account_id", "assignee"),
    _claimed,
    "a colleague is in charge of the conversation",
    "Stop an answer to what a colleague has taken.",
    default=False,
)
