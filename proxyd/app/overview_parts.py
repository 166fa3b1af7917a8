"""What the pages of overview, conversations and reports ask, put together."""

from __future__ import annotations

from admin.web.services import WorkServices
from proxyd.domain.types import Clock
from proxyd.domain.workflow import StatusSet
from proxyd.service.overview.conversation_story import Stories
from proxyd.service.overview.lasting import LastingSessions
from proxyd.service.overview.live import Live
from proxyd.service.overview.overview import Overview, Watched
from proxyd.service.overview.provider_now import ProviderNow, provider_now
from proxyd.service.overview.worklist import Worklist
from proxyd.service.reports.period_report import PeriodReports
from proxyd.service.rooms import Rooms
from proxyd.store.database import Database


def work_services(
    store: Database, statuses: StatusSet, rooms: Rooms, watched: Watched, clock: Clock
) -> WorkServices:
    overview = Overview(store, statuses, watched, clock)
    return WorkServices(
        statuses=statuses,
        overview=overview,
        live=Live(overview, LastingSessions(store, clock)),
        list=Worklist(store, statuses, rooms.counters, clock),
        stories=Stories(store),
        reports=PeriodReports(store, statuses, clock),
    )


def providers_now(rooms: Rooms) -> dict[int, ProviderNow]:
    return {id_: provider_now(counter.room) for id_, counter in rooms.counters().items()}
