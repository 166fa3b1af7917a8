"""An order about conversations carried out: by the proxy that runs, or here while none does."""

from __future__ import annotations

import asyncio
import os
from typing import cast

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
from proxyd.service.mailbox.shop import Shop
from proxyd.service.orders import carried_out
from proxyd.store import running
from proxyd.store.secrets import subject_digest

LOOK_S = 0.1
# A running proxy looks four times a second; one that starts reads its mailboxes first.
PATIENCE_S = 45.0


async def ordered(at: Installation, mailbox: SharedMailbox, wanted: Wanted) -> Outcome:
    """Raises BadInput, Failed, StoreUnavailable."""
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
    """As a proxy would that starts, but for its provider: of that nothing is asked."""
    accounts = await at.store.read(lambda tx: tx.accounts.all())
    people = People(lambda: accounts)
    people.refresh()
    statuses, digest = at.settings.workflow.status_set, subject_digest(at.keys.digest)
    shop = Shop(at.store, people, statuses, now_us, digest, ObjectIds(at.keys.ids))
    room = Mailroom(mailbox, cast(UpstreamMailbox, _Nobody()), shop)
    await load(room)
    try:
        return await carried_out(room, wanted)
    finally:
        await room.close()


class _Nobody:
    """A provider that is not there."""
