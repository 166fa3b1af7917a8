"""What is in the hands of somebody who leaves, and the rows that say who takes it over.

Must never alter a conversation: the truth of a mailbox is in the memory of who serves it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict

from sqlalchemy import Connection, delete, func, insert, select

from proxyd.domain.outbox import SendState
from proxyd.domain.ports.leavers import HandOver, WaitingMail
from proxyd.domain.replying import WAITS_US
from proxyd.domain.types import Origin
from proxyd.store.epoch import bump_epoch
from proxyd.store.schema import (
    conversations,
    drafts,
    folders,
    hand_overs,
    held,
    mailboxes,
    messages,
    outbox,
    view_messages,
    views,
)


class LeaverStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting_mails(self, account_id: int) -> list[WaitingMail]:
        query = (
            select(
                mailboxes.c.name, outbox.c.message_id, outbox.c.conversation_id, held.c.leaves_us
            )
            .join(outbox, outbox.c.id == held.c.sending_id)
            .join(mailboxes, mailboxes.c.id == outbox.c.mailbox_id)
            .where(
                outbox.c.account_id == account_id,
                outbox.c.state == SendState.HELD,
                held.c.into == "",
            )
            .order_by(held.c.sending_id)
        )
        return [WaitingMail(*row) for row in self._connection.execute(query)]

    def replying(self, account_id: int, since_us: int) -> Mapping[int, int]:
        query = (
            select(folders.c.mailbox_id, func.count())
            .select_from(drafts)
            .join(messages, messages.c.id == drafts.c.message_id)
            .join(folders, folders.c.id == messages.c.folder_id)
            .where(
                drafts.c.account_id == account_id,
                drafts.c.replying_us >= since_us,
                drafts.c.replying_us != WAITS_US,
            )
            .group_by(folders.c.mailbox_id)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def named_in(self, account_id: int, done: str) -> list[tuple[str, int]]:
        query = (
            select(mailboxes.c.name, conversations.c.id)
            .distinct()
            .select_from(views)
            .join(view_messages, view_messages.c.view_id == views.c.id)
            .join(messages, messages.c.id == view_messages.c.message_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .join(mailboxes, mailboxes.c.id == views.c.mailbox_id)
            .where(
                views.c.kind == "mentions",
                views.c.subject == str(account_id),
                conversations.c.status != done,
            )
            .order_by(mailboxes.c.name, conversations.c.id)
        )
        return [(name, number) for name, number in self._connection.execute(query)]

    def mailboxes_with_work(self, account_id: int, done: str) -> frozenset[int]:
        theirs = conversations.c.assignee_id == account_id
        query = select(conversations.c.mailbox_id).distinct()
        query = query.where(theirs, conversations.c.status != done)
        return frozenset(self._connection.scalars(query))

    def hand_over(
        self,
        account_id: int,
        mailbox_id: int,
        to: Mapping[int | None, int | None],
        actor: str,
        origin: Origin,
    ) -> None:
        told = json.dumps(asdict(origin))
        rows = [
            {
                "account_id": account_id,
                "mailbox_id": mailbox_id,
                "conversation": conversation,
                "to_id": heir,
                "actor": actor,
                "origin": told,
            }
            for conversation, heir in to.items()
        ]
        self._connection.execute(insert(hand_overs), rows)
        bump_epoch(self._connection)  # what a running proxy looks at

    def of_mailbox(self, mailbox_id: int) -> list[HandOver]:
        query = select(hand_overs).where(hand_overs.c.mailbox_id == mailbox_id)
        return [
            HandOver(
                row.id,
                row.account_id,
                row.conversation,
                row.to_id,
                row.actor,
                Origin(**json.loads(row.origin)),
            )
            for row in self._connection.execute(query.order_by(hand_overs.c.id))
        ]

    def unfinished(self, account_id: int) -> bool:
        query = select(hand_overs.c.id).where(hand_overs.c.account_id == account_id)
        return self._connection.execute(query.limit(1)).first() is not None

    def finish(self, numbers: Collection[int]) -> None:
        self._connection.execute(delete(hand_overs).where(hand_overs.c.id.in_(numbers)))
