"""Webhooks as rows (store/webhooks.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.domain.webhook import NoticeKind, Webhook

SERVER = Server("127.0.0.1", 1, "plain", "support")


@pytest.fixture
async def mailbox(database):
    box = SharedMailbox(
        0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
    )
    return await database.write(lambda tx: tx.mailboxes.add(box, b"sealed"))


async def test_kept_as_it_was_made(database, clock, mailbox):
    kinds = (NoticeKind.ALARM, NoticeKind.NEW_MAIL)
    made = await database.write(
        lambda tx: tx.webhooks.add(mailbox.id, "https://x/", kinds, b"s", 7)
    )
    ordered = (NoticeKind.NEW_MAIL, NoticeKind.ALARM)
    assert made == Webhook(1, mailbox.id, "https://x/", ordered, clock(), 7)
    assert await database.read(lambda tx: tx.webhooks.all()) == [made]
    assert await database.read(lambda tx: tx.webhooks.sealed(made.id)) == b"s"
    assert await database.read(lambda tx: tx.webhooks.sealed(9)) is None


async def test_how_it_goes(database, mailbox):
    made = await database.write(lambda tx: tx.webhooks.add(mailbox.id, "https://x/", (), b"s", 0))

    async def after(work):
        await database.write(work)
        (found,) = await database.read(lambda tx: tx.webhooks.all())
        return found.after, found.told_us, found.failing_us, found.failure, found.off

    assert await after(lambda tx: tx.webhooks.told(made.id, 3, 30)) == (3, 30, None, "", False)
    assert await after(lambda tx: tx.webhooks.told(made.id, 4, None)) == (4, 30, None, "", False)
    failed = await after(lambda tx: tx.webhooks.failed(made.id, 40, "no", off=True))
    assert failed == (4, 30, 40, "no", True)
    assert await after(lambda tx: tx.webhooks.resume(made.id, None)) == (4, 30, None, "", False)
    assert await after(lambda tx: tx.webhooks.resume(made.id, 9)) == (9, 30, None, "", False)


async def test_gone_with_its_mailbox_and_no_number_comes_again(database, mailbox):
    first = await database.write(lambda tx: tx.webhooks.add(mailbox.id, "https://x/", (), b"s", 0))
    await database.write(lambda tx: tx.webhooks.remove(first.id))
    again = await database.write(lambda tx: tx.webhooks.add(mailbox.id, "https://x/", (), b"s", 0))
    assert again.id > first.id
    await database.write(lambda tx: tx.mailboxes.remove(mailbox.id))
    assert await database.read(lambda tx: tx.webhooks.all()) == []
