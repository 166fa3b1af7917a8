"""Which of the names that there are was meant by one that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from proxyd.domain.errors import NotFound
from proxyd.domain.ports.database import Database, Transaction


async def nearly(store: Database, error: NotFound) -> NotFound:
    """The same with a person's login or a mailbox's name that comes near, if there is one."""

    def known(tx: Transaction) -> list[str]:
        if error.kind == "user":
            return [account.login for account in tx.accounts.all()]
        if error.kind == "mailbox":
            return [mailbox.name for mailbox in tx.mailboxes.all()]
        return []

    return NotFound(error.kind, error.name, close_to(error.name, await store.read(known)))


def meant(name: str, known: Iterable[str]) -> str:
    """The one of ``known`` that is nearly ``name``, as a question; or ""."""
    close = close_to(name, known)
    return f"did you mean {close}?" if close else ""


def close_to(name: str, known: Iterable[str]) -> str:
    """Capitals count for nothing."""
    by_key = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), list(by_key), n=1)
    return by_key[close[0]] if close else ""
