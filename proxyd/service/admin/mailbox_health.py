"""How each shared mailbox stands with its provider, for admins: the conditions that readiness,
metrics and ``proxyd mailbox status`` are derived from too, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxyd.domain.types import Trouble
from proxyd.service.mail.personal_mail import Counter
from proxyd.service.mailbox.mailroom import Mailroom


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """``since_us``: since when it is up, or down. ``password_refused``: what is to be done is
    known. ``limited``: what the provider said where it gives fewer connections than we may use, ""
    where it gives all.
    """

    up: bool
    since_us: int
    password_refused: bool
    troubles: tuple[Trouble, ...]
    limited: str


def healths(counters: Mapping[int, Counter], limits: Mapping[int, str]) -> dict[int, MailboxHealth]:
    """By mailbox id, of those that are served; ``limits`` as the providers have said."""
    return {id_: _health(counter.room, limits.get(id_, "")) for id_, counter in counters.items()}


def _health(room: Mailroom, limited: str) -> MailboxHealth:
    conditions = room.conditions
    refused = f"{room.mailbox.imap.host} refuses the password "  # as upstream/sign_in.py says it
    return MailboxHealth(
        conditions.line_up,
        conditions.line_since_us,
        conditions.line_reason.startswith(refused),
        tuple(conditions.troubles()),
        limited,
    )
