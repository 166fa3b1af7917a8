"""Who makes room for whom (domain/seats.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.seats import NoSeat, Seats, seat_key


def test_the_oldest_who_has_not_signed_in_goes() -> None:
    signed_in = {"a"}
    seats = Seats[str](3, 3, signed_in.__contains__)
    assert [seats.take(name, name) for name in "abc"] == [None, None, None]
    assert seats.take("d", "d") == "b"
    signed_in.update("cd")
    with pytest.raises(NoSeat):
        seats.take("e", "e")
    assert seats.leave("c") and not seats.leave("c")
    assert seats.take("e", "e") is None


def test_an_address_makes_room_among_its_own() -> None:
    seats = Seats[str](10, 2, lambda _: False)
    for name in ("a1", "b1", "a2"):
        seats.take(name, name[0])
    assert seats.take("a3", "a") == "a1"
    assert len(seats) == 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (seat_key(one) == seat_key(other)) is same


@given(st.lists(st.tuples(st.sampled_from("tsl"), st.integers(0, 9), st.sampled_from("xyz"))))
def test_limits_hold_whatever_comes(steps: list[tuple[str, int, str]]) -> None:
    signed_in: set[int] = set()
    inside: dict[int, str] = {}
    seats = Seats[int](4, 2, signed_in.__contains__)
    for what, guest, address in steps:
        if what == "t" and guest not in inside:
            try:
                goes = seats.take(guest, address)
            except NoSeat:
                assert len(inside) == 4 or list(inside.values()).count(address) == 2
                continue
            assert goes not in signed_in
            if goes is not None:
                del inside[goes]
            inside[guest] = address
        elif what == "s" and guest in inside:
            signed_in.add(guest)
        elif what == "l":
            assert seats.leave(guest) is (guest in inside)
            inside.pop(guest, None)
            signed_in.discard(guest)
        assert len(seats) == len(inside) <= 4
        assert all(list(inside.values()).count(one) <= 2 for one in "xyz")
