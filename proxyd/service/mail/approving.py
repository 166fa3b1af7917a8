"""What waits for approval is approved: it leaves as if its writer had just sent it, after the delay
of the mailbox (docs/decisions/051).

In one transaction is decided whether it is approved, or was given back. Nobody approves their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain import held
from proxyd.domain.errors import CannotDo, UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.notes import UIDVALIDITY
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Right
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message
from proxyd.service.mailbox.sync import Synchroniser

_SECOND_US = 1_000_000


async def approve(
    caller: Caller,
    room: Mailroom,
    sync: Synchroniser,
    view_name: str,
    messages: Sequence[Message],
) -> None:
    """All of them, or none. Raises CannotDo ("approve-need", "approve-own", "approve-none")."""
    account = caller.account
    if account.grants.get(room.mailbox.id, 0) < Right.MANAGE:
        raise CannotDo("approve-need")
    if any(message.folder.name != held.TO_APPROVE for message in messages):
        raise CannotDo("approve-none")
    if any(room.state.drafts.get(message) == account.id for message in messages):
        raise CannotDo("approve-own")
    leaves_us = room.shop.clock() + room.mailbox.policy.send_delay_s * _SECOND_US
    numbers = [message.uid for message in messages]

    def work(tx: Transaction) -> None:
        for number in numbers:
            if not tx.held.approve(number, leaves_us, account.login):
                raise CannotDo("approve-none")

    def stage(change: Change) -> None:
        change.also.append(work)
        for message in messages:
            writer = room.login_of(room.state.drafts.get(message))
            detail = {"step": "approved", "writer": writer}
            record = caller.record(Action.LEAVING, room, view_name, message, detail=detail)
            change.records.append(record)
            change.reply(message, None)  # what leaves shows it again, see stage_held
        room.waited.note(messages)
        change.remove_all(messages)
        change.staged.shown_anew = True

    await room.change(stage)
    for number in numbers:
        await show_held(room, sync, number)
    room.held_news.set()


async def show_held(room: Mailroom, sync: Synchroniser, sending_id: int) -> None:
    """Where it waits now. What can't be shown at once is with the folder's next round."""
    for name in (held.LEAVING, held.TO_APPROVE):
        folder = room.state.folder_named(name)
        if folder is not None:
            try:
                await sync.ingest(folder, UIDVALIDITY, [sending_id])
            except UpstreamError:
                continue
