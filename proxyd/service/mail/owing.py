"""Asking the provider for flags, or owing it the change where there is no answer.

OK is said for what is durable: done at the provider, or owed to it (mailbox/owed.py) in the same
transaction that shows it to everybody. Nothing is asked where the line is known to be down, nor
for a folder of which something older is owed: that goes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.ports.upstream_rows import FlagRow
from proxyd.service.mail import shared_flags
from proxyd.service.mail.shared_flags import Plan, Rows
from proxyd.service.mailbox import owed
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message


def must_wait(room: Mailroom, plan: Plan) -> bool:
    """Whether the provider can't be asked now."""
    if not room.line_up:
        return True
    return any(room.state.owed.behind(part.folder) for part in plan)


def check_bounds(room: Mailroom, plan: Plan) -> None:
    """Raises UpstreamUnavailable where more would be owed than is good."""
    wanted = sum(1 for _ in _wishes(plan))
    if len(room.state.owed) + wanted > owed.MOST_OWED:
        raise room.why_down()


async def ask(room: Mailroom, plan: Plan) -> Rows | None:
    """None where no answer comes in time. Raises UpstreamError but UpstreamUnavailable."""
    asked = asyncio.get_running_loop().create_task(shared_flags.ask_upstream(room, plan))
    await asyncio.wait({asked}, timeout=owed.ANSWER_S)
    if not asked.done():
        room.state.owed.late({part.folder for part in plan}, asked)
        return None
    try:
        return asked.result()
    except UpstreamUnavailable:
        return None


def stage(change: Change, plan: Plan, actor: str) -> Rows:
    """Owe what the provider should have been asked; returns what it would have answered."""
    for message, flag, wanted in _wishes(plan):
        change.owe(message, OwedFlag(flag, wanted, change.now_us, actor))
    messages = (message for each in plan.values() for message in each)
    return {m: FlagRow(m.uid, change.flags_of(m)) for m in messages if change.is_here(m)}


def _wishes(plan: Plan) -> Iterator[tuple[Message, str, bool]]:
    for part, messages in plan.items():
        add = shared_flags.kept_upstream(part.folder, part.add)
        remove = shared_flags.removed_upstream(part, messages)
        for wanted, flags in ((True, add), (False, remove)):
            for flag in flags:
                for message in messages:
                    yield message, flag, wanted
