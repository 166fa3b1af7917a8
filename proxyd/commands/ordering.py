"""An order about conversations carried out: by the proxy that runs, or here while none does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from proxyd.calendars.countries import CountryCalendar
from proxyd.commands.failure import Failed
from proxyd.commands.installation import Installation, now_us
from proxyd.domain.errors import BadInput
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.orders import Outcome, Wanted
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import SharedMailbox
from proxyd.service.accounts.people import People
from proxyd.service.mailbox.loading import load
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.object_ids import ObjectIds
from proxyd.service.mailbox.office import furnish
from proxyd.service.mailbox.shop import Shop
from proxyd.service.orders import carried_out
from proxyd.store import running
from proxyd.store.secrets import subject_digest

LOOK_S = 0.1
# A running proxy looks four times a second; one that starts reads its mailboxes first.
PATIENCE_S = 45.0


async def of_mailbox_named(at: Installation, name: str, wanted: Wanted) -> Outcome:
    """Raises BadInput, Failed, StoreUnavailable."""
    mailbox = await at.store.read(lambda tx: tx.mailboxes.find(name))
    if mailbox is None:  # removed a moment ago
        raise BadInput("--mailbox", f"there is no mailbox {name!r}", "see: proxyd mailbox list")
    try:
        lock = running.lock(at.settings.data_dir)
    except running.AlreadyRunning:
        outcome = await _by_the_running_one(at, mailbox, wanted)
    else:
        try:  # nobody can start meanwhile
            outcome = await _here(at, mailbox, wanted)
        finally:
            os.close(lock)
    if outcome.refused:
        raise BadInput(*outcome.refused)
    if outcome.failed:
        raise Failed(f"it could not be done: {outcome.failed}; try again")
    return outcome


async def _by_the_running_one(at: Installation, mailbox: SharedMailbox, wanted: Wanted) -> Outcome:
    number = await at.store.write(lambda tx: tx.orders.place(mailbox.id, wanted))
    try:
        for _ in range(int(PATIENCE_S / LOOK_S)):
            outcome = await at.store.read(lambda tx: tx.orders.outcome(number))
            if outcome is not None:
                return outcome
            await asyncio.sleep(LOOK_S)
    finally:
        outcome = await at.store.write(lambda tx: _withdrawn(tx, number))
    if outcome is None:
        raise Failed("the proxy that runs does not carry it out; see its log. Nothing was done")
    return outcome


def _withdrawn(tx: Transaction, number: int) -> Outcome | None:
    outcome = tx.orders.outcome(number)
    tx.orders.withdraw(number)
    return outcome


async def _here(at: Installation, mailbox: SharedMailbox, wanted: Wanted) -> Outcome:
    async with room_of(at, mailbox) as room:
        return await carried_out(room, wanted)


@asynccontextmanager
async def room_of(at: Installation, mailbox: SharedMailbox) -> AsyncIterator[Mailroom]:
    """As a proxy would that starts, but for its provider: of that nothing is asked. Only while
    none runs.
    """
    accounts = await at.store.read(lambda tx: tx.accounts.all())
    people = People(lambda: accounts)
    people.refresh()
    statuses, digest = at.settings.workflow.status_set, subject_digest(at.keys.digest)
    ids, calendar = ObjectIds(at.keys.ids), CountryCalendar()
    shop = Shop(at.store, people, statuses, now_us, digest, ids, calendar)
    room = Mailroom(mailbox, cast(UpstreamMailbox, _Nobody()), shop)
    await furnish(room)
    await load(room)
    try:
        yield room
    finally:
        await room.close()


class _Nobody:
    """A provider that is not there."""
