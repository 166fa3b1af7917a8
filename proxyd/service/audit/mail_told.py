"""Who saw one mail, from its records in the access log: the reviewer's first question. Pure.

*Opened* and *copied* are two things. A mail program copies every mail unasked, so that a copy says
that a computer has it and not that anybody looked. Opened is what a person did: the program asked
for the mail to show it, or, where it had its copy already, marked it as read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import StoredRecord


@dataclass(frozen=True, slots=True)
class MailTold:
    """``opened``: logins, in the order in which they did; ``copied``: (login, program)."""

    opened: tuple[str, ...]
    copied: tuple[tuple[str, str], ...]
    deletions: int


def mail_told(records: Iterable[StoredRecord], message_id: str) -> MailTold:
    """``records`` oldest first; those of other mails of the conversation don't count."""
    opened: dict[str, None] = {}
    copied: dict[tuple[str, str], None] = {}
    deletions = 0
    for stored in records:
        record = stored.record
        if record.message_id != message_id or record.outcome != "ok":
            continue
        marked = record.action == Action.SEEN and record.detail.get("seen") is True
        if marked or record.action == Action.OPEN:
            opened[record.actor] = None
        elif record.action == Action.COPY_OUT:
            copied[record.actor, record.origin.client] = None
        elif record.action == Action.EXPUNGE:
            deletions += 1
    return MailTold(tuple(opened), tuple(copied), deletions)
