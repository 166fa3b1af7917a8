"""Who carries out an admin action, and from where: the access log wants both.

A name such as ``root@cli`` is no login: it tells which user of the machine typed the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxyd.domain.events import Action
from proxyd.domain.types import LogRecord, Origin


@dataclass(frozen=True, slots=True)
class Actor:
    name: str
    origin: Origin = field(default_factory=lambda: Origin("cli"))

    def record(
        self,
        action: Action,
        detail: Mapping[str, object],
        *,
        mailbox: str = "",
        outcome: str = "ok",
    ) -> LogRecord:
        return LogRecord(
            action=action,
            outcome=outcome,
            actor=self.name.lower(),  # as logins are, so that a search finds both
            mailbox=mailbox,
            origin=self.origin,
            detail=detail,
        )
