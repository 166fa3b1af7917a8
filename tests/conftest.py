"""Fixtures that most tests want: a clock that stands still, keys, an open database."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from proxyd.store.database import Database
from proxyd.store.passwords import PasswordHasher
from proxyd.store.secrets import KEY_BYTES, Keys, Sealer
from tests.scratch import use_memory

use_memory()

# What fails in a file that tests share says with which values, as in the tests themselves.
_PARTS = [part.name for part in Path(__file__).parent.iterdir() if part.is_dir()]
pytest.register_assert_rewrite(*(f"tests.{part}" for part in _PARTS))

# Where Debian keeps its servers; an ordinary user's PATH may not name it.
os.environ["PATH"] += ":/usr/sbin:/sbin"

# Debian 13 gives a user 0002; what others of a group may write to, proxyd complains about.
os.umask(0o022)

# Nor may a user's program open more than 1024 files unless it asks: a storm of clients needs more.
_MOST_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, _MOST_FILES), _MOST_FILES))

# A run starts Python a thousand times: where the environment forbids to keep bytecode, each of them
# would compile all of proxyd again, which takes longer than what most do.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The same inputs each time, so that what failed in one run is there in the next one; `make explore`
# looks for others. No claim on the clock either.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Files of a minute and more whose names come late: begun last, each would end the run alone.
_BEGUN_FIRST = (
    "test_operations.py",
    "test_play.py",
    "test_conversation_machine.py",
    "test_packaging.py",
    "test_soak.py",
    "test_bench.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in _BEGUN_FIRST)


_KEYS = Keys.of(bytes(range(KEY_BYTES)))


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
    return _KEYS


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables: to make them takes ten times as long as to copy them."""
    file = tmp_path_factory.mktemp("new") / "proxyd.db"

    async def make() -> None:
        database = Database(file, keys=_KEYS, clock=FakeClock())
        await database.open()
        await database.close()

    asyncio.run(make())
    return file


@pytest.fixture
async def database(
    tmp_path: Path, new_database: Path, keys: Keys, clock: FakeClock
) -> AsyncIterator[Database]:
    file = shutil.copy(new_database, tmp_path / "proxyd.db")
    database = Database(file, keys=keys, clock=clock)
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
