"""Whether somebody was ever heard of: an empty answer to a slip of the pen is believed.

Asked only where nothing was found. Somebody who is gone, or a mailbox under a former name, is known
as long as the access log tells of it.
"""

from __future__ import annotations

from dataclasses import replace

from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Transaction


def told_of(tx: Transaction, query: LogQuery) -> bool:
    return bool(tx.log.numbers(replace(query, limit=1)))


def unheard_of_person(tx: Transaction, login: str) -> set[str] | None:
    """None: they are known. Else everybody who is."""
    logins = logins_of(tx)
    if login in logins or told_of(tx, LogQuery(actor=login)):
        return None
    once = _once_added(tx)
    return None if login in once else {*logins, *once, *tx.log.actors()}


def unheard_of_mailbox(tx: Transaction, name: str) -> list[str] | None:
    """None: it is known. Else those that there are."""
    names = [mailbox.name for mailbox in tx.mailboxes.all()]
    return None if name in names or told_of(tx, LogQuery(mailbox=name)) else names


def logins_of(tx: Transaction) -> list[str]:
    return [account.login for account in tx.accounts.all()]


def _once_added(tx: Transaction) -> set[str]:
    """Also those who never did anything, and are gone."""
    records = tx.log.search(LogQuery(action=Action.ADMIN))
    return {str(one.record.detail.get("login", "")) for one in records} - {""}
