"""Everybody, a page at a time, and one person with all that an admin may know of them.

For the web pages. Where and when somebody signed in is read from the access log, so each look is on
record before it answers, as every question to it. Must never tell which mails somebody reads.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxyd.domain.app_passwords import AppPassword
from proxyd.domain.errors import NotFound
from proxyd.domain.events import Action
from proxyd.domain.passkey import Passkey
from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.identities import Binding
from proxyd.domain.second_factor import SecondFactor
from proxyd.domain.types import Account, Clock, Right, Role
from proxyd.domain.web_session import WebSession
from proxyd.service.actor import Actor

PAGE = 25  # people: a page that is read, and stays small on a telephone
SIGN_INS = 20  # the newest


class Standing(StrEnum):
    """Which people are looked for."""

    ACTIVE = "active"
    AWAY = "away"
    SHUT_OUT = "shut-out"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """Criteria are joined by AND. ``text``: words, each in name, login or a mailbox. ``after``,
    ``before``: a login, the page that follows or precedes it.
    """

    text: str = ""
    role: Role | None = None
    standing: Standing = Standing.ACTIVE
    mailbox: str = ""
    after: str = ""
    before: str = ""

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.role or self.mailbox) or self.standing is not Standing.ACTIVE


@dataclass(frozen=True, slots=True)
class PastSignIn:
    """As the log has it. ``reason``: why it was refused; "" where it was not."""

    at_us: int
    outcome: str
    door: str
    address: str
    client: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """``grants`` by the mailbox's name, in the order of the folder tree."""

    account: Account
    grants: Mapping[str, Right]
    last: PastSignIn | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """By login. ``before``, ``after``: whether somebody stands there."""

    people: Sequence[ListedPerson]
    mailboxes: Sequence[str]  # all there are
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """``sign_ins``: the newest first. ``mailboxes``: the names of all there are."""

    account: Account
    grants: Mapping[str, Right]
    mailboxes: Sequence[str]
    factor: SecondFactor
    passkeys: Sequence[Passkey]
    app_passwords: Sequence[AppPassword]
    web_sessions: Sequence[WebSession]
    sign_ins: Sequence[PastSignIn]
    is_away: bool
    binding: Binding | None  # who they are at the organisation's identity provider


class PeopleDirectory:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def page(self, query: PeopleQuery, *, by: Actor, most: int = PAGE) -> PeoplePage:
        """Raises StoreUnavailable, Busy."""
        await self._recorded({"did": "people"}, by)
        fits = _fitting(query, self._clock())

        def look(tx: Transaction) -> PeoplePage:
            names = {box.id: box.name for box in tx.mailboxes.all()}
            found = [
                (account, grants)
                for account in tx.accounts.all()
                if fits(account, grants := _by_name(account, names))
            ]
            shown, before, after = _portion(found, query, most)
            people = [ListedPerson(one, grants, _last(tx, one)) for one, grants in shown]
            return PeoplePage(people, sorted(names.values()), before, after)

        return await self._store.read(look)

    async def person(self, login: str, *, by: Actor) -> PersonFacts:
        """Raises NotFound, StoreUnavailable, Busy."""
        account = await self.find(login)
        await self._recorded({"did": "person", "login": account.login}, by)
        now_us = self._clock()

        def look(tx: Transaction) -> PersonFacts:
            account = _found(tx, login)
            names = {box.id: box.name for box in tx.mailboxes.all()}
            query = LogQuery(
                actor=account.login,
                action=Action.LOGIN,
                since_us=account.created_us,
                limit=SIGN_INS,
                newest_first=True,
            )
            sessions = tx.web_sessions.of(account.id)
            return PersonFacts(
                account,
                _by_name(account, names),
                sorted(names.values()),
                tx.second_factors.of(account.id),
                [row.passkey for row in tx.passkeys.of(account.id)],
                tx.app_passwords.of(account.id),
                [one for one in reversed(sessions) if not one.ended(now_us)],
                [_told(stored) for stored in tx.log.search(query)],
                account.is_away(now_us),
                tx.identities.of(account.id),
            )

        return await self._store.read(look)

    async def find(self, login: str) -> Account:
        """Raises NotFound."""
        return await self._store.read(lambda tx: _found(tx, login))

    async def mailboxes(self) -> list[str]:
        """Their names, in order."""
        boxes = await self._store.read(lambda tx: tx.mailboxes.all())
        return sorted(box.name for box in boxes)

    async def logins(self) -> frozenset[str]:
        """All that are taken."""
        accounts = await self._store.read(lambda tx: tx.accounts.all())
        return frozenset(one.login for one in accounts)

    async def _recorded(self, facts: Mapping[str, object], by: Actor) -> None:
        record = by.record(Action.AUDIT, facts)
        await self._store.write(lambda tx: tx.log.append([record]))


def _fitting(query: PeopleQuery, now_us: int) -> Callable[[Account, Mapping[str, Right]], bool]:
    words = _folded(query.text).split()

    def fits(account: Account, grants: Mapping[str, Right]) -> bool:
        if query.role is not None and account.role is not query.role:
            return False
        if query.mailbox and query.mailbox not in grants:
            return False
        if not _is_in(account, query.standing, now_us):
            return False
        text = _folded(" ".join((account.name, account.login, *grants)))
        return all(word in text for word in words)

    return fits


def _is_in(account: Account, standing: Standing, now_us: int) -> bool:
    if standing is Standing.ALL:
        return True
    if standing is Standing.SHUT_OUT:
        return account.disabled
    return not account.disabled and (standing is Standing.ACTIVE or account.is_away(now_us))


def _folded(text: str) -> str:
    """Capitals and full width count for nothing."""
    return unicodedata.normalize("NFKC", text).casefold()


def _portion(
    found: Sequence[tuple[Account, Mapping[str, Right]]], query: PeopleQuery, most: int
) -> tuple[Sequence[tuple[Account, Mapping[str, Right]]], bool, bool]:
    """Those of one page, and whether some stand before and after them."""
    logins = [account.login for account, _ in found]
    if query.before:
        end = sum(login < query.before for login in logins)
        start = max(0, end - most)
    else:
        start = sum(login <= query.after for login in logins) if query.after else 0
        end = min(len(found), start + most)
    return found[start:end], start > 0, end < len(found)


def _by_name(account: Account, names: Mapping[int, str]) -> dict[str, Right]:
    return {names[id_]: right for id_, right in account.grants.items() if id_ in names}


def _last(tx: Transaction, account: Account) -> PastSignIn | None:
    query = LogQuery(
        actor=account.login,
        action=Action.LOGIN,
        outcome="ok",
        since_us=account.created_us,
        limit=1,
        newest_first=True,
    )
    return next(map(_told, tx.log.search(query)), None)


def _told(stored: StoredRecord) -> PastSignIn:
    record = stored.record
    return PastSignIn(
        stored.at_us,
        record.outcome,
        record.origin.door,
        record.origin.address,
        record.origin.client,
        str(record.detail.get("reason", "")),
    )


def _found(tx: Transaction, login: str) -> Account:
    found = tx.accounts.find(login.strip().lower())
    if found is None:
        raise NotFound("user", login)
    return found[0]
