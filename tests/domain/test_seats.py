"""Who makes room for whom (domain/seats.py)."""

from __future__ import annotations

from collections.abc import Container

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.seats import NoSeat, Seats, seat_key


def seated(
    total: int, per_address: int, signed_in: Container[str] = (), begun: Container[str] = ()
) -> Seats[str]:
    return Seats(total, per_address, settled=signed_in.__contains__, begun=begun.__contains__)


def test_the_oldest_who_has_not_signed_in_goes() -> None:
    signed_in = {"a"}
    seats = seated(3, 3, signed_in)
    assert [seats.take(name, name) for name in "abc"] == [None, None, None]
    assert seats.take("d", "d") == "b"
    signed_in.update("cd")
    with pytest.raises(NoSeat):
        seats.take("e", "e")
    assert seats.leave("c") and not seats.leave("c")
    assert seats.take("e", "e") is None


def test_an_address_makes_room_among_its_own() -> None:
    seats = seated(10, 2)
    for name in ("a1", "b1", "a2"):
        seats.take(name, name[0])
    assert seats.take("a3", "a") == "a1"
    assert len(seats) == 3


def test_a_storm_from_one_address_keeps_no_other_out() -> None:
    begun: set[str] = set()
    seats = seated(4, 250, begun=begun)
    storm = [f"storm {number}" for number in range(20)]
    for name in storm[:10]:
        seats.take(name, "192.0.2.1")
    assert seats.take("anna", "192.0.2.2") == "storm 6"
    begun.update(storm)  # they may take that trouble as well
    gone = [seats.take(name, "192.0.2.1") for name in storm[10:]]
    assert gone == storm[7:17]
    assert seats.leave("anna")


def test_whose_handshake_is_over_stays_before_those_who_only_began() -> None:
    begun = {"anna"}
    seats = seated(10, 3, begun=begun)
    for name in ("anna", "1", "2"):
        seats.take(name, "192.0.2.1")
    assert [seats.take(name, "192.0.2.1") for name in "345"] == ["1", "2", "3"]
    begun.update("45")
    assert seats.take("6", "192.0.2.1") == "anna"
    assert seats.take("7", "192.0.2.1") == "6"


def test_who_has_signed_in_does_not_make_an_address_look_like_a_storm() -> None:
    signed_in = {"o1", "o2", "o3"}
    seats = seated(6, 250, signed_in)
    for name in ("o1", "o2", "o3", "o4"):
        seats.take(name, "198.51.100.7")
    for name in ("s1", "s2"):
        seats.take(name, "192.0.2.1")
    assert seats.take("s3", "192.0.2.1") == "s1"
    assert seats.take("o5", "198.51.100.7") in {"o4", "s2"}


def test_where_people_sign_in_from_nobody_makes_room_for_strangers() -> None:
    seats = Seats[str](
        3, 3, settled=set().__contains__, begun=set().__contains__,
        known=lambda key: key == "198.51.100.7",
    )  # fmt: skip
    for number in range(20):  # each stranger from an address of his own
        seats.take(f"before {number}", f"192.0.2.{number}")
    seats.take("anna", "198.51.100.7")
    for number in range(20):
        seats.take(f"after {number}", f"192.0.2.{number}")
    assert seats.leave("anna")


def test_a_storm_from_where_people_sign_in_keeps_no_stranger_out() -> None:
    for total in (4, 14, 200):
        seats = Seats[int](
            total, total, settled=set().__contains__, begun=set().__contains__,
            known=lambda key: key == "198.51.100.7",
        )  # fmt: skip
        for number in range(total):
            seats.take(number, "198.51.100.7")
        seats.take(-1, "192.0.2.1")
        for number in range(total, 3 * total):
            seats.take(number, "198.51.100.7")
        assert seats.leave(-1), total


def test_where_everybody_is_known_the_most_crowded_makes_room() -> None:
    seats = Seats[str](
        3, 3, settled=set().__contains__, begun=set().__contains__, known=lambda _: True
    )
    for name in ("a1", "b1", "a2"):
        seats.take(name, name[0])
    assert seats.take("c1", "c") == "a1"
    seats.leave("b1")
    assert seats.take("d1", "d") is None
    assert sorted(seats._crowds) == sorted(seats._waiting) == list("acd")


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
    assert seat_key(seat_key(one)) == seat_key(one)


@given(st.lists(st.tuples(st.sampled_from("tbsl"), st.integers(0, 9), st.sampled_from("xyz"))))
def test_limits_hold_whatever_comes(steps: list[tuple[str, int, str]]) -> None:
    signed_in: set[int] = set()
    begun: set[int] = set()
    inside: dict[int, str] = {}
    seats = Seats[int](4, 2, settled=signed_in.__contains__, begun=begun.__contains__)
    for what, guest, address in steps:
        if what == "t" and guest not in inside:
            try:
                goes = seats.take(guest, address)
            except NoSeat:
                assert len(inside) == 4 or list(inside.values()).count(address) == 2
                continue
            assert goes not in signed_in
            same = {one for one in inside if inside[one] == inside.get(goes)} - signed_in
            assert goes is None or goes not in begun or same <= begun
            if goes is not None:
                del inside[goes]
            inside[guest] = address
        elif what == "b":
            begun.add(guest)
        elif what == "s" and guest in inside:
            signed_in.add(guest)
        elif what == "l":
            assert seats.leave(guest) is (guest in inside)
            inside.pop(guest, None)
            signed_in.discard(guest)
        assert len(seats) == len(inside) <= 4
        assert set(seats._crowds) == set(seats._waiting)
        assert all(list(inside.values()).count(one) <= 2 for one in "xyz")
