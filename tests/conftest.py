"""Fixtures that most tests want: a clock that stands still, keys, an open database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxyd.store.database import Database
from proxyd.store.passwords import PasswordHasher
from proxyd.store.secrets import KEY_BYTES, Keys, Sealer


class FakeClock:
    """Microseconds since the epoch; stands still until told."""

    def __init__(self, now: int = 1_750_000_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, *, seconds: float = 0, us: int = 0) -> None:
        self.now += round(seconds * 1_000_000) + us


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def keys() -> Keys:
    return Keys.of(bytes(range(KEY_BYTES)))


@pytest.fixture
async def database(tmp_path: Path, keys: Keys, clock: FakeClock) -> AsyncIterator[Database]:
    database = Database(tmp_path / "proxyd.db", keys=keys, clock=clock)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def hasher() -> PasswordHasher:
    """The real thing with the smallest parameters: microseconds instead of 20 ms."""
    return PasswordHasher(memory_kib=8, passes=1)


@pytest.fixture
def sealer(keys: Keys) -> Sealer:
    return Sealer(keys)
