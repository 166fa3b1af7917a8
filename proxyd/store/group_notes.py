"""What the units of one group may tell each other about the database.

While a group holds the write lock nobody else changes anything, so what one unit has read (the head
of the access log) needs not be read again by the next. Invariant: notes are only found inside the
transaction they were made in, and never survive a unit that was rolled back. What was committed
is kept apart: others may have changed it since.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

_KEY = "proxyd group notes"
_COMMITTED = "proxyd committed notes"


def begin_notes(connection: Connection) -> None:
    """A group begins, or one of its units was rolled back: nothing is known."""
    connection.info[_KEY] = {}


def notes(connection: Connection) -> dict[str, Any]:
    """Of the group under way; to nobody's use where there is none (a reader)."""
    found: dict[str, Any] = connection.info.get(_KEY, {})
    return found


def commit_notes(connection: Connection) -> None:
    """The group is on disk, and so is what its notes say."""
    connection.info.setdefault(_COMMITTED, {}).update(notes(connection))
    begin_notes(connection)


def committed_notes(connection: Connection) -> dict[str, Any]:
    """As they were when they were committed last, by this connection."""
    found: dict[str, Any] = connection.info.get(_COMMITTED, {})
    return found
