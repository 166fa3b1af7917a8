"""Which conversations a person may see, and what of them (docs/design.md §4, promise 6).

An admin sees all of them, and of none more than number, status, people and times. Who did what with
one is the mail part of the access log: for who has a grant on its mailbox, whatever the role. To
everybody else it does not exist. Asking is recorded before it answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.conversations import ConversationRow
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Right, Role
from proxyd.service.actor import Actor
from proxyd.service.audit.history import ConversationHistory, Histories


@dataclass(frozen=True, slots=True)
class ConversationsAsked:
    """None asks for anything; ``assignee`` "" is nobody. ``after``: only greater numbers."""

    mailbox: str | None = None
    status: str | None = None
    assignee: str | None = None
    after: int = 0
    limit: int = 50


class ConversationAccess:
    def __init__(self, store: Database, histories: Histories) -> None:
        self._store = store
        self._histories = histories

    async def all(
        self, account: Account, asked: ConversationsAsked, *, by: Actor
    ) -> list[ConversationRow]:
        """By number. Raises NotFound for a mailbox that is none, or none of theirs."""
        given = {"mailbox": asked.mailbox, "status": asked.status, "assignee": asked.assignee}
        facts = {name: value for name, value in given.items() if value is not None}
        record = by.record(Action.AUDIT, {"did": "conversations", **facts})
        await self._store.write(lambda tx: tx.log.append([record]))

        def read(tx: Transaction) -> list[ConversationRow]:
            seen = visible_mailboxes(tx, account)
            if asked.mailbox is not None:
                if asked.mailbox not in seen:
                    raise NotFound("mailbox", asked.mailbox)
                seen = {asked.mailbox: seen[asked.mailbox]}
            return tx.conversations.by_number(
                list(seen.values()), asked.status, asked.assignee, asked.after, asked.limit
            )

        return await self._store.read(read)

    async def one(self, account: Account, number: int) -> ConversationRow:
        """Raises NotFound."""

        def read(tx: Transaction) -> ConversationRow:
            row = tx.conversations.find(number)
            if row is None or row.mailbox not in visible_mailboxes(tx, account):
                raise NotFound("conversation", str(number))
            return row

        return await self._store.read(read)

    async def history(self, account: Account, number: int, *, by: Actor) -> ConversationHistory:
        """Of its own mailbox alone, whichever others have the mail too. Raises NotFound."""

        def mailbox(tx: Transaction) -> str:
            row = tx.conversations.find(number)
            if row is None or row.mailbox not in _granted(tx, account):
                raise NotFound("conversation", str(number))
            return row.mailbox

        own = await self._store.read(mailbox)
        history = await self._histories.of(str(number), by=by)
        return replace(
            history,
            records=tuple(one for one in history.records if one.record.mailbox in ("", own)),
        )


def visible_mailboxes(tx: Transaction, account: Account) -> dict[str, int]:
    """Name → id."""
    if account.role is Role.ADMIN:
        return {box.name: box.id for box in tx.mailboxes.all()}
    return _granted(tx, account)


def _granted(tx: Transaction, account: Account) -> dict[str, int]:
    return {
        box.name: box.id
        for box in tx.mailboxes.all()
        if account.grants.get(box.id, 0) >= Right.READ
    }
