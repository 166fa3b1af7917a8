"""A room's office (service/mailbox/office.py): what comes into force there, and what is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from proxyd.domain.office import Closed
from proxyd.service.mailbox.office import furnish, office_notices
from tests.domain.test_office import OneCountry, chosen
from tests.service.conftest import World


@pytest.fixture
def japanese(world: World) -> World:
    """The world's mailbox, with a calendar."""
    world.room.shop = replace(world.shop, calendar=OneCountry())
    world.room.mailbox = replace(world.mailbox, policy=chosen(zone="Asia/Tokyo"))
    return world


async def test_a_room_is_furnished_anew_for_another_policy_or_other_days(japanese: World):
    room = japanese.room
    await furnish(room)
    assert isinstance(room.office.closed, Closed)
    assert (room.office.closed.country, room.office.closed.own) == ("JP", frozenset())
    before = room.office
    await furnish(room)
    assert room.office is before, "it keeps what it has worked out"
    days = {date(2026, 5, 1): "May day"}
    await japanese.database.write(lambda tx: tx.closed_days.replace(room.mailbox.id, days))
    await furnish(room)
    assert room.office.closed(date(2026, 5, 1))
    room.mailbox = replace(room.mailbox, policy=chosen(office_hours="always"))
    await furnish(room)
    assert (room.office.weekly.days, room.office.closed.country) == (None, "")


async def test_what_is_wrong_with_it_is_told(japanese: World):
    room = japanese.room
    await furnish(room)
    assert office_notices(room) == []
    room.mailbox = replace(room.mailbox, policy=chosen(holidays="XX"))
    monday = {date.fromordinal(n): "" for n in range(date(1970, 1, 1).toordinal(), 740_000 + 2400)}
    await japanese.database.write(lambda tx: tx.closed_days.replace(room.mailbox.id, monday))
    await furnish(room)
    country, never = office_notices(room)
    assert country == (
        "support: the holidays of XX are not known, so that none count; choose others: "
        "proxyd mailbox policy support holidays=COUNTRY"
    )
    assert never == (
        "support: its office is closed for the next 800 days, so that nothing is ever overdue; "
        "see: proxyd mailbox holidays support"
    )
