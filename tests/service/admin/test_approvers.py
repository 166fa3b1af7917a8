"""Mailboxes in which nobody can approve what waits (service/admin/approvers.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.held import DRAFTS, HeldMail
from proxyd.domain.types import Right
from proxyd.service.admin.approvers import without_approver
from proxyd.store.database import Database
from tests.store.test_held import SENDING
from tests.store.test_outbox import MAILBOX

NAME = MAILBOX.name


@pytest.fixture
async def store(database: Database) -> Database:
    def prepare(tx) -> None:  # type: ignore[no-untyped-def]
        tx.mailboxes.add(MAILBOX, b"sealed")
        tx.accounts.add("meg", "Meg", "staff", "hash")
        tx.accounts.add("taro", "Taro", "staff", "hash")

    await database.write(prepare)
    return database


async def waits(store: Database, **more: object) -> None:
    def work(tx) -> None:  # type: ignore[no-untyped-def]
        number = tx.outbox.begin(replace(SENDING, account_id=2))
        tx.held.hold(replace(HeldMail(number, 5, None), **more), 20)  # type: ignore[arg-type]

    await store.write(work)


async def test_where_nothing_waits_nobody_is_missed(store: Database) -> None:
    assert await store.read(without_approver) == {}
    await waits(store, into=DRAFTS)
    await waits(store, leaves_us=9)
    assert await store.read(without_approver) == {}


async def test_mails_wait_and_nobody_manages(store: Database) -> None:
    await waits(store)
    assert await store.read(without_approver) == {NAME: 1}
    await store.write(lambda tx: tx.accounts.grant(1, 1, Right.MANAGE))
    assert await store.read(without_approver) == {}
    await store.write(lambda tx: tx.accounts.set_disabled(1, True))
    assert await store.read(without_approver) == {NAME: 1}


async def test_somebody_s_mails_are_to_wait(store: Database) -> None:
    await store.write(lambda tx: tx.accounts.grant(2, 1, Right.RESPOND_WITH_APPROVAL))
    assert await store.read(without_approver) == {NAME: 0}
