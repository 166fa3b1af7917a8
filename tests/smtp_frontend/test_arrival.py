"""Whoever has connected and is not served yet (smtp_frontend/arrival.py)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from proxyd.domain.one_a_turn import OneATurn
from smtp_frontend.arrival import Arrival
from tests.patience import PATIENCE_S, turns

HOME, ELSEWHERE = "198.51.100.7", "192.0.2.1"


@dataclass
class FakeLink:
    leave: Callable[[], None]
    served: list[bool] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    settled = False
    begun = True

    async def serve(self, _connection: socket.socket, *, implicit_tls: bool) -> None:
        self.served.append(implicit_tls)

    def end(self, reason: str) -> None:
        self.ended.append(reason)

    def let_go(self) -> None:
        self.ended.append("")


class Door:
    def __init__(self) -> None:
        self.soon: list[Callable[[], None]] = []
        self.turns = OneATurn(self.soon.append, lambda place: place == HOME)
        self.left: list[Arrival] = []
        self.told: list[tuple[str, str]] = []
        self.links: list[FakeLink] = []
        self.client, self.accepted = socket.socketpair()
        self.accepted.settimeout(0)

    def arrival(self, address: str) -> Arrival:
        return Arrival(
            self.accepted, address, leave=self.left.append,
            turned_away=lambda why, where: self.told.append((why, where)),
        )  # fmt: skip

    def begin(self, arrival: Arrival, patience_s: float = PATIENCE_S) -> asyncio.Task[None]:
        return arrival.begin(self.turns, self.make, patience_s=patience_s, implicit_tls=True)

    def make(self, leave: Callable[[], None]) -> Any:
        self.links.append(FakeLink(leave))
        return self.links[-1]


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    yield door
    door.client.close()
    door.accepted.close()


async def waits(door: Door) -> None:
    """Until the client's first octets have been noticed."""
    async with asyncio.timeout(PATIENCE_S):
        while not len(door.turns):
            await asyncio.sleep(0.001)


async def test_a_stranger_is_served_in_their_turn(door: Door) -> None:
    arrival = door.arrival(ELSEWHERE)
    task = door.begin(arrival)
    await turns()
    assert not len(door.turns)  # nothing was said
    door.client.sendall(b"hello")
    await waits(door)
    assert not door.links and not arrival.settled and not arrival.begun
    door.soon.pop()()
    await asyncio.wait_for(task, PATIENCE_S)
    (link,) = door.links
    assert link.served == [True] and arrival.begun and not door.left
    assert door.accepted.recv(9) == b"hello"  # all that was said is there
    arrival.end("shutdown")
    arrival.drop()
    assert link.ended == ["shutdown", ""] and door.told == [("crowded", ELSEWHERE)]
    link.leave()
    assert door.left == [arrival]


async def test_where_people_sign_in_from_it_is_at_once(door: Door) -> None:
    task = door.begin(door.arrival(HOME))
    door.client.sendall(b"hello")
    await asyncio.wait_for(task, PATIENCE_S)
    assert door.links[0].served == [True] and not door.soon


@pytest.mark.parametrize("when", ["at once", "silent", "waiting"])
async def test_who_makes_room_is_gone(door: Door, when: str) -> None:
    arrival = door.arrival(ELSEWHERE)
    task = door.begin(arrival)
    if when != "at once":
        await turns()
    if when == "waiting":
        door.client.sendall(b"hello")
        await waits(door)
    arrival.drop()
    await asyncio.wait([task])
    await turns()
    assert door.left == [arrival] and door.told == [("crowded", ELSEWHERE)]
    assert door.accepted.fileno() == -1 and not len(door.turns) and not door.links


async def test_who_says_nothing_is_turned_away(door: Door) -> None:
    arrival = door.arrival(ELSEWHERE)
    await asyncio.wait_for(door.begin(arrival, patience_s=0.01), PATIENCE_S)
    await turns()
    assert door.left == [arrival] and door.told == [("handshake", ELSEWHERE)]
    assert door.accepted.fileno() == -1
