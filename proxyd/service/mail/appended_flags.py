"""The flags that a provider has stored mails without (domain/left_out.py), asked for once more.

Some take by STORE what they leave out of an APPEND; and what another client has changed since is
set again rather than called refused. What is left out then is kept here, where that can be.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from proxyd.domain.errors import CannotDo, UpstreamError
from proxyd.domain.left_out import left_out, lost_of
from proxyd.domain.ports.upstream_rows import FlagRow
from proxyd.domain.types import SeenMode
from proxyd.service.mail import shared_flags
from proxyd.service.mail.caller import Caller
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message


@dataclass(frozen=True, slots=True)
class AppendedFlags:
    """What was lacking, and what has come of it."""

    plan: shared_flags.Plan
    rows: shared_flags.Rows

    @property
    def refused(self) -> CannotDo | None:
        undone = (self.undone_of(message) for each in self.plan.values() for message in each)
        return lost_of(undone)

    def undone_of(self, message: Message | None) -> list[str]:
        """The flags of it that the provider does not keep, nor can we."""
        parts = [part for part, each in self.plan.items() if message in each]
        row = self.rows.get(message) if message is not None else None
        return [flag for part in parts for flag in shared_flags.left_out_of(part, row).undone]

    def stage(self, change: Change, caller: Caller, room: Mailroom, view: str) -> None:
        shared_flags.stage(change, caller, room, view, self.plan, self.rows)


@contextlib.asynccontextmanager
async def asked_again(
    room: Mailroom, folder: Folder, stored: Iterable[tuple[Message, Sequence[str]]]
) -> AsyncIterator[AppendedFlags]:
    """``stored``: mails with the flags that the provider should have stored. To be staged inside.

    Never fails: the mails are stored, whatever became of their flags.
    """
    plan = _plan(room, folder, stored)
    lacking = [message for each in plan.values() for message in each]
    rows = {message: FlagRow(message.uid, message.flags) for message in lacking}
    with room.flags_under_way.storing(lacking):
        with contextlib.suppress(UpstreamError):  # then they are as they were told
            rows |= await shared_flags.ask_upstream(room, plan)
        yield AppendedFlags(plan, rows)


def _plan(
    room: Mailroom, folder: Folder, stored: Iterable[tuple[Message, Sequence[str]]]
) -> shared_flags.Plan:
    plan: shared_flags.Plan = {}
    own_seen = room.mailbox.seen is SeenMode.PERSON
    for message, flags in stored:
        wanted = [flag for flag in flags if not (own_seen and flag == "\\Seen")]
        if left := left_out(wanted, (), message.flags):
            part = shared_flags.SharedChange(folder, (*left.keywords, *left.undone), ())
            plan.setdefault(part, []).append(message)
    return plan
