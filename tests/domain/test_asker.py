"""For whom work is done goes along with the tasks it makes."""

from __future__ import annotations

import asyncio

from proxyd.domain.asker import asker, works_for


async def test_a_task_works_for_whom_its_maker_works() -> None:
    async def told() -> int | None:
        await asyncio.sleep(0)
        return asker()

    async def session(person: int) -> list[int | None]:
        works_for(person)
        return [await told(), *await asyncio.gather(told(), told())]

    found = await asyncio.gather(session(1), session(2))
    assert found == [[1, 1, 1], [2, 2, 2]]
    assert asker() is None
