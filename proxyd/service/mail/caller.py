"""What every use case of a signed-in person needs: who it is, from where, and how it is
recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from proxyd.domain.errors import NotPermitted
from proxyd.domain.events import Action
from proxyd.domain.types import Account, LogRecord, Origin, Right
from proxyd.service.mailbox.doubts import Command
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message

CLIENT_MOST = 120  # characters of what a client says of itself


class Caller:
    def __init__(self, account: Account, origin: Origin) -> None:
        self.account = account
        self.origin = origin
        # What was done, and for all we know was never heard.
        self.unheard: list[tuple[Mailroom, Command]] = []

    def heard(self) -> None:
        """Whoever goes on has heard what became of the last command."""
        for room, command in self.unheard:
            room.doubts.heard(command)
        self.unheard.clear()

    def hang_up(self) -> None:
        """Whoever has gone without another word may ask again for what they did not hear of."""
        for room, command in self.unheard:
            room.doubts.note(command, command.doubts, command.since)
        self.unheard.clear()

    def identify(self, client: str) -> None:
        self.origin = replace(self.origin, client=client[:CLIENT_MOST])

    def need(self, right: Right, room: Mailroom) -> None:
        """Raises NotPermitted unless the person's grant on the mailbox reaches that far."""
        if self.account.grants.get(room.mailbox.id, 0) < right:
            raise NotPermitted(right.word, room.mailbox.name)

    def record(
        self,
        action: Action,
        room: Mailroom | None = None,
        view: str = "",
        message: Message | None = None,
        outcome: str = "ok",
        detail: Mapping[str, object] | None = None,
    ) -> LogRecord:
        return LogRecord(
            action=action,
            outcome=outcome,
            actor=self.account.login,
            mailbox=room.mailbox.name if room else "",
            view=view,
            message_id=message.message_id if message else "",
            subject_digest=message.subject_digest if message else "",
            conversation=message.conversation.id if message else None,
            origin=self.origin,
            detail=detail or {},
        )

    def records(
        self,
        action: Action,
        room: Mailroom,
        view: str,
        messages: Iterable[Message],
        outcome: str = "ok",
        detail: Mapping[str, object] | None = None,
    ) -> list[LogRecord]:
        return [self.record(action, room, view, m, outcome, detail) for m in messages]
