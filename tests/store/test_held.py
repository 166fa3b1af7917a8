"""Mails that wait, as rows: whoever is first decides, and what no row needs any more goes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from proxyd.domain.held import DRAFTS, LEAVING, TO_APPROVE, HeldMail
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.ports.database import Transaction
from proxyd.store.database import Database
from tests.store.test_outbox import MAILBOX

MAIL = b"Subject: x\r\n\r\nText\r\n"
SENDING = Sending(
    1, None, "anna", None, "m@x", "digest", "us@x", ("c@x",), 5, SendState.HELD, message=MAIL
)


@pytest.fixture
async def tx(database: Database):  # type: ignore[no-untyped-def]
    """With a mailbox."""
    await database.write(lambda tx: tx.mailboxes.add(MAILBOX, b"sealed"))
    return database


def held(tx: Transaction, leaves_us: int | None, message_id: str = "m@x") -> int:
    number = tx.outbox.begin(replace(SENDING, message_id=message_id))
    mail = HeldMail(number, 5, leaves_us, ("done",), "\\Answered", ("a@x", "b@x"))
    tx.held.hold(mail, len(MAIL))
    return number


async def test_what_is_kept_comes_back(tx: Database) -> None:
    number = await tx.write(lambda t: held(t, 9))
    mail, sending = await tx.read(lambda t: t.held.find(number)) or (None, None)
    as_it_was = HeldMail(number, 5, 9, ("done",), "\\Answered", ("a@x", "b@x"))
    assert mail == replace(as_it_was, writer_gone=True)  # it was nobody's
    assert sending == replace(SENDING, id=number)
    assert await tx.read(lambda t: t.held.every(1)) == [mail]
    assert await tx.read(lambda t: t.held.every(2)) == []
    assert await tx.read(lambda t: t.held.find(number + 1)) is None


async def test_the_folders(tx: Database) -> None:
    leaves, asks = await tx.write(lambda t: (held(t, 9), held(t, None, "n@x")))

    def shown(t: Transaction, folder: str) -> list[int]:
        return [row.uid for row in t.held.all(1, folder)]

    assert await tx.read(lambda t: shown(t, LEAVING)) == [leaves]
    assert await tx.read(lambda t: shown(t, TO_APPROVE)) == [asks]
    assert await tx.read(lambda t: shown(t, "INBOX")) == []
    assert await tx.read(lambda t: t.held.messages(1, [leaves, asks, 77])) == {
        leaves: MAIL,
        asks: MAIL,
    }
    assert await tx.read(lambda t: t.held.messages(2, [leaves])) == {}
    assert await tx.read(lambda t: t.held.next_uid()) == asks + 1
    await tx.write(lambda t: t.held.set_flags(1, {leaves: ("\\Flagged",)}))
    await tx.write(lambda t: t.held.set_flags(2, {leaves: ()}))
    (row,) = await tx.read(lambda t: t.held.all(1, LEAVING))
    assert (row.flags, row.size, row.at_us) == (("\\Flagged",), len(MAIL), 5)


async def test_who_is_first(tx: Database) -> None:
    number = await tx.write(lambda t: held(t, None))
    assert await tx.write(lambda t: t.held.approve(number, 7, "meg"))
    assert not await tx.write(lambda t: t.held.approve(number, 8, "ben"))
    assert await tx.write(lambda t: t.outbox.leave(number))
    assert not await tx.write(lambda t: t.outbox.withdraw(number))
    await tx.write(lambda t: t.outbox.hold_again(number))
    assert await tx.write(lambda t: t.outbox.withdraw(number))
    assert not await tx.write(lambda t: t.outbox.leave(number))
    mail, sending = await tx.read(lambda t: t.held.find(number)) or (None, None)
    assert mail and sending and (mail.leaves_us, mail.approved_by) == (7, "meg")
    assert (sending.state, sending.message) == (SendState.WITHDRAWN, MAIL)


async def test_what_came_back_is_nothing_that_was_sent(tx: Database) -> None:
    number = await tx.write(lambda t: held(t, None))

    def back(t: Transaction) -> bool:
        t.held.come_back(number, DRAFTS, "anna", {"why": "x"})
        return t.outbox.withdraw(number)

    assert await tx.write(back)
    assert not await tx.write(lambda t: t.held.approve(number, 7, "meg"))
    await tx.write(lambda t: t.outbox.prune(1_000))  # it is not in Drafts yet
    assert await tx.read(lambda t: t.held.messages(1, [number])) == {number: MAIL}
    assert await tx.read(lambda t: t.outbox.find_sent(1, "m@x", "digest")) is None

    def over(t: Transaction) -> None:
        t.held.gone(number)
        t.outbox.forget(number)

    await tx.write(over)
    assert await tx.read(lambda t: t.held.every(1)) == []
    assert await tx.read(lambda t: _octets(t.connection)) == [None]  # type: ignore[attr-defined]
    await tx.write(lambda t: t.outbox.prune(1_000))
    assert await tx.read(lambda t: _octets(t.connection)) == []  # type: ignore[attr-defined]


def _octets(connection: Connection) -> list[bytes | None]:
    return list(connection.exec_driver_sql("SELECT message FROM outbox").scalars())
