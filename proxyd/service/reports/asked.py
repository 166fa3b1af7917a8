"""What every report begins with: the record of the question, and the mailboxes that are meant."""

from __future__ import annotations

from collections.abc import Mapping

from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import SharedMailbox
from proxyd.service.actor import Actor


async def record(store: Database, by: Actor, did: str, asked: Mapping[str, object]) -> None:
    """Of what was asked only what was said."""
    given = {name: value for name, value in asked.items() if value is not None}
    told = by.record(Action.AUDIT, {"did": did, **given})
    await store.write(lambda tx: tx.log.append([told]))


def mailboxes_of(tx: Transaction, name: str | None) -> list[SharedMailbox]:
    """The one of that name, or all. Raises NotFound."""
    if name is None:
        return tx.mailboxes.all()
    found = tx.mailboxes.find(name)
    if found is None:
        raise NotFound("mailbox", name)
    return [found]
