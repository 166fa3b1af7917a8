"""What the rules that fit a mail make of it: status, assignee, on hold until when.

Pure: the same for a mail that comes in and for ``proxyd rules test``. Of several rules that fit the
first that has a status gives it, and the first that finds somebody names the assignee.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import BadInput
from proxyd.domain.hold_until import until
from proxyd.domain.nearly import instead_of
from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.rules import Rule, RuledMail, fitting
from proxyd.domain.types import Account, Right
from proxyd.domain.workflow import HOLD


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``last``: rule → account whose turn it was last."""

    mailbox_id: int
    statuses: Collection[str]
    person: Callable[[str], Account | None]  # by login
    office: OfficeHours
    now_us: int
    last: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ruling:
    rules: tuple[str, ...]  # their names
    status: str = ""  # "" = stays
    until_us: int | None = None
    assignee: Account | None = None
    turn_of: str = ""  # the rule that it was this person's turn of; "" where it has only one


def ruled(rules: Sequence[Rule], mail: RuledMail, now: Circumstances) -> Ruling | None:
    """None where no rule fits."""
    found = fitting(rules, mail)
    if not found:
        return None
    status, until_us = next(filter(None, (_status(rule, now) for rule in found)), ("", None))
    names = tuple(rule.name for rule in found)
    for rule in found:
        if (person := _whose_turn(rule, now)) is not None:
            turn_of = rule.name if len(rule.assignees) > 1 else ""
            return Ruling(names, status, until_us, person, turn_of)
    return Ruling(names, status, until_us)


def _status(rule: Rule, now: Circumstances) -> tuple[str, int | None] | None:
    """None for one that is not configured any more, and for a date that has passed."""
    key = HOLD if rule.hold_until else rule.status
    if key not in now.statuses:
        return None
    if not rule.hold_until:
        return key, None
    try:
        return key, until(rule.hold_until, now.now_us, now.office)
    except ValueError:
        return None


def _whose_turn(rule: Rule, now: Circumstances) -> Account | None:
    """The next one after the last who is there; None: nobody is."""
    known = (now.person(login) for login in rule.assignees)
    people = [person for person in known if person is not None]
    last = now.last.get(rule.name)
    after = next((n for n, person in enumerate(people, 1) if person.id == last), 0)
    in_turn = (*people[after:], *people[:after])
    return next((p for p in in_turn if p.can_answer(now.mailbox_id, now.now_us)), None)


def problems(
    rules: Sequence[Rule], now: Circumstances, mailbox: str, logins: Collection[str]
) -> Iterator[BadInput]:
    """What can't be done of them, because of people, statuses or days that are not there."""
    for rule in rules:
        what = f'rule "{rule.name}"'
        key = HOLD if rule.hold_until else rule.status
        if key and key not in now.statuses:
            instead = instead_of(key, now.statuses, f"write one of {', '.join(now.statuses)}")
            yield BadInput(what, f"there is no status {key!r}", instead)
        elif rule.hold_until:
            try:
                until(rule.hold_until, now.now_us, now.office)
            except ValueError as error:
                problem, _, instead = str(error).partition("; ")
                yield BadInput(what, f"hold-until: {problem}", instead)
        for login in rule.assignees:
            yield from _problem_of(login, what, now, mailbox, logins)


def _problem_of(
    login: str, what: str, now: Circumstances, mailbox: str, logins: Collection[str]
) -> Iterator[BadInput]:
    person = now.person(login)
    if person is None:
        instead = instead_of(login, logins, "see: proxyd user list")
        yield BadInput(what, f"it gives mail to nobody: there is no person {login!r}", instead)
    elif person.disabled:
        problem = f"it gives mail to nobody: {login} is disabled"
        yield BadInput(what, problem, f"type: proxyd user enable {login}")
    elif person.grants.get(now.mailbox_id, 0) < Right.RESPOND:
        problem = f"it gives mail to nobody: {login} may not answer in {mailbox}"
        yield BadInput(what, problem, f"type: proxyd user grant {login} {mailbox}:respond")
