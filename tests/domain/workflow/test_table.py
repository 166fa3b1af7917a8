"""The table itself: whole, unambiguous, printed."""

from __future__ import annotations

from itertools import product

import pytest

from proxyd.domain.workflow import (
    TABLE,
    AssigneeIs,
    AssigneeThen,
    Event,
    State,
    StatusIs,
    StatusThen,
    keyword_of,
    row_of,
)
from proxyd.domain.workflow.table import MEANING
from tests.workflow_table import PAGE, page

STATES = [State(*pair) for pair in product(StatusIs, AssigneeIs)]
# What never makes anything done: a customer would be forgotten.
FINISHES = {Event.ANSWERED, Event.ANSWERED_OUTSIDE, Event.FOUND_ANSWERED}


@pytest.mark.parametrize("event", Event)
def test_every_event_has_a_row_for_every_state(event: Event) -> None:
    assert all(row_of(event, state).event is event for state in STATES)
    assert MEANING[event]


def test_every_row_counts_somewhere() -> None:
    used = {row_of(event, state) for event in Event for state in STATES}
    assert used == set(TABLE)


@pytest.mark.parametrize("event", sorted(set(Event) - FINISHES))
def test_nothing_else_finishes_a_conversation(event: Event) -> None:
    assert all(row_of(event, state).status is not StatusThen.ANSWERED for state in STATES)


@pytest.mark.parametrize("event", Event)
def test_who_acts_takes_nothing_from_a_colleague(event: Event) -> None:
    for state in STATES:
        if row_of(event, state).assignee is AssigneeThen.ACTOR:
            assert state.assignee is AssigneeIs.NOBODY


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.workflow_table"


@pytest.mark.parametrize("event", Event)
def test_what_a_mail_gets_is_the_same_in_each_state(event: Event) -> None:
    assert {row_of(event, state).keyword for state in STATES} == {keyword_of(event)}


def test_an_answer_and_a_forward_show_in_every_client() -> None:
    marks = {event: keyword_of(event) for event in Event if keyword_of(event)}
    answers = (Event.ANSWERED, Event.ANSWERED_BEFORE, Event.ANSWERED_ASKED)
    answered = dict.fromkeys(answers, "\\Answered")
    assert marks == {**answered, Event.FORWARDED: "$Forwarded"}
