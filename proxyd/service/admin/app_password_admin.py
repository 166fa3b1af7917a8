"""Giving and taking away application passwords: for the command line and the web pages.

Each change and its record in the access log are one transaction. The password is made here,
returned once, and kept nowhere: the store gets its digest. Who may call this is the caller's
business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from proxyd.domain.alike_names import single_spaced
from proxyd.domain.app_passwords import (
    MOST,
    AppPassword,
    Scope,
    digest_of,
    made_secret,
    scopes_of,
    secret_in,
)
from proxyd.domain.errors import AlreadyExists, BadInput, NotFound
from proxyd.domain.events import Action
from proxyd.domain.nearly import close_to
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.roles import may_have_grants, reads_mail
from proxyd.domain.types import Account
from proxyd.service.actor import Actor
from proxyd.service.admin.admin_input import checked_device


@dataclass(frozen=True, slots=True)
class NewAppPassword:
    """``secret`` is shown once; nobody has it any more afterwards."""

    account: Account
    app_password: AppPassword
    secret: str = field(repr=False)


class AppPasswordAdmin:
    def __init__(
        self, store: Database, refresh: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """``refresh`` (Accounts.refresh) lets a removal take effect in this process at once."""
        self._store = store
        self._refresh = refresh

    async def of(self, login: str) -> tuple[Account, list[AppPassword]]:
        """In the order in which they were made. Raises NotFound."""

        def listed(tx: Transaction) -> tuple[Account, list[AppPassword]]:
            account = _account(tx, login)
            return account, tx.app_passwords.of(account.id)

        return await self._store.read(listed)

    async def check(self, login: str, name: str) -> None:
        """Whether ``add`` would do it, as things are now. Raises as that."""
        name = checked_device(name)
        await self._store.read(lambda tx: _check_possible(tx, _account(tx, login), name))

    async def add(
        self, login: str, name: str, *, by: Actor, scopes: Iterable[Scope] = tuple(Scope)
    ) -> NewAppPassword:
        """``name``: of the device. Raises BadInput, NotFound, AlreadyExists."""
        name, ordered = checked_device(name), scopes_of(scopes)
        if not ordered:
            raise BadInput("scope", "there is none", "write imap, smtp or both")
        secret = made_secret()
        digest = digest_of(secret_in(secret) or "")

        def add(tx: Transaction) -> NewAppPassword:
            account = _account(tx, login)
            _check_possible(tx, account, name)
            made = tx.app_passwords.add(account.id, name, ordered, digest)
            tx.log.append([by.record(Action.ADMIN, _facts("app-password add", account, made))])
            return NewAppPassword(account, made, secret)

        done = await self._store.write(add)
        await self._in_force()
        return done

    async def remove(self, login: str, which: str, *, by: Actor) -> AppPassword:
        """``which``: its number or its name. Sessions that it opened end within a second, and no
        others. Raises NotFound.
        """

        def remove(tx: Transaction) -> AppPassword:
            account = _account(tx, login)
            found = _chosen(tx.app_passwords.of(account.id), which)
            self._remove(tx, account, [found], by)
            return found

        removed = await self._store.write(remove)
        await self._in_force()
        return removed

    async def remove_all(self, login: str, *, by: Actor) -> list[AppPassword]:
        """Raises NotFound where there is no such person."""

        def remove(tx: Transaction) -> list[AppPassword]:
            account = _account(tx, login)
            found = tx.app_passwords.of(account.id)
            self._remove(tx, account, found, by)
            return found

        removed = await self._store.write(remove)
        await self._in_force()
        return removed

    def _remove(
        self, tx: Transaction, account: Account, removed: Sequence[AppPassword], by: Actor
    ) -> None:
        for one in removed:
            tx.app_passwords.remove(one.id)
        did = "app-password remove"
        tx.log.append([by.record(Action.ADMIN, _facts(did, account, one)) for one in removed])

    async def _in_force(self) -> None:
        if self._refresh is not None:
            await self._refresh()


def _facts(did: str, account: Account, one: AppPassword) -> dict[str, object]:
    return {
        "did": did,
        "login": account.login,
        "app_password": one.name,
        "app_password_number": one.id,
        "scopes": list(one.scopes),
    }


def _account(tx: Transaction, login: str) -> Account:
    login = login.strip().lower()
    found = tx.accounts.find(login)
    if found is None:
        raise NotFound("user", login)
    return found[0]


def _check_possible(tx: Transaction, account: Account, name: str) -> None:
    """Raises BadInput; AlreadyExists also where the names differ in capitals alone, as one takes
    the other's place in people's heads.
    """
    if not reads_mail(account):
        raise BadInput(
            f"user {account.login}",
            "reads no mail, so an application password would open nothing",
            _first(account),
        )
    there = tx.app_passwords.of(account.id)
    if name.casefold() in {one.name.casefold() for one in there}:
        raise AlreadyExists(name)
    if len(there) >= MOST:
        instead = f"remove those that nobody uses: proxyd app-password list {account.login}"
        raise BadInput(f"user {account.login}", f"has {MOST} application passwords", instead)


def _first(account: Account) -> str:
    if may_have_grants(account.role):
        return f"give a shared mailbox first: proxyd user grant {account.login} MAILBOX:respond"
    return "give the mailbox to another login of that person"


def _chosen(there: Sequence[AppPassword], which: str) -> AppPassword:
    """A name is never a number. Raises NotFound."""
    wanted = unicodedata.normalize("NFC", single_spaced(which))
    for one in there:
        if wanted.casefold() == one.name.casefold() or wanted == str(one.id):
            return one
    near = close_to(wanted, [one.name for one in there])
    raise NotFound("application password", wanted, near)
