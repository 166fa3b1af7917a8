"""Who is expected back from the provider (service/accounts/ways_there.py)."""

from __future__ import annotations

from proxyd.domain.single_sign_on import WAY_S, WAYS, WAYS_OF_A_PLACE
from proxyd.service.accounts.ways_there import WaysThere


def test_each_is_good_once_and_for_ten_minutes(clock):
    ways = WaysThere(clock)
    way = ways.begin("https://x/back", "/me", "192.0.2.7")
    assert len({way.state, way.nonce, way.verifier, way.browser}) == 4
    assert all(len(one) == 43 for one in (way.state, way.nonce, way.verifier, way.browser))
    assert ways.take("another") is None
    assert ways.take(way.state) == way
    assert ways.take(way.state) is None
    late = ways.begin("https://x/back", "/", "192.0.2.7")
    clock.advance(seconds=WAY_S - 1)
    last = ways.begin("https://x/back", "/", "192.0.2.7")
    clock.advance(seconds=1)
    assert ways.take(late.state) is None
    assert ways.take(last.state) == last
    assert len(ways) == 0


def test_a_place_pushes_out_its_own_alone(clock):
    ways = WaysThere(clock)
    anna = ways.begin("https://x/back", "/", "192.0.2.7")
    for number in range(WAYS_OF_A_PLACE * 3):  # one home has 2^64 addresses
        ways.begin("https://x/back", "/", f"2001:db8::{number:x}")
    assert len(ways) == WAYS_OF_A_PLACE + 1
    assert ways.take(anna.state) == anna


def test_there_are_never_more_than_so_many(clock):
    ways = WaysThere(clock, iter(map(str, range(10**6))).__next__)
    for number in range(WAYS + 50):
        ways.begin("https://x/back", "/", f"2001:db8:{number >> 8:x}:{number & 255:x}::1")
    assert len(ways) == WAYS
    assert len(ways._places) == WAYS
