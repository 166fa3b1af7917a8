"""Of which mail somebody is told that a colleague has it already: the subject that they know it by.

The sentence comes as a notification, after a STORE only with a later command (docs/design.md §3
"First wins"). Must never make the refusal fail, nor wait for a provider that does not answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from proxyd.domain.errors import AlreadyTaken
from proxyd.service.mail.letterheads import written
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message

# What a client has shown is known here; for anything else nobody waits before a dialog.
ASKED_S = 2.0


@contextlib.asynccontextmanager
async def naming_mail(room: Mailroom, messages: Iterable[Message]) -> AsyncIterator[None]:
    """AlreadyTaken raised inside goes on with the subject of its mail, where that is known.

    ``messages``, of which it is one, is looked at when that happens.
    """
    try:
        yield
    except AlreadyTaken as taken:
        subject = await _subject(room, messages, taken.message_id)
        raise AlreadyTaken(taken.login, taken.name, taken.message_id, subject) from taken


async def _subject(room: Mailroom, messages: Iterable[Message], message_id: str) -> str:
    mail = next((one for one in messages if one.message_id == message_id), None)
    if mail is None:
        return ""
    try:
        async with asyncio.timeout(ASKED_S):
            known = await written(room, [mail])
    except TimeoutError:
        return ""
    return known[mail].subject if mail in known else ""
