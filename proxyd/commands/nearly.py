"""Which of the names that there are was meant by one that there is not."""

from __future__ import annotations

from proxyd.domain.errors import NotFound
from proxyd.domain.nearly import close_to
from proxyd.domain.ports.database import Database, Transaction


async def nearly(store: Database, error: NotFound) -> NotFound:
    """The same with a person's login or a mailbox's name that comes near, if there is one."""

    def known(tx: Transaction) -> list[str]:
        if error.kind == "user":
            return [account.login for account in tx.accounts.all()]
        if error.kind == "mailbox":
            return [mailbox.name for mailbox in tx.mailboxes.all()]
        return []

    near = error.meant or close_to(error.name, await store.read(known))
    return NotFound(error.kind, error.name, near)
