"""Reading around what can't be told (upstream/around.py): in few questions, whatever is bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import UpstreamNoRoom, UpstreamRefused, UpstreamUnavailable
from proxyd.upstream.around import MOST_TRIES, Around, Found, PartialAnswer


@dataclass
class Provider:
    """``bad`` spoil the answer they are in; ``gone`` are left out of it; ``how`` "refuses",
    "breaks" or "mumbles".
    """

    bad: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    how: str = "refuses"
    asked: list[Sequence[int]] = field(default_factory=list)

    async def ask(self, keys: Sequence[int]) -> PartialAnswer[int, str]:
        self.asked.append(keys)
        there = [key for key in keys if key not in self.gone]
        spoilt = [key for key in there if key in self.bad]
        if not spoilt:
            return PartialAnswer({key: f"mail {key}" for key in there})
        if self.how == "refuses":
            raise UpstreamRefused("this one not")
        before = {key: f"mail {key}" for key in there[: there.index(spoilt[0])]}
        if self.how == "breaks":
            return PartialAnswer(before, failure=UpstreamUnavailable("the line broke"))
        well = {key: f"mail {key}" for key in there if key not in self.bad}
        return PartialAnswer(well, doubtful=spoilt)

    async def there(self, key: int) -> bool:
        return key not in self.gone


async def read(provider: Provider, keys: Sequence[int]) -> Found[int, str]:
    return await Around[int, str](provider.ask, provider.there).read(keys)


@given(
    st.sets(st.integers(1, 60), max_size=3),
    st.sets(st.integers(1, 60), max_size=5),
    st.sampled_from(["refuses", "breaks", "mumbles"]),
)
async def test_all_that_can_be_told_is(bad: set[int], gone: set[int], how: str) -> None:
    provider = Provider(frozenset(bad), frozenset(gone), how)
    keys = range(1, 61)
    found = await read(provider, keys)
    assert set(found.rows) == set(keys) - bad - gone
    assert set(found.bad) == bad - gone
    assert len(provider.asked) <= MOST_TRIES


async def test_one_of_many_costs_few_questions() -> None:
    provider = Provider(frozenset({321}))
    found = await read(provider, range(1, 501))
    assert found.bad == {321: "this one not"} and len(found.rows) == 499
    assert len(provider.asked) <= 20


@pytest.mark.parametrize("count", [2, 3, 10])
async def test_bad_ones_at_the_front_hide_none_behind_them(count: int) -> None:
    provider = Provider(frozenset(range(1, count + 1)))
    found = await read(provider, range(1, 101))
    assert set(found.rows) == set(range(count + 1, 101))
    assert set(found.bad) == set(range(1, count + 1))


async def test_what_is_about_all_is_no_mails_trouble() -> None:
    async def full(_keys: Sequence[int]) -> PartialAnswer[int, str]:
        raise UpstreamNoRoom("no room")

    with pytest.raises(UpstreamNoRoom):
        await Around[int, str](full, Provider().there).read([1, 2])


async def test_where_all_are_bad_it_is_the_folders_trouble() -> None:
    with pytest.raises(UpstreamRefused, match="this one not"):
        await read(Provider(frozenset(range(9))), range(9))


async def test_where_the_control_question_fails_too_the_provider_is_down() -> None:
    async def nobody(_key: int) -> bool:
        raise UpstreamUnavailable("gone away")

    with pytest.raises(UpstreamRefused):
        await Around[int, str](Provider(frozenset({1})).ask, nobody).read([1])
