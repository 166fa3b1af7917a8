"""Strangers begin one in a turn of the loop (domain/one_a_turn.py)."""

from __future__ import annotations

from collections.abc import Callable

from proxyd.domain.one_a_turn import OneATurn

HOME = "198.51.100.7"


class Loop:
    def __init__(self) -> None:
        self.next: list[Callable[[], None]] = []
        self.begun: list[str] = []

    def soon(self, call: Callable[[], None]) -> None:
        self.next.append(call)

    def turn(self) -> list[str]:
        """Who begins in it."""
        self.begun = []
        calls, self.next = self.next, []
        for call in calls:
            call()
        return self.begun

    def begin(self, name: str) -> Callable[[], None]:
        return lambda: self.begun.append(name)


def one_a_turn(loop: Loop) -> OneATurn:
    return OneATurn(loop.soon, lambda place: place == HOME)


def test_one_in_a_turn_place_by_place() -> None:
    loop = Loop()
    turns = one_a_turn(loop)
    for name in ("a1", "a2", "a3", "b1"):
        turns.wait(loop.begin(name), f"192.0.2.{ord(name[0])}")
    assert loop.begun == [] and len(turns) == 4
    assert [loop.turn() for _ in range(5)] == [["a1"], ["b1"], ["a2"], ["a3"], []]
    assert not loop.next  # it does not turn for nobody


def test_a_network_of_ipv6_is_one_place() -> None:
    loop = Loop()
    turns = one_a_turn(loop)
    for number in range(3):
        turns.wait(loop.begin(f"a{number}"), f"2001:db8::{number}")
    turns.wait(loop.begin("b"), "2001:db8:0:1::1")
    assert [loop.turn() for _ in range(2)] == [["a0"], ["b"]]


def test_where_people_sign_in_from_it_begins_at_once() -> None:
    loop = Loop()
    turns = one_a_turn(loop)
    for number in range(100):
        turns.wait(loop.begin("stranger"), f"192.0.2.{number}")
    turns.wait(loop.begin("anna"), HOME)
    assert loop.begun == ["anna"]


def test_who_left_does_not_begin() -> None:
    loop = Loop()
    turns = one_a_turn(loop)
    gone, stays = loop.begin("gone"), loop.begin("stays")
    turns.wait(gone, "192.0.2.1")
    turns.wait(stays, "192.0.2.2")
    turns.leave(gone)
    turns.leave(gone)
    assert loop.turn() == ["stays"]
    assert loop.turn() == []
    turns.wait(gone, "192.0.2.1")
    turns.leave(gone)
    assert loop.turn() == [] and not loop.next


def test_who_begins_may_come_again() -> None:
    loop = Loop()
    turns = one_a_turn(loop)

    def again() -> None:
        loop.begun.append("again")
        turns.wait(again, "192.0.2.1")

    turns.wait(again, "192.0.2.1")
    assert [loop.turn() for _ in range(3)] == [["again"]] * 3
