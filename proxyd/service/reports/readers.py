"""Who may read which report: an admin all of them, who manages a mailbox that one's."""

from __future__ import annotations

from proxyd.domain.errors import NotFound
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Right, Role


async def require_reader(store: Database, account: Account, mailbox: str | None) -> None:
    """``mailbox`` None: of all of them. Raises NotFound, for one that is not there likewise."""

    def check(tx: Transaction) -> None:
        found = tx.mailboxes.find(mailbox) if mailbox is not None else None
        theirs = found is not None and account.grants.get(found.id, 0) >= Right.MANAGE
        if account.role is not Role.ADMIN and not theirs:
            raise NotFound("report", mailbox or "of all mailboxes")

    await store.read(check)
