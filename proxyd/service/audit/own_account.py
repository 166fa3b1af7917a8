"""What was done with one's own account: sign-ins, tries in one's name, and what admins changed.

For everybody, whatever the role, about nobody but who asks: there is no way to name another login.
Asking is recorded before it answers, as every question to the log (audit.py).

Must never tell of another person, nor that there is a mailbox (docs/design.md §4, promise 6):
- An account begins where it was added: who had the same login before was somebody else.
- A refused try for a mailbox that the person does not have is left out. A mailbox's address is
  understood only where there is such a mailbox, so that the very record would tell of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.domain.ports.database import Database, Transaction
from proxyd.service.actor import Actor

# Of each kind: sign-ins, refused ones (which strangers may make by the thousand), changes.
MOST = 100

# Records of admins' acts that are read at a time: all of them have to be looked through.
PAGE = 1000

# Facts of a record that are about the account. Anything else that a record may hold one day stays
# in the log until somebody has thought about it.
_FACTS = (
    *("reason", "name", "role", "grants", "right", "until", "networks"),
    *("app_password", "app_password_number", "scopes", "only", "factor", "left"),
    *("passkey", "passkey_number"),
    *("api_token", "api_token_number"),
)
# Of what admins do, what is about one person.
_ABOUT_A_PERSON = ("user ", "app-password ", "api-token ", "second factor ")
# What the person, or somebody who knows the password, did at a door.
_AT_THE_DOOR = (Action.LOGIN, Action.FACTOR)


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """``what``: "login", "factor", or what was changed, such as "user password". ``by``: the login
    that did it; for a try in one's name one's own, whoever it was. ``mailbox``: "" where it is
    about none.
    """

    number: int
    at_us: int
    what: str
    outcome: str  # "ok" or "refused"
    by: str
    door: str
    address: str
    client: str
    mailbox: str
    facts: Mapping[str, object]


class OwnAccount:
    def __init__(self, store: Database) -> None:
        self._store = store

    async def records(self, *, by: Actor, most: int = MOST) -> list[OwnRecord]:
        """Newest first, at most ``most`` of each kind. ``by``: who has signed in and asks.

        Raises NotFound where there is no such account, as for who types commands on the machine.
        """
        login = by.name.lower()
        record = by.record(Action.AUDIT, {"did": "own account"})
        await self._store.write(lambda tx: tx.log.append([record]))
        return await self._store.read(lambda tx: _records(tx, login, most))


def _records(tx: Transaction, login: str, most: int) -> list[OwnRecord]:
    found = tx.accounts.find(login)
    if found is None:
        raise NotFound("user", login)
    own = {box.name.lower() for box in tx.mailboxes.all() if box.id in found[0].grants}
    began, changes = _changes(tx, login, most)
    kept = [_told(stored) for stored in changes]
    for action, outcome in product(_AT_THE_DOOR, ("ok", "refused")):
        query = LogQuery(
            actor=login,
            action=action,
            outcome=outcome,
            after_number=began,
            limit=most,
            newest_first=True,
        )
        for stored in tx.log.search(query):
            mailbox = stored.record.mailbox.lower()
            if not mailbox or mailbox in own:
                kept.append(_told(stored))
    return sorted(kept, key=lambda one: one.number, reverse=True)


def _changes(tx: Transaction, login: str, most: int) -> tuple[int, list[StoredRecord]]:
    """The number of the record that added the account (0: it is not in the log), and the last of
    what was done to it, that one included.
    """
    began, kept = 0, deque[StoredRecord](maxlen=most)
    for stored in _acts(tx):
        detail = stored.record.detail
        did = str(detail.get("did", ""))
        if detail.get("login") != login or not did.startswith(_ABOUT_A_PERSON):
            continue
        if did == "user add":
            began = stored.number
            kept.clear()
        kept.append(stored)
    return began, list(kept)


def _acts(tx: Transaction) -> Iterator[StoredRecord]:
    query = LogQuery(action=Action.ADMIN, limit=PAGE)
    while page := tx.log.search(query):
        yield from page
        query = LogQuery(action=Action.ADMIN, limit=PAGE, after_number=page[-1].number)


def _told(stored: StoredRecord) -> OwnRecord:
    record = stored.record
    did = record.detail.get("did")
    return OwnRecord(
        stored.number,
        stored.at_us,
        str(did) if did else record.action,
        record.outcome,
        record.actor,
        record.origin.door,
        record.origin.address,
        record.origin.client,
        record.mailbox,
        {name: record.detail[name] for name in _FACTS if name in record.detail},
    )
