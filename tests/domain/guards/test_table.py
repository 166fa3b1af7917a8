"""The table of guards: what each row must have, whatever it stops."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.guard import Answer
from proxyd.domain.guards import CHOICES, GUARDS, ON_BY_DEFAULT, Facts, Guard, Reason, Turn
from proxyd.domain.guards.turn import DONE
from proxyd.domain.outbox import Sending
from smtp_frontend.replies import _REPLIES
from tests.guards_table import PAGE, page

words = st.sampled_from(["", "anna", "hold", "done", "a1@us", "m1@x"])
numbers = st.integers(0, 3)
maybe = st.booleans()
SENDING = Sending(1, 2, "anna", None, "m1@x", "d", "us@x", ("c@x",), 5)
facts_of_all_kinds = st.builds(
    Facts,
    account_id=numbers,
    login=words,
    refers_to=st.lists(words, max_size=2),
    now_us=numbers,
    earlier=st.sampled_from([None, SENDING]),
    earlier_by=words,
    under_way=maybe,
    guessed=maybe,
    forwards=maybe,
    promise=words,
    files=numbers,
    colleague=words,
    colleague_guessed=maybe,
    answers=st.lists(st.builds(Answer, numbers, words, numbers, words), max_size=2),
    perhaps=st.lists(st.builds(Answer, numbers, words, numbers, words), max_size=2),
    arrived=st.dictionaries(words, numbers, max_size=2),
    outside=st.dictionaries(words, numbers, max_size=2),
    status=words,
    stops=words,
    finished=maybe,
    turn=st.one_of(st.none(), st.builds(Turn, words, words, words, numbers, words)),
    assignee_id=st.one_of(st.none(), numbers),
    assignee=words,
    strangers=st.lists(words, max_size=2),
)


class Watched:
    """Facts that are given only to who has said that it looks at them."""

    def __init__(self, facts: Facts, guard: Guard) -> None:
        self._facts, self._guard = facts, guard

    def __getattr__(self, name: str) -> object:
        assert name in self._guard.looks_at, f"{self._guard.key} does not say it looks at {name}"
        return getattr(self._facts, name)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.key)
@given(facts=facts_of_all_kinds)
def test_a_rule_looks_at_nothing_but_what_its_row_names(guard: Guard, facts: Facts) -> None:
    reason = guard.rule(Watched(facts, guard))  # type: ignore[arg-type]
    assert reason == guard.rule(facts)
    assert reason is None or isinstance(reason, Reason)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.key)
def test_every_row_is_whole(guard: Guard) -> None:
    assert guard.looks_at and set(guard.looks_at) <= {each.name for each in fields(Facts)}
    codes, english, japanese = _REPLIES[guard.key]
    assert codes == "550 5.7.1" and english != japanese
    assert not english.endswith(".") and japanese.endswith("。")
    assert guard.when and not guard.when.endswith(".")
    assert not guard.is_choice or guard.help.endswith(".")


@pytest.mark.parametrize(
    ("came", "elsewhere"),
    [
        ({"m1@x": 1}, False),
        ({"m1@x": 3}, True),  # an auto-reply to that answer, which leaves it done
        ({"m0@x": 1, "m1@x": 1}, True),
    ],
)
def test_what_is_done_by_an_answer_to_another_mail_is_not_called_answered(
    came: dict[str, int], elsewhere: bool
) -> None:
    turn = Turn("done", "anna", "Anna", 2, "a1@us")
    facts = Facts(
        login="ben",
        status="done",
        finished=True,
        turn=turn,
        refers_to=["m1@x"],
        arrived=came,
        outside=came,
    )
    reason = DONE.rule(facts)
    assert reason is not None
    assert reason.told == {"answered": "yes", **({"elsewhere": "yes"} if elsewhere else {})}


def test_nobody_is_stopped_by_nothing() -> None:
    assert [guard.key for guard in GUARDS if guard.rule(Facts())] == []


def test_what_is_on_by_default_is_a_choice() -> None:
    assert {guard.key for guard in CHOICES} >= ON_BY_DEFAULT


def test_the_page_is_what_the_code_says() -> None:
    now = PAGE.read_text("utf-8")
    assert now == page(now), "run: python -m tests.guards_table"
