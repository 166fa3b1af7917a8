"""Whether what was asked for is known at all: an empty answer to a slip of the pen is believed.

Asked only where nothing was found. Somebody who is gone, or a mailbox under a former name, is known
as long as the access log tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from proxyd.commands.installation import Installation
from proxyd.domain.errors import BadInput
from proxyd.domain.nearly import instead_of, meant
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Transaction
from proxyd.service.audit.known import (
    logins_of,
    told_of,
    unheard_of_mailbox,
    unheard_of_person,
)


async def check_asked(at: Installation, query: LogQuery) -> None:
    """Raises BadInput for a person, mailbox, mail or conversation that nobody has heard of."""

    def look(tx: Transaction) -> BadInput | None:
        return next((found for check in _CHECKS if (found := check(tx, query))), None)

    if problem := await at.store.read(look):
        raise problem


async def check_listed(
    at: Installation, status: str | None, assignee: str | None, statuses: Iterable[str]
) -> None:
    """The same for a list of conversations."""
    if status is not None and status not in (known := list(statuses)):
        instead = instead_of(status, known, f"write one of: {', '.join(known)}")
        raise BadInput("--status", f"there is no status {status!r}", instead)
    if assignee:
        logins = await at.store.read(logins_of)
        if assignee not in logins:
            raise _nobody("--assignee", assignee, logins)


def _person(tx: Transaction, query: LogQuery) -> BadInput | None:
    if not query.actor:
        return None
    known = unheard_of_person(tx, query.actor.strip().lower())
    return None if known is None else _nobody("--person", query.actor, known)


def _mailbox(tx: Transaction, query: LogQuery) -> BadInput | None:
    name = query.mailbox
    if not name or (names := unheard_of_mailbox(tx, name)) is None:
        return None
    instead = meant(name, names) or "see: proxyd mailbox list"
    return BadInput("--mailbox", f"there is no mailbox {name!r}, nor was one", instead)


def _message(tx: Transaction, query: LogQuery) -> BadInput | None:
    asked = query.message_id
    if not asked or tx.conversations.of_message(asked) or told_of(tx, LogQuery(message_id=asked)):
        return None
    instead = "copy the Message-ID from the mail's source, as in <id@example.com>"
    return BadInput("--message", f"no mail {asked!r} was ever here", instead)


def _conversation(tx: Transaction, query: LogQuery) -> BadInput | None:
    number = query.conversation
    if number is None or tx.conversations.find(number):
        return None
    if told_of(tx, LogQuery(conversation=number)):
        return None
    what = f"there is no conversation {number}"
    return BadInput("--conversation", what, "see: proxyd conversation list")


_CHECKS: tuple[Callable[[Transaction, LogQuery], BadInput | None], ...] = (
    _person,
    _mailbox,
    _message,
    _conversation,
)


def _nobody(option: str, login: str, known: Iterable[str]) -> BadInput:
    instead = meant(login, known) or "see: proxyd user list"
    return BadInput(option, f"there is no person {login!r}, nor was one", instead)
