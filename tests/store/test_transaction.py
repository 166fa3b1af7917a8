"""The repositories of one unit of work (store/transaction.py)."""

from __future__ import annotations

from proxyd.store.access_log import AccessLog
from proxyd.store.accounts import AccountStore
from proxyd.store.mail import MailStore
from proxyd.store.mailboxes import MailboxStore
from proxyd.store.outbox import OutboxStore

KINDS = {
    "accounts": AccountStore,
    "mailboxes": MailboxStore,
    "log": AccessLog,
    "mail": MailStore,
    "outbox": OutboxStore,
}


async def test_each_repository_is_made_once_a_unit_and_anew_for_the_next(database):
    seen = []

    def work(tx):
        first = {name: getattr(tx, name) for name in KINDS}
        assert all(getattr(tx, name) is one for name, one in first.items())
        assert {name: type(one) for name, one in first.items()} == KINDS
        seen.append(first)

    await database.write(work)
    await database.write(work)
    await database.read(work)
    assert len({id(one) for units in seen for one in units.values()}) == 3 * len(KINDS)
