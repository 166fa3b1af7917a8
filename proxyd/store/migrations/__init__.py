"""Alembic's history of the tables, carried out by the program itself when it opens the database.

``versions`` is the truth about how a database in the field came to be; a released one is never
changed. Invariant: after ``upgrade`` the tables are those of store/schema.py (a test compares).
"""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from proxyd.domain.errors import StoreUnavailable

# The newest version in ``versions``: known here, so that nothing of Alembic is loaded (0.2 s) when
# there is nothing to do, which is nearly always.
HEAD = "0045"

_FOLDER = Path(__file__).parent

# Alembic keeps the migration under way in module globals.
_one_at_a_time = threading.Lock()


def upgrade(connection: Connection) -> None:
    """To ``HEAD``, in one transaction that holds the write lock from the first look on."""
    with connection.begin():
        present = current(connection)
        if present == HEAD:
            return
        if present is not None and present not in _known():
            raise StoreUnavailable(
                f"the database was made by a newer version of proxyd (its tables are {present})"
            )
        _run(connection)


def current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _known() -> set[str]:
    return {file.name.partition("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*.py")}


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - slow to load and seldom needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _one_at_a_time:
        command.upgrade(config, "head")
