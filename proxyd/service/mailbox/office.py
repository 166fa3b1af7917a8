"""The office of a room: kept as its policy and its closed days say, and what is wrong with it."""

from __future__ import annotations

import asyncio
import shlex

from proxyd.domain.office import office_of
from proxyd.domain.office_hours import HORIZON_DAYS
from proxyd.service.mailbox.mailroom import Mailroom


async def furnish(room: Mailroom) -> bool:
    """Give the room the office that its policy and its closed days say now. Returns whether that
    is another one. Raises StoreUnavailable.
    """
    own = await room.shop.store.read(lambda tx: tx.closed_days.all(room.mailbox.id))
    office = office_of(room.mailbox.policy, room.shop.calendar, own)
    if office == room.office:
        return False
    # A calendar takes its time to be loaded; nobody's session is to wait for it.
    await asyncio.to_thread(office.closed, office.day_of(room.shop.clock()))
    room.office = office
    return True


def office_notices(room: Mailroom) -> list[str]:
    """What is wrong with it, in plain sentences: what was chosen may not have been looked at, and
    time goes on.
    """
    name, told = shlex.quote(room.mailbox.name), list[str]()
    if country := room.mailbox.policy.country:
        try:
            room.shop.calendar.check(country)
        except ValueError:
            told.append(
                f"the holidays of {country} are not known, so that none count; choose others: "
                f"proxyd mailbox policy {name} holidays=COUNTRY"
            )
    if room.office.opening_us(room.shop.clock()) is None:
        told.append(
            f"its office is closed for the next {HORIZON_DAYS} days, so that nothing is ever "
            f"overdue; see: proxyd mailbox holidays {name}"
        )
    return [f"{room.mailbox.name}: {one}" for one in told]
