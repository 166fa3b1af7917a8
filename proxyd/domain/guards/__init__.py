"""The guards as one table: what stops a mail before it goes out (docs/design.md §3).

A new guard is a file with its row here, and its two sentences in smtp_frontend/replies.py: the
mailbox's policy, its help, the log, the metrics and docs/guards.md follow from the row. Pure: the
facts are brought by service/sending/guarding.py. In the order in which reasons are told.
"""

from __future__ import annotations

from proxyd.domain.guards.forgotten_attachment import FORGOTTEN_ATTACHMENT
from proxyd.domain.guards.internal_note import NOTE, NOTE_WORDS
from proxyd.domain.guards.new_recipient import NEW_RECIPIENT
from proxyd.domain.guards.on_its_way import (
    COLLEAGUE,
    OWN_WAITS,
    PERHAPS_ANSWERED,
    UNCERTAIN,
    UNDER_WAY,
)
from proxyd.domain.guards.row import About, Facts, Guard, Kind, Reason, Turn
from proxyd.domain.guards.turn import ANSWERED, CLAIMED, DONE, HOLD

GUARDS: tuple[Guard, ...] = (
    NOTE,
    NOTE_WORDS,
    UNDER_WAY,
    UNCERTAIN,
    COLLEAGUE,
    OWN_WAITS,
    PERHAPS_ANSWERED,
    ANSWERED,
    HOLD,
    DONE,
    CLAIMED,
    NEW_RECIPIENT,
    FORGOTTEN_ATTACHMENT,
)
CHOICES: tuple[Guard, ...] = tuple(guard for guard in GUARDS if guard.is_choice)
ON_BY_DEFAULT: frozenset[str] = frozenset(guard.key for guard in CHOICES if guard.default)

__all__ = [
    "CHOICES",
    "GUARDS",
    "NEW_RECIPIENT",
    "ON_BY_DEFAULT",
    "PERHAPS_ANSWERED",
    "UNCERTAIN",
    "About",
    "Facts",
    "Guard",
    "Kind",
    "Reason",
    "Turn",
]
