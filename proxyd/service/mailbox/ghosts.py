"""Folders that were deleted and are listed all the same, because others stand below them.

RFC 9051 §6.3.5 has them listed as \\Noselect; Dovecot and simple servers list them as if they were
there, and refuse everything else. What was deleted through us and still is listed is asked for its
numbers: it is what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from proxyd.domain.errors import UpstreamError
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.ports.upstream_rows import UpstreamFolder

_LEVEL = frozenset({"\\noselect"})


class Ghosts:
    """Of one mailbox. In memory: after a restart it is shown as the provider lists it."""

    def __init__(self, upstream: UpstreamMailbox) -> None:
        self._upstream = upstream
        self._deleted: set[str] = set()

    def deleted(self, name: str) -> None:
        self._deleted.add(name)

    async def as_levels(self, listed: Sequence[UpstreamFolder]) -> list[UpstreamFolder]:
        """What is listed, those that are not there as mere levels. Raises UpstreamError."""
        doubtful = [one.name for one in listed if one.selectable and one.name in self._deleted]
        if not doubtful:
            self._deleted.clear()
            return list(listed)
        refused: dict[str, UpstreamError] = {}
        there = await self._upstream.status(doubtful, refused)
        self._deleted = set(doubtful) - there.keys()
        return [
            replace(one, attributes=one.attributes | _LEVEL) if one.name in self._deleted else one
            for one in listed
        ]
