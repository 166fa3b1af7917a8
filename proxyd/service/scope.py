"""Of which shared mailboxes somebody sees the numbers, and whose work they may hand on."""

from __future__ import annotations

from collections.abc import Iterable

from proxyd.domain.types import Account, Right, Role, SharedMailbox


def seen_by(account: Account, mailboxes: Iterable[SharedMailbox]) -> list[SharedMailbox]:
    """In the order of the grants; an admin's come by name. An auditor sees none."""
    if account.role is Role.ADMIN:
        return sorted(mailboxes, key=lambda one: one.name)
    if account.role is not Role.STAFF:
        return []
    place = {mailbox_id: number for number, mailbox_id in enumerate(account.grants)}
    mine = (one for one in mailboxes if one.id in place)
    return sorted(mine, key=lambda one: place[one.id])


def managed_by(account: Account, mailboxes: Iterable[SharedMailbox]) -> list[SharedMailbox]:
    """Whose reports they see, by name of persons, and whose work they may hand on."""
    return [one for one in seen_by(account, mailboxes) if manages(account, one.id)]


def manages(account: Account, mailbox_id: int) -> bool:
    if account.role is Role.ADMIN:
        return True
    return account.role is Role.STAFF and account.grants.get(mailbox_id, 0) >= Right.MANAGE


def has_reports(account: Account) -> bool:
    """Whether there are any for them; an admin's may be empty."""
    return account.role is Role.ADMIN or any(manages(account, one) for one in account.grants)
