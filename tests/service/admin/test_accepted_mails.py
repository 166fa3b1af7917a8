"""A mailbox is not removed with accepted mail in it (service/admin/accepted_mails.py)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from proxyd.domain.errors import BadInput
from proxyd.domain.events import Action
from proxyd.domain.held import DRAFTS, HeldMail
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin
from proxyd.service.actor import Actor
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.store.schema import held, outbox

ROOT = Actor("root@cli", Origin("cli"))
SUPPORT = MailboxWishes(
    address="support@example.test",
    imap="imaps://support@example.test@mail.example.test",
    smtp="smtp+starttls://smtp.example.test",
)


@pytest.fixture
async def admin(database, sealer):
    admin = MailboxAdmin(database, sealer)
    await admin.add("support", SUPPORT, "geheim-1", by=ROOT)
    return admin


async def handed_in(database, message_id, state=SendState.HELD, leaves_us=600_000_000):
    mail = Sending(
        mailbox_id=1, account_id=None, login="anna", conversation_id=None, message_id=message_id,
        digest="d", sender="support@example.test", recipients=("c@customer.example",),
        created_us=1, state=state, message=b"Subject: x\r\n\r\nText\r\n",
    )  # fmt: skip

    def work(tx):
        number = tx.outbox.begin(mail)
        if state in (SendState.HELD, SendState.WITHDRAWN):
            into = DRAFTS if state is SendState.WITHDRAWN else ""
            tx.held.hold(HeldMail(number, 1, leaves_us, into=into), 20)
        return number

    return await database.write(work)


async def rows(database):
    def count(tx):
        return [tx.connection.scalar(select(func.count()).select_from(t)) for t in (outbox, held)]

    return await database.read(count)


@pytest.mark.parametrize(
    ("state", "leaves_us", "where", "remedy"),
    [
        (SendState.HELD, 600_000_000, "1 in Leaving", "send-delay-s=0"),
        (SendState.HELD, None, "1 in To approve", "approve them"),
        (SendState.WITHDRAWN, 600_000_000, "1 on the way back to Drafts", "wait until"),
        (SendState.RELAYING, None, "1 in Leaving", "send-delay-s=0"),
        (SendState.RELAYED, None, "1 sent and not in Sent yet", "wait until"),
    ],
)
async def test_it_is_in_the_way(database, admin, state, leaves_us, where, remedy):
    await handed_in(database, "r1@pc", state, leaves_us)
    there = await rows(database)
    with pytest.raises(BadInput) as caught:
        await admin.remove("support", by=ROOT)
    assert where in caught.value.problem and remedy in caught.value.instead
    assert "--discard-waiting" in caught.value.instead
    assert await rows(database) == there
    assert (await admin.find("support")).name == "support"


async def test_all_are_counted(database, admin):
    for number in range(3):
        await handed_in(database, f"r{number}@pc", leaves_us=None if number == 2 else 600_000_000)
    with pytest.raises(BadInput, match=r"3 accepted mails .*\(2 in Leaving, 1 in To approve\)"):
        await admin.remove("support", by=ROOT)


@pytest.mark.parametrize("state", [SendState.FILED, SendState.REFUSED, SendState.UNCERTAIN])
async def test_what_its_writer_was_told_of_is_not(database, admin, state):
    await handed_in(database, "r1@pc", state)
    await admin.remove("support", by=ROOT)
    assert await rows(database) == [0, 0]


async def test_discarded_on_purpose_and_on_record(database, admin):
    await handed_in(database, "r1@pc")
    await handed_in(database, "r2@pc", SendState.RELAYED)
    await admin.remove("support", by=ROOT, discard_waiting=True)
    assert await rows(database) == [0, 0]
    (stored,) = await database.read(lambda tx: tx.log.search(LogQuery(action=Action.LEAVING)))
    record = stored.record
    assert (record.actor, record.mailbox, record.message_id) == ("root@cli", "support", "r1@pc")
    assert record.detail["step"] == "discarded" and record.detail["writer"] == "anna"
