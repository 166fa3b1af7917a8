"""The most crowded of many (domain/crowds.py), beside looking at all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.crowds import Crowds

KEYS = st.sampled_from("abcd")
SIZES = st.integers(-2, 4)


def test_the_first_of_the_greatest() -> None:
    crowds = Crowds()
    assert crowds.greatest("a", 1) is None
    for key, size in (("a", -9), ("b", 2), ("c", 2), ("d", 1)):
        crowds.set(key, size)
    assert crowds.greatest("x", 1) == "b"
    assert crowds.greatest("c", 1) == "c"  # who comes counts with the one that comes
    assert crowds.greatest("d", 1) == "b"
    crowds.set("b", 1)
    assert crowds.greatest("x", 1) == "c"
    crowds.remove("c")
    crowds.remove("c")
    assert crowds.greatest("x", 1) == "d"
    assert "c" not in crowds and "a" in crowds


@given(st.lists(st.tuples(KEYS, st.none() | SIZES), max_size=40), KEYS)
def test_as_looking_at_all(steps: list[tuple[str, int | None]], comes: str) -> None:
    crowds, sizes = Crowds(), dict[str, int]()
    for key, size in steps:
        if size is None:
            crowds.remove(key)
            sizes.pop(key, None)
        else:
            crowds.set(key, size)
            sizes[key] = size
    assert set(crowds) == set(sizes)
    claims = {key: size + (key == comes) for key, size in sizes.items()}
    found = crowds.greatest(comes, 1)
    assert (found is None) == (not claims)
    assert found is None or claims[found] == max(claims.values())
