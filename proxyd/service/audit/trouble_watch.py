"""That a shared mailbox's provider can't be used for long is on record: when it began, and when it
was over. A minute without a line is no news.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database
from proxyd.domain.types import Clock, LogRecord, Trouble

_log = logging.getLogger(__name__)

LOOK_S = 5.0
LASTS_US = 60_000_000
BEGAN, OVER = "provider-trouble", "provider-well"  # in the log


class TroubleWatch:
    def __init__(
        self, store: Database, troubles: Callable[[], Iterable[Trouble]], clock: Clock
    ) -> None:
        self._store = store
        self._troubles = troubles
        self._clock = clock
        self._recorded: dict[tuple[str, str, str], Trouble] = {}

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except (StoreUnavailable, Busy) as error:
                _log.warning("a provider's trouble is recorded later: %s", error)
            await sleep(LOOK_S)

    async def look(self) -> None:
        """Raises StoreUnavailable, Busy: then it is recorded the next time."""
        now = {_key(one): one for one in self._troubles() if one.serious}
        long_ago = self._clock() - LASTS_US
        began = {
            key: one
            for key, one in now.items()
            if key not in self._recorded and one.since_us <= long_ago
        }
        over = {key: one for key, one in self._recorded.items() if key not in now}
        records = [
            *(_record(one, BEGAN) for one in began.values()),
            *(_record(one, OVER) for one in over.values()),
        ]
        if records:
            await self._store.write(lambda tx: tx.log.append(records))
        self._recorded = {
            key: one for key, one in (self._recorded | began).items() if key not in over
        }


def _moment(us: int) -> str:
    return datetime.fromtimestamp(us / 1_000_000, UTC).isoformat(timespec="seconds")


def _key(trouble: Trouble) -> tuple[str, str, str]:
    return trouble.mailbox, trouble.kind, trouble.folder


def _record(trouble: Trouble, what: str) -> LogRecord:
    """Without the provider's words."""
    facts: dict[str, object] = {
        "what": what,
        "kind": trouble.kind,
        "since": _moment(trouble.since_us),
    }
    if trouble.folder:
        facts["folder"] = trouble.folder
    return LogRecord(Action.ALARM, mailbox=trouble.mailbox, detail=facts)
