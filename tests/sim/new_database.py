"""An open database with its tables, in a folder of its own: they are made once and copied, because
making them takes longer than a story.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from proxyd.store.database import Database
from proxyd.store.secrets import KEY_BYTES, Keys
from tests.conftest import FakeClock

KEYS = Keys.of(bytes(range(KEY_BYTES)))
_ONCE = tempfile.TemporaryDirectory()
_EMPTY = Path(_ONCE.name) / "empty.db"


async def new_database(folder: str, clock: FakeClock) -> Database:
    if not _EMPTY.exists():
        await (made := Database(_EMPTY, keys=KEYS, clock=FakeClock())).open()
        await made.close()
    file = Path(shutil.copy(_EMPTY, Path(folder) / "p.db"))
    database = Database(file, keys=KEYS, clock=clock)
    await database.open()
    return database
