"""Sequence numbers; those of a whole view are in test_view."""

from __future__ import annotations

from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from imap_frontend.numbers import Numbers, runs
from proxyd.imapwire.numset import SAVED_RESULT


def numbers(*uids: int) -> Numbers:
    found = Numbers()
    found._uids = array("I", uids)
    return found


@given(st.sets(st.integers(0, 60)))
def test_runs_are_the_same_indexes_in_as_few_ranges_as_possible(indexes):
    spans = runs(sorted(indexes))
    assert [index for span in spans for index in span] == sorted(indexes)
    assert all(one.stop < other.start for one, other in pairwise(spans))


@given(st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
def test_dollar_is_what_was_saved_and_is_still_there(there, saved):
    view = numbers(*sorted(there))
    view.save(saved)
    for uid in (False, True):
        assert view.uids_at(view.resolve(SAVED_RESULT, uid=uid)) == sorted(there & saved)
    within = view.uid_ranges(SAVED_RESULT, uid=True)
    assert {uid for uid in there if any(low <= uid <= high for low, high in within)} == (
        there & saved
    )


def test_names_for_the_client():
    view = numbers(3, 4, 8)
    assert view.numbers_of([8, 99, 3], uid=True) == [8, 3]
    assert view.numbers_of([8, 99, 3], uid=False) == [3, 1]
    assert list(view.uids_between(4, 9)) == [4, 8]
    assert view.last == 8
    assert numbers().last == 0
