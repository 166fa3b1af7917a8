"""Bounded by what it costs; what was used longest ago goes first."""

from __future__ import annotations

from proxyd.domain.bounded import Bounded


def test_the_bound_holds_and_the_oldest_goes() -> None:
    cache: Bounded[str] = Bounded(10)
    for name in "abc":
        cache.put(name, name.upper(), 4)
    assert [cache.get(name) for name in "abc"] == [None, "B", "C"]
    cache.get("b")
    cache.put("d", "D", 4)
    assert [cache.get(name) for name in "bcd"] == ["B", None, "D"]


def test_what_is_too_big_for_all_of_it_drives_nothing_out() -> None:
    cache: Bounded[str] = Bounded(10)
    cache.put("a", "A", 10)
    cache.put("b", "B", 11)
    assert (cache.get("a"), cache.get("b"), len(cache)) == ("A", None, 1)


def test_put_again_counts_once() -> None:
    cache: Bounded[str] = Bounded(10)
    for _ in range(5):
        cache.put("a", "A", 6)
    cache.put("b", "B", 4)
    assert (cache.get("a"), cache.get("b")) == ("A", "B")


def test_what_is_dropped_makes_room() -> None:
    cache: Bounded[str] = Bounded(10)
    for name in "abc":
        cache.put(name, name, 3)
    cache.drop("a")
    cache.drop("never there")
    cache.drop_if(lambda key: key == "b")
    cache.put("d", "d", 7)
    assert [cache.get(name) for name in "abcd"] == [None, None, "c", "d"]
