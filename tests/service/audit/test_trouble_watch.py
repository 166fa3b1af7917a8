"""A provider that can't be used for long is on record (service/audit/trouble_watch.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Trouble
from proxyd.service.audit.trouble_watch import LASTS_US, TroubleWatch


@pytest.fixture
def now():
    return []


@pytest.fixture
def watch(database, clock, now):
    return TroubleWatch(database, lambda: now, clock)


def trouble(since_us, mailbox="support", *, serious=True):
    return Trouble(mailbox, "provider", "", (), since_us, serious, "refused: user anna@x")


async def told(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="alarm")))
    return [(one.record.mailbox, one.record.detail["what"]) for one in found]


async def test_a_minute_is_no_news_and_what_lasts_is_told_once_and_its_end(
    database, clock, now, watch
):
    now.append(trouble(clock()))
    for _ in range(3):
        await watch.look()
    assert await told(database) == []
    clock.advance(us=LASTS_US)
    for _ in range(3):
        await watch.look()
    assert await told(database) == [("support", "provider-trouble")]
    now.clear()
    for _ in range(3):
        await watch.look()
    assert await told(database) == [
        ("support", "provider-trouble"),
        ("support", "provider-well"),
    ]


async def test_what_was_short_has_no_end_either(database, clock, now, watch):
    now.append(trouble(clock()))
    await watch.look()
    now.clear()
    clock.advance(us=LASTS_US)
    await watch.look()
    assert await told(database) == []


async def test_of_each_mailbox_and_only_what_is_serious_without_the_providers_words(
    database, clock, now, watch
):
    since = clock()
    clock.advance(us=LASTS_US)
    now += [trouble(since), trouble(since, "sales"), trouble(since, "info", serious=False)]
    await watch.look()
    assert sorted(await told(database)) == [
        ("sales", "provider-trouble"),
        ("support", "provider-trouble"),
    ]
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="alarm")))
    assert "anna" not in str([one.record.detail for one in found])
