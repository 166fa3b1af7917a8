"""A copy in Sent of a mail that did not leave: some clients file it before they hand the mail in.

Invariants: gone is only what the same person has stored in Sent through us, by the log, under the
mail's Message-ID, and what says the same; nothing where the mail may have gone out.
"""

from __future__ import annotations

from collections.abc import Collection

from proxyd.domain.events import Action
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Blob, LogRecord
from proxyd.service.api.folder_tree import DELIMITER
from proxyd.service.mail.same_words import says_the_same
from proxyd.service.mail.tree import client_name
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message

LOOKED_THROUGH = 50  # records of one Message-ID


async def copies_in_vain(room: Mailroom, sending: Sending, content: Blob) -> list[Message]:
    """``content``: what it says. Raises StoreUnavailable."""
    if sending.state is not SendState.WITHDRAWN:
        return []
    named = room.state.by_message_id.get(sending.message_id, ())
    copies = [message for message in named if message.folder.sent]
    if not copies:
        return []
    query = LogQuery(
        message_id=sending.message_id, actor=sending.login, action=Action.APPEND,
        limit=LOOKED_THROUGH,
    )  # fmt: skip
    stored = await room.shop.store.read(lambda tx: tx.log.search(query))
    views = {each.record.view for each in stored if _has_stored(each.record)}
    mine = [message for message in copies if _is_among(message.folder, views)]
    return [message for message in mine if await says_the_same(room, content, message)]


def _has_stored(record: LogRecord) -> bool:
    return record.outcome == "ok" and "folded" not in record.detail


def _is_among(folder: Folder, views: Collection[str]) -> bool:
    """``views``: as clients name them, below the name of the mailbox where it is a further one."""
    name = client_name(folder)
    return any(view == name or view.endswith(DELIMITER + name) for view in views)
