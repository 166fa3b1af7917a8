"""The guards' rules, by example and as properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.guard import (
    Answer,
    OverrideRule,
    Refusal,
    answer_in_the_way,
    body_digest,
    copy_digest,
    forfeits,
    is_consent,
    may_be_to_another,
    message_digest,
    perhaps_in_the_way,
)

ANNA, BOB = 1, 2
SECOND = 1_000_000


def by(account: int | None, at: int, message_id: str = "answer@x") -> Answer:
    return Answer(account, f"person {account}", at, message_id)


class TestAnswered:
    def test_a_colleague_answered_after_the_mail_came(self):
        answer = by(ANNA, 200)
        assert answer_in_the_way(BOB, ["m@x"], [answer], {"m@x": 100}) is answer

    def test_an_own_answer_is_in_nobodys_way(self):
        assert answer_in_the_way(BOB, ["m@x"], [by(BOB, 200)], {"m@x": 100}) is None

    def test_the_customer_wrote_again_after_the_answer(self):
        arrived = {"m@x": 100, "m2@x": 300}
        assert answer_in_the_way(BOB, ["m2@x", "m@x"], [by(ANNA, 200)], arrived) is None

    def test_answering_the_old_mail_although_a_newer_one_came(self):
        arrived = {"m@x": 100, "m2@x": 300}
        assert answer_in_the_way(BOB, ["m@x"], [by(ANNA, 200)], arrived)

    def test_whoever_answers_the_answer_has_seen_it(self):
        answers = [by(ANNA, 200, "a@x")]
        assert answer_in_the_way(BOB, ["a@x", "m@x"], answers, {"m@x": 100}) is None
        assert answer_in_the_way(BOB, ["m@x", "a@x"], answers, {"m@x": 100}) is None

    def test_a_second_answer_after_the_one_that_is_being_answered(self):
        answers = [by(ANNA, 200, "a@x"), by(3, 250, "b@x")]
        found = answer_in_the_way(BOB, ["a@x", "m@x"], answers, {"m@x": 100})
        assert found == answers[1]

    @pytest.mark.parametrize(
        ("others", "unsure"),
        [
            ({}, False),
            ({"before@x": 50, "since@x": 300}, False),  # that one has the answer of 140
            ({"between@x": 120}, True),
            ({"between@x": 150}, True),
        ],
    )
    def test_it_may_be_to_what_came_in_between(self, others, unsure):
        answers = [by(ANNA, 200, "a@x"), by(3, 140, "b@x")]
        outside = {"m@x": 100, **others}
        arrived = {**outside, "a@x": 201, "b@x": 145, "draft@x": 110}  # of ours: nobody's question
        assert may_be_to_another(answers[0], ["m@x"], answers, arrived, outside) is unsure

    def test_it_may_be_to_what_waited_before(self):
        """She wrote twice; only the first was answered, and that after the second had come."""
        answers, came = [by(ANNA, 200, "a@x")], {"m@x": 100, "m2@x": 150}
        assert answer_in_the_way(BOB, ["m2@x", "m@x"], answers, came) == answers[0]
        assert may_be_to_another(answers[0], ["m2@x", "m@x"], answers, came, came)

    def test_what_was_known_here_twice_was_given_once(self):
        """By the copy in Sent, and by what went out lately."""
        answers, came = [by(ANNA, 200, "a@x"), by(ANNA, 199, "a@x")], {"m@x": 100, "m2@x": 150}
        assert may_be_to_another(answers[0], ["m2@x"], answers, came, came)

    def test_who_goes_on_from_an_answer_answers_another_mail_than_it_did(self):
        answers, came = [by(3, 300, "c@x"), by(ANNA, 200, "a@x")], {"m@x": 100}
        assert may_be_to_another(answers[0], ["a@x", "m@x"], answers, came, came)

    def test_it_is_to_another_where_it_was_given_before(self):
        came = {"m@x": 100}
        assert may_be_to_another(by(ANNA, 50), ["m@x"], [], came, came)

    def test_an_answer_from_outside_counts(self):
        assert answer_in_the_way(BOB, ["m@x"], [by(None, 200)], {"m@x": 100})

    def test_a_mail_that_is_gone_was_there_before_every_answer(self):
        assert answer_in_the_way(BOB, ["gone@x"], [by(ANNA, 200)], {"m@x": 300})

    def test_the_newest_is_named(self):
        answers = [by(ANNA, 200), by(4, 400, "c@x"), by(3, 300, "b@x")]
        assert answer_in_the_way(BOB, ["m@x"], answers, {"m@x": 100}) == answers[1]


class TestPerhaps:
    """Of Anna's answer at 200 nobody knows whether it went out."""

    perhaps = (by(ANNA, 200, "p@x"),)

    def in_the_way(self, *answers: Answer, refers_to=("m@x",), came=100) -> Answer | None:
        return perhaps_in_the_way(refers_to, self.perhaps, answers, {"m@x": came})

    def test_given_since_the_mail_came(self):
        assert self.in_the_way() == self.perhaps[0]
        assert self.in_the_way(by(BOB, 150)) == self.perhaps[0]

    def test_the_customer_wrote_again_after_it(self):
        assert self.in_the_way(came=300) is None

    def test_it_is_known_to_have_gone_out(self):
        assert self.in_the_way(by(ANNA, 150, "p@x")) is None

    def test_it_was_answered_since(self):
        for who in (ANNA, BOB, None):
            assert self.in_the_way(by(who, 300)) is None

    def test_who_refers_to_it_has_seen_it(self):
        assert self.in_the_way(refers_to=("m@x", "p@x")) is None

    def test_the_newest_is_named(self):
        newer = by(3, 250, "q@x")
        found = perhaps_in_the_way(["m@x"], [*self.perhaps, newer], [], {"m@x": 100})
        assert found == newer


ids = st.sampled_from(["m1", "m2", "a1", "a2", "a3"])
answer_lists = st.lists(
    st.builds(
        Answer,
        st.sampled_from([None, 1, 2, 3]),
        st.just("x"),
        st.integers(0, 100),
        st.sampled_from(["a1", "a2", "a3"]),
    ),
    max_size=6,
)


@given(
    st.lists(ids, min_size=1, unique=True), answer_lists, st.dictionaries(ids, st.integers(0, 100))
)
def test_what_is_in_the_way_is_somebody_elses_unseen_and_newer(refers_to, answers, arrived):
    found = answer_in_the_way(2, refers_to, answers, arrived)
    if found is None:
        return
    assert found.account_id != 2
    assert found.message_id not in refers_to
    parent = next((arrived[each] for each in refers_to if each in arrived), 0)
    first_known = next(
        (
            each
            for each in refers_to
            if each in arrived or each in {answer.message_id for answer in answers}
        ),
        None,
    )
    if first_known in arrived:
        assert found.at_us > parent


@given(
    st.lists(ids, min_size=1, unique=True), answer_lists, st.dictionaries(ids, st.integers(0, 100))
)
def test_nothing_is_in_the_way_of_the_only_one_who_answers(refers_to, answers, arrived):
    own = [Answer(2, each.name, each.at_us, each.message_id) for each in answers]
    assert answer_in_the_way(2, refers_to, own, arrived) is None


class TestConsent:
    rule = OverrideRule()

    @pytest.mark.parametrize(
        ("seconds", "consent"),
        [(0, False), (19.9, False), (20, True), (600, True), (600.1, False), (-5, False)],
    )
    def test_neither_too_soon_nor_too_late(self, seconds, consent):
        told = Refusal("answered", 1000 * SECOND)
        now = round((1000 + seconds) * SECOND)
        assert is_consent("answered", 500 * SECOND, told, now, self.rule, "again") is consent

    def test_never_told_is_no_consent(self):
        assert not is_consent("answered", 0, None, 1000 * SECOND, self.rule, "again")

    def test_told_of_something_else(self):
        told = Refusal("uncertain", 1000 * SECOND)
        assert not is_consent("answered", 0, told, 1030 * SECOND, self.rule, "again")

    def test_somebody_answered_after_the_refusal(self):
        told = Refusal("answered", 1000 * SECOND)
        assert not is_consent("answered", 1010 * SECOND, told, 1030 * SECOND, self.rule, "again")

    def test_a_rule_that_nobody_can_fulfil(self):
        with pytest.raises(ValueError, match="pause"):
            OverrideRule(pause_us=10, window_us=5)

    def refused(self, latest: Refusal | None, now: int, copy: str) -> Refusal:
        return Refusal("answered", now, copy, forfeits(latest, now, self.rule, copy))

    @given(st.lists(st.floats(0.1, 599), min_size=1, max_size=50))
    def test_the_very_same_mail_never_gets_through(self, gaps):
        now, latest = 0, self.refused(None, 0, "same")
        for gap in gaps:
            now += round(gap * SECOND)
            assert not is_consent("answered", 0, latest, now, self.rule, "same")
            latest = self.refused(latest, now, "same")

    @given(st.floats(0.1, 19.9), st.lists(st.floats(0.1, 599), min_size=1, max_size=50))
    def test_what_came_inside_the_pause_never_gets_through_by_going_on(self, first, gaps):
        """Programs that make the mail anew each time, with waits that grow: 5, 10, 20, 40 s."""
        latest = self.refused(None, 0, "0")
        now = round(first * SECOND)
        latest = self.refused(latest, now, "1")
        for number, gap in enumerate(gaps, 2):
            now += round(gap * SECOND)
            assert not is_consent("answered", 0, latest, now, self.rule, str(number))
            latest = self.refused(latest, now, str(number))

    def test_after_the_window_it_begins_anew(self):
        latest = Refusal("answered", 0, "0", forfeited=True)
        assert not forfeits(latest, 601 * SECOND, self.rule, "0")

    def test_a_copy_is_told_by_its_id_and_its_date(self):
        one = copy_digest("a@x", "Mon, 1 Jan 2024 10:00:00 +0900", "text")
        assert one == copy_digest("a@x", " Mon, 1 Jan 2024 10:00:00 +0900 ", "text")
        assert one != copy_digest("a@x", "Mon, 1 Jan 2024 10:00:30 +0900", "text")
        assert one != copy_digest("b@x", "Mon, 1 Jan 2024 10:00:00 +0900", "text")
        assert one != copy_digest("a@x", "Mon, 1 Jan 2024 10:00:00 +0900", "edited")
        assert copy_digest("a@x", "", "text") == copy_digest("b@x", " ", "text")


class TestDigests:
    def test_line_breaks_and_order_of_parts_do_not_matter(self):
        assert body_digest(["Hello\r\n  world", "b"]) == body_digest(["b", "Hello world\n"])

    def test_another_text_is_another_digest(self):
        assert body_digest(["Hello world"]) != body_digest(["Hello, world"])
        assert body_digest(["a", "b"]) != body_digest(["ab"])
        assert body_digest([]) != body_digest([""])

    @given(st.lists(st.text()))
    def test_any_text_has_a_digest(self, texts):
        assert len(body_digest(texts)) == 64

    def test_a_sending_is_told_by_who_to_whom_what(self):
        base = message_digest("a@x", ["b@x", "c@x"], "body", ["file"])
        assert message_digest("A@x", ["c@x", "B@x"], "body", ["file"]) == base
        assert message_digest("z@x", ["b@x", "c@x"], "body", ["file"]) != base
        assert message_digest("a@x", ["b@x"], "body", ["file"]) != base
        assert message_digest("a@x", ["b@x", "c@x"], "bodi", ["file"]) != base
        assert message_digest("a@x", ["b@x", "c@x"], "body", []) != base
        assert message_digest("a@x", ["b@x", "c@x", "body"], "", []) != message_digest(
            "a@x", ["b@x", "c@x"], "body", [""]
        )
