"""What the rules that fit make of a mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.rules import Rule, RuledMail
from proxyd.domain.ruling import Circumstances, Ruling, problems, ruled
from proxyd.domain.types import Account, Right, Role
from proxyd.domain.weekly_hours import parse
from proxyd.domain.workflow import SHIPPED

TOKYO = ZoneInfo("Asia/Tokyo")
THURSDAY_US = round(datetime(2026, 3, 5, 12, tzinfo=TOKYO).timestamp()) * 1_000_000
MONDAY_US = round(datetime(2026, 3, 9, 9, tzinfo=TOKYO).timestamp()) * 1_000_000
OFFICE = OfficeHours(parse("Mon-Fri 09:00-18:00"), TOKYO)
MAIL = RuledMail()
TEAM = {
    login: Account(number, login, login.title(), Role.STAFF, disabled=False, grants={1: right})
    for number, (login, right) in enumerate(
        (("anna", Right.RESPOND), ("ben", Right.MANAGE), ("cora", Right.RESPOND)), 1
    )
}
IN_TURN = Rule("turn", assignees=("anna", "ben", "cora"))


def now(
    people: Mapping[str, Account] = TEAM, last: str = "", statuses: tuple[str, ...] = SHIPPED.keys
) -> Circumstances:
    known = {"turn": TEAM[last].id} if last else {}
    return Circumstances(1, statuses, people.get, OFFICE, THURSDAY_US, known)


def given_to(ruling: Ruling | None) -> str:
    assert ruling is not None
    return ruling.assignee.login if ruling.assignee else ""


def test_no_rule_no_ruling() -> None:
    assert ruled([], MAIL, now()) is None
    assert ruled([Rule("a", senders=("a@x",), status="done")], MAIL, now()) is None


@pytest.mark.parametrize(("last", "then"), [("", "anna"), ("anna", "ben"), ("cora", "anna")])
def test_one_after_another(last: str, then: str) -> None:
    assert given_to(ruled([IN_TURN], MAIL, now(last=last))) == then


@pytest.mark.parametrize(
    "absent",
    [
        replace(TEAM["ben"], disabled=True),
        replace(TEAM["ben"], away_until_us=THURSDAY_US + 1),
        replace(TEAM["ben"], grants={1: Right.READ}),
        replace(TEAM["ben"], grants={2: Right.MANAGE}),
        None,
    ],
)
def test_who_is_not_there_is_passed_over(absent: Account | None) -> None:
    people = {login: one for login, one in TEAM.items() if login != "ben"}
    if absent is not None:
        people["ben"] = absent
    assert given_to(ruled([IN_TURN], MAIL, now(people, last="anna"))) == "cora"
    alone = Rule("one", assignees=("ben",))
    assert given_to(ruled([alone], MAIL, now(people))) == ""


def test_nobody_is_there() -> None:
    assert given_to(ruled([IN_TURN], MAIL, now({}))) == ""


def test_a_turn_is_one_of_several() -> None:
    ruling = ruled([Rule("one", assignees=("anna",))], MAIL, now())
    assert ruling is not None and not ruling.turn_of
    ruling = ruled([IN_TURN], MAIL, now())
    assert ruling is not None and ruling.turn_of == "turn"


def test_of_several_the_first_that_has_something_to_say() -> None:
    rules = [
        Rule("a", assignees=("nobody",), stop=False),
        Rule("b", status="checking", stop=False),
        Rule("c", hold_until="Monday", assignees=("ben",)),
    ]
    ruling = ruled(rules, MAIL, now())
    assert ruling == Ruling(("a", "b", "c"), "checking", None, TEAM["ben"])


def test_on_hold_until_a_day() -> None:
    ruling = ruled([Rule("a", hold_until="Saturday")], MAIL, now())
    assert ruling == Ruling(("a",), "hold", MONDAY_US)


@pytest.mark.parametrize(
    ("rule", "statuses", "told"),
    [
        (Rule("a", status="later"), SHIPPED.keys, "there is no status 'later'"),
        (Rule("a", hold_until="3d"), ("open", "done"), "there is no status 'hold'"),
        (Rule("a", hold_until="2026-03-05"), SHIPPED.keys, "2026-03-05 is not within"),
    ],
)
def test_what_can_not_be_set_is_left_and_told(
    rule: Rule, statuses: tuple[str, ...], told: str
) -> None:
    circumstances = now(statuses=statuses)
    assert ruled([rule], MAIL, circumstances) == Ruling(("a",))
    (problem,) = problems([rule], circumstances, "support", TEAM)
    assert told in problem.problem and problem.instead


def test_who_gets_nothing_is_told() -> None:
    people = {
        **TEAM,
        "ben": replace(TEAM["ben"], disabled=True),
        "cora": replace(TEAM["cora"], grants={}),
    }
    rule = replace(IN_TURN, assignees=("ana", "anna", "ben", "cora"))
    assert [str(one) for one in problems([rule], now(people), "support", people)] == [
        "rule \"turn\": it gives mail to nobody: there is no person 'ana'; did you mean anna? "
        "see: proxyd user list",
        'rule "turn": it gives mail to nobody: ben is disabled; type: proxyd user enable ben',
        'rule "turn": it gives mail to nobody: cora may not answer in support; '
        "type: proxyd user grant cora support:respond",
    ]
    away = {**TEAM, "ben": replace(TEAM["ben"], away_until_us=THURSDAY_US + 1)}
    assert not list(problems([IN_TURN], now(away), "support", away))
