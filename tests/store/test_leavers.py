"""What is in the hands of somebody who leaves, as rows (store/leavers.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.held import DRAFTS, HeldMail
from proxyd.domain.ports.leavers import HandOver, WaitingMail
from proxyd.domain.types import Origin
from proxyd.store.database import Database
from tests.store.test_held import SENDING
from tests.store.test_outbox import MAILBOX

CLI = Origin("cli", client="proxyd")


@pytest.fixture
async def store(database: Database) -> Database:
    def prepare(tx) -> None:  # type: ignore[no-untyped-def]
        tx.mailboxes.add(MAILBOX, b"sealed")
        for login in ("ben", "taro"):
            tx.accounts.add(login, login.title(), "staff", "hash")

    await database.write(prepare)
    return database


async def test_who_takes_over_stands_there_until_it_is_done(store: Database) -> None:
    before = await store.read(lambda tx: tx.mailboxes.epoch())
    to = {None: 2, 7: None}
    await store.write(lambda tx: tx.leavers.hand_over(1, 1, to, "root@cli", CLI))
    assert await store.read(lambda tx: tx.mailboxes.epoch()) > before, "whoever serves is called"
    rows = await store.read(lambda tx: tx.leavers.of_mailbox(1))
    assert rows == [
        HandOver(1, 1, None, 2, "root@cli", CLI),
        HandOver(2, 1, 7, None, "root@cli", CLI),
    ]
    assert await store.read(lambda tx: tx.leavers.of_mailbox(2)) == []
    assert await store.read(lambda tx: tx.leavers.unfinished(1))
    assert not await store.read(lambda tx: tx.leavers.unfinished(2))
    await store.write(lambda tx: tx.accounts.remove(2))  # the colleague: it becomes nobody's
    assert [row.to for row in await store.read(lambda tx: tx.leavers.of_mailbox(1))] == [None] * 2
    await store.write(lambda tx: tx.leavers.finish([1, 2]))
    assert not await store.read(lambda tx: tx.leavers.unfinished(1))


async def test_with_the_account_its_rows_go(store: Database) -> None:
    await store.write(lambda tx: tx.leavers.hand_over(1, 1, {None: 2}, "root@cli", CLI))
    await store.write(lambda tx: tx.accounts.remove(1))
    assert await store.read(lambda tx: tx.leavers.of_mailbox(1)) == []


async def test_what_waits_and_is_theirs(store: Database) -> None:
    def hold(tx, account_id: int, **more: object) -> None:  # type: ignore[no-untyped-def]
        number = tx.outbox.begin(replace(SENDING, account_id=account_id))
        tx.held.hold(replace(HeldMail(number, 5, None), **more), 20)  # type: ignore[arg-type]

    await store.write(lambda tx: hold(tx, 1))
    await store.write(lambda tx: hold(tx, 1, leaves_us=9))
    await store.write(lambda tx: hold(tx, 1, into=DRAFTS))  # comes back anyway
    await store.write(lambda tx: hold(tx, 2))
    name, id_ = MAILBOX.name, SENDING.message_id
    assert await store.read(lambda tx: tx.leavers.waiting_mails(1)) == [
        WaitingMail(name, id_, None, None),
        WaitingMail(name, id_, None, 9),
    ]
