"""Adding and removing people, and what they may do: for the command line and the web pages.

Each change and its record in the access log are one transaction. Must never keep, log or return a
password, except the one it made itself, once. Who may call this is the caller's business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from proxyd.domain.errors import AlreadyExists, BadInput, Gathering, NotFound
from proxyd.domain.events import Action
from proxyd.domain.nearly import instead_of
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Right, Role, SharedMailbox
from proxyd.service.actor import Actor
from proxyd.service.admin.admin_input import (
    checked_login,
    checked_name,
    checked_password,
    generated_password,
)
from proxyd.service.password_checks import PasswordChecks


@dataclass(frozen=True, slots=True)
class NewPassword:
    """``generated`` is the password where it was made here, to be shown once; else None."""

    account: Account
    generated: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account with the names of the mailboxes it may use, in the order of its folder tree."""

    account: Account
    grants: Mapping[str, Right]


class AccountAdmin:
    def __init__(
        self,
        store: Database,
        checks: PasswordChecks,
        refresh: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``refresh`` (Accounts.refresh) lets a change take effect in this process at once."""
        self._store = store
        self._checks = checks
        self._refresh = refresh

    async def all(self) -> list[ListedAccount]:
        """By login."""

        def listed(tx: Transaction) -> list[ListedAccount]:
            names = {mailbox.id: mailbox.name for mailbox in tx.mailboxes.all()}
            return [
                ListedAccount(account, {names[m]: right for m, right in account.grants.items()})
                for account in tx.accounts.all()
            ]

        return await self._store.read(listed)

    async def add(
        self,
        login: str,
        name: str,
        *,
        by: Actor,
        role: Role = Role.STAFF,
        grants: Mapping[str, Right] | None = None,
        password: str | None = None,
    ) -> NewPassword:
        """``grants`` by mailbox name, in the order of the folder tree. A password is made if none
        is given. Raises BadInput, AlreadyExists, NotFound (mailbox).
        """
        login, name = _checked(login, name, password)
        wanted = dict(grants or {})
        given, password_hash = await self._password(password)

        def add(tx: Transaction) -> Account:
            if tx.accounts.find(login) is not None:
                raise AlreadyExists(login)
            mailboxes = [(_mailbox(tx, word), right) for word, right in wanted.items()]
            account = tx.accounts.add(login, name, str(role), password_hash)
            for mailbox, right in mailboxes:
                tx.accounts.grant(account.id, mailbox.id, right)
            words = {mailbox.name: right.word for mailbox, right in mailboxes}
            facts = {"login": login, "name": name, "role": str(role), "grants": words}
            tx.log.append([by.record(Action.ADMIN, {"did": "user add", **facts})])
            return replace(account, grants={mailbox.id: right for mailbox, right in mailboxes})

        return NewPassword(await self._changed(add), given)

    async def set_password(
        self, login: str, *, by: Actor, password: str | None = None
    ) -> NewPassword:
        """Open sessions end. Raises BadInput, NotFound."""
        given, password_hash = await self._password(password)

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_password(account.id, password_hash)
            return account

        return NewPassword(await self._change(login, by, "user password", change), given)

    async def rename(self, login: str, name: str, *, by: Actor) -> Account:
        name = checked_name(name)

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_name(account.id, name)
            return replace(account, name=name)

        return await self._change(login, by, "user rename", change, name=name)

    async def grant(self, login: str, mailbox: str, right: Right, *, by: Actor) -> Account:
        """A new grant, or another right for a known one. Raises NotFound."""

        def change(tx: Transaction, account: Account) -> Account:
            found = _mailbox(tx, mailbox)
            tx.accounts.grant(account.id, found.id, right)
            return replace(account, grants={**account.grants, found.id: right})

        return await self._change(login, by, "user grant", change, mailbox, right=right.word)

    async def revoke(self, login: str, mailbox: str, *, by: Actor) -> Account:
        """Raises NotFound, also where there is nothing to revoke."""

        def change(tx: Transaction, account: Account) -> Account:
            found = _mailbox(tx, mailbox)
            if found.id not in account.grants:
                raise NotFound("grant", mailbox)
            tx.accounts.revoke(account.id, found.id)
            kept = {m: right for m, right in account.grants.items() if m != found.id}
            return replace(account, grants=kept)

        return await self._change(login, by, "user revoke", change, mailbox)

    async def disable(self, login: str, *, by: Actor) -> Account:
        """Nobody comes in with this login any more, and who is in leaves within a second."""

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_disabled(account.id, True)  # noqa: FBT003 - as the port
            return replace(account, disabled=True)

        return await self._change(login, by, "user disable", change)

    async def enable(self, login: str, *, by: Actor) -> Account:
        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_disabled(account.id, False)  # noqa: FBT003 - as the port
            return replace(account, disabled=False)

        return await self._change(login, by, "user enable", change)

    async def away(self, login: str, until_us: int, *, by: Actor) -> Account:
        """No new work comes to this person until then (microseconds). Raises NotFound."""
        return await self._away(login, until_us, "user away", by)

    async def back(self, login: str, *, by: Actor) -> Account:
        """Raises NotFound."""
        return await self._away(login, None, "user back", by)

    async def _away(self, login: str, until_us: int | None, did: str, by: Actor) -> Account:
        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_away(account.id, until_us)
            return replace(account, away_until_us=until_us)

        return await self._change(login, by, did, change, until=str(until_us or ""))

    async def remove(self, login: str, *, by: Actor) -> Account:
        """The access log keeps the login."""

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.remove(account.id)
            return account

        return await self._change(login, by, "user remove", change)

    # ------------------------------------------------------------ shared steps

    async def _password(self, password: str | None) -> tuple[str | None, str]:
        """The password if it was made here, and the hash."""
        if password is None:
            made = generated_password()
            return made, await self._checks.hashed(made)
        return None, await self._checks.hashed(checked_password(password))

    async def _change(
        self,
        login: str,
        by: Actor,
        did: str,
        change: Callable[[Transaction, Account], Account],
        mailbox: str = "",
        **detail: str,
    ) -> Account:
        login = login.strip().lower()

        def work(tx: Transaction) -> Account:
            found = tx.accounts.find(login)
            if found is None:
                raise NotFound("user", login)
            changed = change(tx, found[0])
            facts = {"did": did, "login": login, **detail}
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=mailbox)])
            return changed

        return await self._changed(work)

    async def _changed(self, work: Callable[[Transaction], Account]) -> Account:
        account = await self._store.write(work)
        if self._refresh is not None:
            await self._refresh()
        return account


def _checked(login: str, name: str, password: str | None) -> tuple[str, str]:
    """Raises BadInput, Mistakes."""
    gathering = Gathering()
    found = (
        gathering.of(lambda: checked_login(login), ""),
        gathering.of(lambda: checked_name(name), ""),
    )
    if password is not None:
        gathering.of(lambda: checked_password(password), "")
    gathering.done()
    return found


def _mailbox(tx: Transaction, name: str) -> SharedMailbox:
    mailbox = tx.mailboxes.find(name)
    if mailbox is None:
        raise NotFound("mailbox", name)
    return mailbox


def parsed_grant(text: str) -> tuple[str, Right]:
    """``NAME:right`` as it is typed. Raises BadInput."""
    name, colon, word = text.rpartition(":")
    try:
        right = Right.of(word.strip())
    except ValueError:
        right = None
    if not colon or not name.strip() or right is None:
        near = word.strip() if colon and name.strip() else ""
        otherwise = "write NAME:read, :respond or :manage"
        instead = instead_of(near, [one.word for one in Right], otherwise)
        raise BadInput("grant", f"{text!r} is not one", instead)
    return name.strip(), right
