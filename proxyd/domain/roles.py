"""What follows from a role: who may have a grant, and who comes in at a door for mail.

Pure. A role opens nothing by itself: an admin reads mail by a grant of their own or not at all, an
auditor never does, so that who reads the log is nobody whom it tells about
(docs/decisions/055-roles-apart.md).
"""

from __future__ import annotations

from proxyd.domain.types import Account, Role

# Where mail is read or sent; the others are for accounts and log.
MAIL_DOORS = frozenset({"imap", "smtp"})


def may_have_grants(role: Role) -> bool:
    return role is not Role.AUDITOR


def reads_mail(account: Account) -> bool:
    """Whether the role leaves a mail door open for this person. Staff whose first grant is still to
    come are told by the door itself that they have no mailbox yet.
    """
    if not may_have_grants(account.role):
        return False
    return account.role is Role.STAFF or bool(account.grants)
