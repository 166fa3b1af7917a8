"""In which shared mailboxes mails wait for approval, or are to, and nobody is left who can give it
(docs/decisions/051-leaving.md). Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Account, Right


def without_approver(tx: Transaction) -> dict[str, int]:
    """By name, and how many mails wait there."""
    people = [person for person in tx.accounts.all() if not person.disabled]
    found: dict[str, int] = {}
    for mailbox in tx.mailboxes.all():
        held = tx.held.every(mailbox.id)
        waiting = sum(mail.leaves_us is None and not mail.stays for mail in held)
        asked = waiting or _anybody(people, mailbox.id, {Right.RESPOND_WITH_APPROVAL})
        if asked and not _anybody(people, mailbox.id, {Right.MANAGE}):
            found[mailbox.name] = waiting
    return found


def _anybody(people: Iterable[Account], mailbox_id: int, rights: set[Right]) -> bool:
    return any(person.grants.get(mailbox_id) in rights for person in people)
