"""What a command costs in transactions and in round trips to the provider, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from proxyd.domain.search import All, HasFlag, Not
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.reading import Reading
from tests.service.conftest import World, mail

MAILS = 30


class Costs:
    """Counts from ``begin`` on."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.writes = 0
        self._calls, self._before = world.upstream.calls, Counter[str]()
        write = world.database.write

        async def counted(work: Callable[[Any], Any]) -> Any:
            self.writes += 1
            return await write(work)

        monkeypatch.setattr(world.database, "write", counted)

    def begin(self) -> None:
        self.writes, self._before = 0, Counter(self._calls)

    @property
    def trips(self) -> dict[str, int]:
        return dict(self._calls - self._before)


@pytest.fixture
async def costs(world: World, monkeypatch: pytest.MonkeyPatch) -> Costs:
    for number in range(MAILS):
        world.upstream.deliver(mail(f"m{number}@x", subject=f"Subject {number}"))
    await world.synced()
    return Costs(world, monkeypatch)


async def test_select_is_one_record(world: World, costs: Costs) -> None:
    for name in ("INBOX", "Status/Open"):
        costs.begin()
        view, _ = await world.open("anna", name)
        assert len(view.uids()) == MAILS
        assert view.block(0).uids and view.modseqs(0) and view.keywords
        assert (costs.writes, costs.trips) == (1, {})


async def test_a_list_of_headers_is_one_record_and_one_round_trip(
    world: World, costs: Costs
) -> None:
    view, _ = await world.open("anna")
    costs.begin()
    async for _ in view.fetch(view.uids(), [b"BODY.PEEK[HEADER.FIELDS (SUBJECT)]"], Reading.LIST):
        pass
    assert (costs.writes, costs.trips) == (1, {"fetch": 1})


@pytest.mark.parametrize("flag", ["$status-done", "$assignee-anna", "\\Seen"])
async def test_what_is_ours_is_one_transaction_and_no_round_trip(
    world: World, costs: Costs, flag: str
) -> None:
    view, _ = await world.open("anna")
    for uids in ([1], list(view.uids())):
        costs.begin()
        await view.store(uids, FlagMode.ADD, [flag])
        assert (costs.writes, costs.trips) == (1, {})


async def test_a_virtual_folder_takes_all_in_one_transaction(world: World, costs: Costs) -> None:
    view, _ = await world.open("anna")
    costs.begin()
    await view.copy(list(view.uids()), "Status/Done")
    assert (costs.writes, costs.trips) == (1, {})


@pytest.mark.parametrize("term", [All(), Not(HasFlag("\\Seen"))])
async def test_a_search_of_what_is_known_is_one_record(
    world: World, costs: Costs, term: Any
) -> None:
    view, _ = await world.open("anna")
    costs.begin()
    assert await view.search(term) == list(view.uids())
    assert (costs.writes, costs.trips) == (1, {})
