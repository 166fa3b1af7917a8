"""What looks after the access log while the server runs, and answers for the console's pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from proxyd.domain.machine_zone import machine_zone
from proxyd.domain.types import Clock, Trouble
from proxyd.service.audit.alarm_count import AlarmCount
from proxyd.service.audit.alarm_desk import AlarmDesk
from proxyd.service.audit.asking import Asking
from proxyd.service.audit.chain_watch import ChainWatch
from proxyd.service.audit.exports import Exports
from proxyd.store.database import Database
from proxyd.store.export_files import ExportFiles


class LogServices:
    def __init__(
        self,
        store: Database,
        data: Path,
        clock: Clock,
        digest: Callable[[str], str],
        troubles: Callable[[], Iterable[Trouble]],
    ) -> None:
        self.watch = ChainWatch(store, clock)
        self.asking = Asking(store, clock, machine_zone, self.watch, digest)
        self.exports = Exports(store, ExportFiles(data), clock, machine_zone, digest)
        self.alarms = AlarmDesk(store, clock, troubles)
        self.alarm_count = AlarmCount(self.alarms)

    def work(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Each until it is cancelled."""
        return self.watch.run, self.exports.run, self.asking.days.run, self.alarm_count.run
