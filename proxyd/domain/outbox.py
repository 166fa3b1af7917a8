"""A mail on its way out, as a value, and the states it goes through.

    relaying ──► relayed ──► filed        the upstream server said 250; the copy is in Sent
      ▲ ├──────► refused                  it did not go out
        └──────► uncertain                the line broke (or we died) after the last octet
      │              └───────► filed      a repeat went out with consent; its copy is for Sent
    held ──────► withdrawn                it waited (domain/held.py), and does not leave

Invariants: what is *relaying* and not being relayed by this process is uncertain; out of *held*
there is one way for each mail, decided in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SendState(StrEnum):
    HELD = "held"
    RELAYING = "relaying"
    RELAYED = "relayed"
    FILED = "filed"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SentPlace:
    """Where a copy lies in the provider's Sent. ``ours``: it was put there through us."""

    uidvalidity: int
    uid: int
    ours: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """One row of the outbox. ``message`` is the copy for Sent; None where it is not needed."""

    mailbox_id: int
    account_id: int | None
    login: str
    conversation_id: int | None
    message_id: str
    digest: str  # domain.guard.message_digest
    sender: str
    recipients: tuple[str, ...]
    created_us: int
    state: SendState = SendState.RELAYING
    message: bytes | None = None
    made: str = ""  # domain.guard.copy_digest, of what waits
    id: int = 0  # 0: not stored yet
