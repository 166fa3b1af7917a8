"""A bounded mapping against a plain model."""

from __future__ import annotations

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from proxyd.upstream.cache.recent import LeastRecentlyUsed

STEPS = st.lists(
    st.tuples(st.sampled_from(["get", "put", "pop"]), st.integers(0, 8), st.integers(0, 12))
)


@given(STEPS)
def test_what_was_used_longest_ago_goes_first(steps: list[tuple[str, int, int]]) -> None:
    left: list[int] = []
    recent: LeastRecentlyUsed[int, int] = LeastRecentlyUsed(10, lambda key, _: left.append(key))
    model: OrderedDict[int, int] = OrderedDict()
    gone: list[int] = []
    for what, key, octets in steps:
        if what == "get":
            assert recent.get(key) == model.get(key)
            if key in model:
                model.move_to_end(key)
        elif what == "pop":
            assert recent.pop(key) == model.pop(key, None)
        else:
            recent.put(key, octets, octets)
            model.pop(key, None)
            if octets <= 10:
                model[key] = octets
            while sum(model.values()) > 10:
                gone.append(model.popitem(last=False)[0])
        assert dict.fromkeys(recent) == dict.fromkeys(model)
        assert recent.octets == sum(model.values()) <= 10
    assert left == gone
