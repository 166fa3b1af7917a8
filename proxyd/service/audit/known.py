"""Whether what was asked of the access log is known at all: an empty answer to a slip of the pen is
believed.

Asked only where nothing was found. Somebody who is gone, or a mailbox under a former name, is known
as long as the access log tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from proxyd.domain.errors import BadInput
from proxyd.domain.events import Action
from proxyd.domain.nearly import meant
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Database, Transaction


async def require_known(store: Database, query: LogQuery) -> None:
    """Raises BadInput for a person, mailbox, mail or conversation that nobody has heard of."""

    def look(tx: Transaction) -> BadInput | None:
        return next((found for check in _CHECKS if (found := check(tx, query))), None)

    if problem := await store.read(look):
        raise problem


def _person(tx: Transaction, query: LogQuery) -> BadInput | None:
    if not query.actor:
        return None
    known = unheard_of_person(tx, query.actor.strip().lower())
    return None if known is None else nobody("--person", query.actor, known)


def unheard_of_person(tx: Transaction, login: str) -> set[str] | None:
    """None: they are known. Else everybody who is."""
    logins = logins_of(tx)
    if login in logins or _told_of(tx, LogQuery(actor=login)):
        return None
    once = _once_added(tx)
    return None if login in once else {*logins, *once, *tx.log.actors()}


def _once_added(tx: Transaction) -> set[str]:
    """Also those who never did anything, and are gone."""
    records = tx.log.search(LogQuery(action=Action.ADMIN))
    return {str(one.record.detail.get("login", "")) for one in records} - {""}


def _mailbox(tx: Transaction, query: LogQuery) -> BadInput | None:
    name = query.mailbox
    if not name or (names := unheard_of_mailbox(tx, name)) is None:
        return None
    instead = meant(name, names) or "see: proxyd mailbox list"
    return BadInput("--mailbox", f"there is no mailbox {name!r}, nor was one", instead)


def unheard_of_mailbox(tx: Transaction, name: str) -> list[str] | None:
    """None: it is known. Else those that there are."""
    names = [mailbox.name for mailbox in tx.mailboxes.all()]
    return None if name in names or _told_of(tx, LogQuery(mailbox=name)) else names


def _message(tx: Transaction, query: LogQuery) -> BadInput | None:
    asked = query.message_id
    if not asked or tx.conversations.of_message(asked) or _told_of(tx, LogQuery(message_id=asked)):
        return None
    instead = "copy the Message-ID from the mail's source, as in <id@example.com>"
    return BadInput("--message", f"no mail {asked!r} was ever here", instead)


def _conversation(tx: Transaction, query: LogQuery) -> BadInput | None:
    number = query.conversation
    if number is None or tx.conversations.find(number):
        return None
    if _told_of(tx, LogQuery(conversation=number)):
        return None
    what = f"there is no conversation {number}"
    return BadInput("--conversation", what, "see: proxyd conversation list")


_CHECKS: tuple[Callable[[Transaction, LogQuery], BadInput | None], ...] = (
    _person,
    _mailbox,
    _message,
    _conversation,
)


def _told_of(tx: Transaction, query: LogQuery) -> bool:
    return bool(tx.log.numbers(replace(query, limit=1)))


def logins_of(tx: Transaction) -> list[str]:
    return [account.login for account in tx.accounts.all()]


def nobody(option: str, login: str, known: Iterable[str]) -> BadInput:
    instead = meant(login, known) or "see: proxyd user list"
    return BadInput(option, f"there is no person {login!r}, nor was one", instead)
