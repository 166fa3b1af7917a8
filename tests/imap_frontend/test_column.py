"""A column is a list whose pieces may be shared; sharing must never show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend import column
from imap_frontend.column import Column

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["set", "put", "extend", "remove"]), st.integers(0, 30), st.integers(1, 9)
    ),
    max_size=40,
)


@given(st.integers(0, 14), DEEDS)
def test_it_is_a_list(count: int, deeds: list[tuple[str, int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column, "BLOCK_ROWS", 4)
        mine: Column[int] = Column(count)
        model: list[int | None] = [None] * count
        others: list[tuple[list[int], list[int]]] = []
        for what, at, value in deeds:
            if what == "extend":
                mine.extend(value)
                model += [None] * value
            elif model:
                index = at % len(model)
                if what == "set":
                    mine[index] = model[index] = value
                elif what == "put":
                    stop = min(len(model), (index // 4 + 1) * 4)
                    values = [value + one for one in range(stop - index)]
                    others.append((values, list(values)))
                    mine.put(index, values)
                    model[index:stop] = values
                else:
                    gone = {index, (index * 7) % len(model)}
                    mine.remove(sorted(gone, reverse=True))
                    model = [one for place, one in enumerate(model) if place not in gone]
            assert [mine[index] for index in range(len(mine))] == model
            assert all(values == before for values, before in others), "they are others' too"


def test_what_is_told_to_many_is_one_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column, "BLOCK_ROWS", 3)
    told = ["a", "b", "c"]
    columns: list[Column[str]] = [Column(5) for _ in range(3)]
    for one in columns:
        one.put(0, told)
    assert all(one._pieces[0] is told for one in columns)
    columns[0][1] = "b"  # as it is already
    assert columns[0]._pieces[0] is told
    columns[0][1] = "other"
    assert [one[1] for one in columns] == ["other", "b", "b"]
    columns[1].remove([3])
    assert columns[1]._pieces[0] is told, "nothing before it has changed"
