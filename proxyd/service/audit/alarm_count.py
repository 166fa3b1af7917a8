"""How many alarms there are now, for pages that are looked at all day: counted now and then, so
that whoever watches costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from proxyd.domain.errors import ProxydError
from proxyd.domain.types import Role
from proxyd.service.audit.alarm_desk import AlarmDesk

LOOK_S: Final = 5.0

_log = logging.getLogger(__name__)


class AlarmCount:
    """``now``: those that nobody has seen, as the page of alarms shows them to an admin."""

    def __init__(self, desk: AlarmDesk) -> None:
        self._desk = desk
        self.now = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except ProxydError as error:  # the database: its trouble is told elsewhere
                _log.debug("alarms are not counted: %s", error)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Raises StoreUnavailable, Busy."""
        self.now = len((await self._desk.board(Role.ADMIN)).now)
