"""Being told of all views of a person, open or not (NOTIFY, RFC 5465)."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntFlag
from typing import Protocol


class Follower(Protocol):
    """Told about every view of a person, open or not (NOTIFY, RFC 5465).

    On the event loop, after the commit. Calls only take note; they never block.
    """

    def touched(self, name: str, change: Touch) -> None:
        """Something happened to messages of the view ``name``."""
        ...

    def tree_changed(self) -> None:
        """Views came, went or changed their names: compare ``Mail.views`` with what was told."""
        ...

    def annotated(self, name: str, entries: Collection[str]) -> None:
        """Another connection has set or removed annotations of the view ``name``, or of the server
        where that is "": those of them this person may read (RFC 5464).
        """
        ...


class Touch(IntFlag):
    """What happened in a view."""

    ARRIVED = 1
    GONE = 2
    FLAGS = 4
