"""What may have gone out already, or is going out at this moment. No choice: always on."""

from __future__ import annotations

from proxyd.domain.guard import perhaps_in_the_way
from proxyd.domain.guards.row import About, Facts, Guard, Kind, Reason


def _this_very_mail(facts: Facts) -> Reason | None:
    if facts.earlier is None or not facts.under_way:
        return None
    own = facts.earlier.account_id == facts.account_id
    return Reason(facts.now_us, facts.earlier_by, own=own, overridable=False)


def _nobody_knows(facts: Facts) -> Reason | None:
    if facts.earlier is None or facts.under_way:
        return None
    return Reason(facts.earlier.created_us)


def _colleague(facts: Facts) -> Reason | None:
    """What is known by the subject alone stops nobody for good."""
    if not facts.colleague:
        return None
    overridable = facts.guessed or facts.colleague_guessed
    told = {"asks": "yes"} if facts.colleague_asks else {}
    return Reason(facts.now_us, facts.colleague, overridable=overridable, told=told)


def _own_waits(facts: Facts) -> Reason | None:
    """Two texts of one person would both reach the recipient. Consent is to that one."""
    found = perhaps_in_the_way(facts.refers_to, facts.own_waiting, (), facts.arrived)
    if found is None:
        return None
    told = {"waits": "yes"}
    return Reason(found.at_us, found.name, own=True, told=told, matter=found.message_id)


def _perhaps_answered(facts: Facts) -> Reason | None:
    """Also by the very person, in other words: the recipient may have two answers then. Consent is
    to that answer, and to no other of which nobody knows.
    """
    found = perhaps_in_the_way(facts.refers_to, facts.perhaps, facts.answers, facts.arrived)
    if found is None:
        return None
    own = found.account_id == facts.account_id
    return Reason(found.at_us, found.name, own=own, matter=found.message_id)


UNDER_WAY = Guard(
    "sending",
    Kind.ON_ITS_WAY,
    About.MAIL,
    ("now_us", "earlier", "earlier_by", "under_way", "account_id"),
    _this_very_mail,
    "the same mail is going out at this very moment",
)
UNCERTAIN = Guard(
    "uncertain",
    Kind.ON_ITS_WAY,
    About.MAIL,
    ("earlier", "under_way"),
    _nobody_knows,
    "it may have gone out already: the connection to the provider broke at the last moment",
)
COLLEAGUE = Guard(
    "sending",
    Kind.ON_ITS_WAY,
    About.ANSWER,
    ("now_us", "colleague", "colleague_asks", "colleague_guessed", "guessed"),
    _colleague,
    "a colleague is sending an answer at this very moment, or one of theirs waits before it leaves",
)
OWN_WAITS = Guard(
    "sending",
    Kind.ON_ITS_WAY,
    About.ANSWER,
    ("refers_to", "own_waiting", "arrived"),
    _own_waits,
    "another answer of its writer, given since the mail came, waits before it leaves",
)
PERHAPS_ANSWERED = Guard(
    "perhaps-answered",
    Kind.ON_ITS_WAY,
    About.ANSWER,
    ("account_id", "refers_to", "perhaps", "answers", "arrived"),
    _perhaps_answered,
    "another answer in the conversation may have gone out since the mail came: the connection to "
    "the provider broke at the last moment",
)
