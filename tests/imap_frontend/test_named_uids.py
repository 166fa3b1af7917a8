"""Which UIDs a STORE, COPY or MOVE names of what has just left (imap_frontend/named_uids.py)."""

from __future__ import annotations

import pytest

from imap_frontend.named_uids import uids_named
from imap_frontend.view import ClientView
from proxyd.imapwire.numset import SAVED_RESULT, NumSet
from tests.imap_frontend.test_view import Opened


class OpenedWithLeft(Opened):
    def __init__(self, uids: tuple[int, ...], left: tuple[int, ...]) -> None:
        super().__init__(dict.fromkeys(uids, ()))
        self.just_left = left
        self.waits = False


def view_of(*uids: int, left: tuple[int, ...]) -> ClientView:
    view = ClientView(lambda: None)
    view.attach(OpenedWithLeft(uids, left))  # type: ignore[arg-type]
    return view


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (b"5", [5]),
        (b"4:6", [4, 6]),  # as a client writes these two that knows of no 5 any more
        (b"5,6", [5, 6]),
        (b"7:9", [7, 8]),
        (b"9:7", [7, 8]),
        (b"7:*", [6]),
        (b"*", [6]),
        (b"1:*", [4, 6]),
        (b"99", []),
    ],
)
def test_what_is_named_alone_or_with_nothing_that_is_still_there(
    written: bytes, named: list[int]
) -> None:
    view = view_of(4, 6, left=(5, 7, 8))
    assert uids_named(view, NumSet.parse(written), uid=True) == named


def test_before_its_expunge_is_told_a_range_has_it_too() -> None:
    view = view_of(5, 6, left=(5, 6))
    assert uids_named(view, NumSet.parse(b"5:6"), uid=True) == [5, 6]


def test_neither_by_number_nor_as_a_saved_result() -> None:
    view = view_of(4, 6, left=(1, 5))
    assert uids_named(view, NumSet.parse(b"1"), uid=False) == [4]
    view.save([4])
    assert uids_named(view, SAVED_RESULT, uid=True) == [4]
