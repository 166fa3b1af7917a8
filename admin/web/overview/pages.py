"""The overview as a page, and as events while it is open."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Final

from admin.web.navigation import home_of
from admin.web.overview.shown import arrivals_chart, clock, first_wrong, shape, values
from admin.web.page import Answer, Events, Go, Show, Visit, WebPage
from proxyd.domain.types import Account, Role
from proxyd.service.overview.live import LiveMoment
from proxyd.service.overview.overview import Snapshot, part_for

WORKERS: Final = frozenset({Role.STAFF, Role.ADMIN})


async def overview(visit: Visit) -> Answer:
    """Raises StoreUnavailable, Busy. Who has no overview begins elsewhere."""
    role = visit.account.role
    if role not in WORKERS:
        return Go(home_of(role))
    seen = part_for(visit.account, await visit.services.work.overview.snapshot())
    facts = {
        "seen": seen,
        "values": values(visit.language, seen),
        "wrong_first": first_wrong(visit.language, role, seen),
        "chart": arrivals_chart(seen.arrivals),
        "shape": shape(seen),
    }
    return Show("overview/overview.html", facts, scripts=("overview.js",))


async def live(visit: Visit) -> Answer:
    assert visit.session is not None
    moments = visit.services.work.live.listen(visit.session, address=visit.address)
    return Events(told(visit.language, moments))


async def told(language: str, moments: AsyncIterator[LiveMoment]) -> AsyncIterator[bytes]:
    """An event where anything is another than before, else a sign of life."""
    before = ""
    async for moment in moments:
        text = _text(language, moment)
        if text != before:
            yield f"event: now\ndata: {text}\n\n".encode()
        else:
            at = clock(language, moment.snapshot.at_us)
            yield f"event: alive\ndata: {at}\n\n".encode()
        before = text


def _text(language: str, moment: LiveMoment) -> str:
    """What is there, as JSON: made once for all who see the same in the same language."""
    account = moment.account
    key = (language, account.role, tuple(account.grants))
    if key not in moment.once:
        moment.once[key] = _made(language, account, moment.snapshot)
    return moment.once[key]


def _made(language: str, account: Account, snapshot: Snapshot) -> str:
    seen = part_for(account, snapshot)
    wrong = first_wrong(language, account.role, seen)
    facts = {
        "values": values(language, seen),
        "wrong": [wrong.text, wrong.path, wrong.link],
        "bars": [[one.y, one.height] for one in arrivals_chart(seen.arrivals).columns],
        "shape": shape(seen),
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


PAGES: Final = (
    WebPage("GET", "/", overview),
    WebPage("GET", "/live", live, roles=WORKERS, by_itself=True),
)
