"""The house of each test, with one person in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from proxyd.store.passwords import PasswordHasher
from tests.permissions.house import PEOPLE, House, Person
from tests.service.conftest import World, aliases, world

__all__ = ["aliases", "world"]


@pytest.fixture(params=PEOPLE, ids=str)
def person(request: pytest.FixtureRequest) -> Person:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
async def house(world: World, hasher: PasswordHasher, person: Person) -> AsyncIterator[House]:
    house = House(world, hasher)
    await house.open(person)
    yield house
    await house.close()
