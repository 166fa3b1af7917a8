"""Growing pauses, and each cause once (service/webhooks/pauses.py)."""

from __future__ import annotations

from proxyd.service.webhooks.pauses import UNWRITTEN_MOST_S, Pauses, cause_of

SECOND = 1_000_000


def test_they_grow_until_it_is_well():
    pauses, now = Pauses(), 0
    for pause_s in (5, 10, 20, 40):
        pauses.failed(1, now, None, "x")
        pauses.written(1, now)
        assert not pauses.is_due(1, now + pause_s * SECOND - 1) and pauses.is_due(2, now)
        now += pause_s * SECOND
        assert pauses.is_due(1, now)
    pauses.well(1)
    assert pauses.failed(1, now, None, "x") == (now, True), "from the beginning"


def test_what_is_not_written_down_is_tried_more_often_and_resumed_by_nobody():
    pauses = Pauses()
    for _ in range(20):
        assert pauses.failed(1, 0, 77, "x")[0] == 77
    assert pauses.is_due(1, int(UNWRITTEN_MOST_S) * SECOND)
    pauses.seen_well(1)
    assert not pauses.is_due(1, 0)
    pauses.written(1, 0)
    assert not pauses.is_due(1, int(UNWRITTEN_MOST_S) * SECOND)
    pauses.seen_well(1)
    assert pauses.is_due(1, 0)


def test_each_cause_is_new_once():
    pauses = Pauses()
    assert [pauses.failed(1, 0, None, cause)[1] for cause in "abaab"] == [True, True] + [False] * 3


def test_a_cause_is_a_place_and_not_what_it_happened_with():
    def found(key):
        try:
            return {}[key]
        except KeyError as error:
            return cause_of(error)

    assert found("a") == found("b") and found("a").startswith("KeyError in found, line ")
