"""Adding and removing people, and what they may do: for the command line and the web pages.

Each change and its record in the access log are one transaction. Must never keep, log or return a
password, except the one it made itself, once. Who may call this is the caller's business.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from proxyd.domain.errors import AlreadyExists, BadInput, Gathering, NotFound, SignInFailed
from proxyd.domain.events import Action
from proxyd.domain.nearly import instead_of
from proxyd.domain.networks import parsed_networks
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.roles import may_have_grants
from proxyd.domain.types import Account, Right, Role, SharedMailbox
from proxyd.service.accounts.web_sessions import end_web_sessions
from proxyd.service.actor import Actor
from proxyd.service.admin.admin_input import (
    check_other,
    checked_login,
    checked_name,
    checked_password,
    generated_password,
)
from proxyd.service.admin.approvers import without_approver
from proxyd.service.admin.guessable import words_in
from proxyd.service.password_checks import PasswordChecks


def _whoever_asks(_tx: Transaction) -> bool:
    """For an admin, who needs to know no former password."""
    return True


@dataclass(frozen=True, slots=True)
class NewPassword:
    """``generated`` is the password where it was made here, to be shown once; else None.
    ``still``: for a later transaction, is it still the person's?
    """

    account: Account
    generated: str | None = field(default=None, repr=False)
    still: Callable[[Transaction], bool] = field(default=_whoever_asks, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account with the names of the mailboxes it may use, in the order of its folder tree, and
    how many application passwords it has.
    """

    account: Account
    grants: Mapping[str, Right]
    app_passwords: int = 0


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

    @property
    def checks(self) -> PasswordChecks:
        return self._checks

    async def all(self) -> list[ListedAccount]:
        """By login."""
        return await self._store.read(lambda tx: _listed(tx, tx.accounts.all()))

    async def listed(self, login: str) -> ListedAccount:
        """Raises NotFound."""

        def listed(tx: Transaction) -> ListedAccount:
            found = tx.accounts.find(login.strip().lower())
            if found is None:
                raise NotFound("user", login)
            return _listed(tx, [found[0]])[0]

        return await self._store.read(listed)

    async def without_approver(self) -> Mapping[str, int]:
        """Mailboxes whose mails nobody can approve, and how many wait there."""
        return await self._store.read(without_approver)

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
        words = () if password is None else await self._words(login, name)
        login, name = _checked(login, name, password, words)
        wanted = dict(grants or {})
        if wanted and not may_have_grants(role):
            raise _no_grants(login)
        given, password_hash = await self._password(password, words)

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
        self,
        login: str,
        *,
        by: Actor,
        password: str | None = None,
        only_if: Callable[[Transaction], bool] = _whoever_asks,
    ) -> NewPassword:
        """Open sessions end. ``only_if``: for who changes their own: does what they have shown a
        moment ago still count? An admin's new password is never undone so. Raises BadInput,
        NotFound, SignInFailed.
        """
        if only_if is _whoever_asks:
            check_other(login, by)
        words = () if password is None else await self._words(login)
        given, password_hash = await self._password(password, words)

        def change(tx: Transaction, account: Account) -> Account:
            if not only_if(tx):
                raise SignInFailed
            tx.accounts.set_password(account.id, password_hash)
            end_web_sessions(tx, account, "password", by)
            return account

        def still(tx: Transaction) -> bool:
            found = tx.accounts.find(changed.login)
            return found is not None and found[1] == password_hash

        changed = await self._change(login, by, "user password", change)
        return NewPassword(changed, given, still)

    async def rename(self, login: str, name: str, *, by: Actor) -> Account:
        name = checked_name(name)

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_name(account.id, name)
            return replace(account, name=name)

        return await self._change(login, by, "user rename", change, name=name)

    async def grant(self, login: str, mailbox: str, right: Right, *, by: Actor) -> Account:
        """A new grant, or another right for a known one. Raises NotFound, and BadInput
        for an auditor.
        """

        def change(tx: Transaction, account: Account) -> Account:
            if not may_have_grants(account.role):
                raise _no_grants(account.login)
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

    async def find(self, login: str) -> Account:
        """Raises NotFound."""
        login = login.strip().lower()
        found = await self._store.read(lambda tx: tx.accounts.find(login))
        if found is None:
            raise NotFound("user", login)
        return found[0]

    async def set_role(self, login: str, role: Role, *, by: Actor) -> Account:
        """Open sessions end. Raises NotFound; BadInput for who has grants and is to audit, and for
        who asks for themselves.
        """
        check_other(login, by)

        def change(tx: Transaction, account: Account) -> Account:
            if account.grants and not may_have_grants(role):
                names = [box.name for box in tx.mailboxes.all() if box.id in account.grants]
                raise _has_grants(account.login, names)
            tx.accounts.set_role(account.id, role)
            end_web_sessions(tx, account, "role", by)
            return replace(account, role=role)

        return await self._change(login, by, "user role", change, role=str(role))

    async def set_networks(self, login: str, texts: Sequence[str], *, by: Actor) -> Account:
        """``texts`` as typed; none: from anywhere. Sessions from elsewhere end within a second.
        Raises BadInput, Mistakes, NotFound.
        """
        networks = parsed_networks(texts)

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_networks(account.id, networks)
            return replace(account, networks=networks)

        told = " ".join(map(str, networks))
        return await self._change(login, by, "user networks", change, networks=told)

    async def set_app_passwords_only(self, login: str, *, only: bool, by: Actor) -> Account:
        """Whether the person's own password opens no mail door. Sessions that began with it end
        within a second where it does not any more. Raises NotFound.
        """

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_app_passwords_only(account.id, only)
            return replace(account, app_passwords_only=only)

        word = "on" if only else "off"
        return await self._change(login, by, "user app-passwords-only", change, only=word)

    async def disable(self, login: str, *, by: Actor) -> Account:
        """Nobody comes in with this login any more, and who is in leaves within a second. Raises
        NotFound, BadInput for one's own.
        """
        check_other(login, by)

        def change(tx: Transaction, account: Account) -> Account:
            tx.accounts.set_disabled(account.id, True)  # noqa: FBT003 - as the port
            end_web_sessions(tx, account, "disabled", by)
            return replace(account, disabled=True)

        return await self._change(login, by, "user disable", change)

    async def enable(self, login: str, *, by: Actor) -> Account:
        """With the password there is. Raises NotFound; BadInput for who has left and has none
        (leaving.py: ``take_back``).
        """

        def change(tx: Transaction, account: Account) -> Account:
            if account.left_us is not None:
                raise BadInput(
                    f"user {account.login}",
                    "has left, and has no password to come in with",
                    f"let them in again, with a new one: proxyd user return {account.login}",
                )
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
        """The access log keeps the login. Raises NotFound, BadInput for one's own."""
        check_other(login, by)

        def change(tx: Transaction, account: Account) -> Account:
            end_web_sessions(tx, account, "removed", by)
            tx.accounts.remove(account.id)
            return account

        return await self._change(login, by, "user remove", change)

    # ------------------------------------------------------------ shared steps

    async def _password(
        self, password: str | None, words: Collection[str]
    ) -> tuple[str | None, str]:
        """The password if it was made here, and the hash."""
        if password is None:
            made = generated_password()
            return made, await self._checks.hashed(made)
        return None, await self._checks.hashed(checked_password(password, words))

    async def _words(self, login: str, name: str = "") -> Collection[str]:
        """What somebody would try who knows the person and the mailboxes."""

        def told(tx: Transaction) -> list[str]:
            found = tx.accounts.find(login.strip().lower())
            boxes = tx.mailboxes.all()
            known = [text for box in boxes for text in (box.name, *box.addresses)]
            return [*known, login, name, found[0].name if found is not None else ""]

        return words_in(await self._store.read(told))

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


def _checked(
    login: str, name: str, password: str | None, words: Collection[str]
) -> tuple[str, str]:
    """Raises BadInput, Mistakes."""
    gathering = Gathering()
    found = (
        gathering.of(lambda: checked_login(login), ""),
        gathering.of(lambda: checked_name(name), ""),
    )
    if password is not None:
        gathering.of(lambda: checked_password(password, words), "")
    gathering.done()
    return found


def _listed(tx: Transaction, accounts: Sequence[Account]) -> list[ListedAccount]:
    names = {mailbox.id: mailbox.name for mailbox in tx.mailboxes.all()}
    devices = tx.app_passwords.counts()
    return [
        ListedAccount(
            account,
            {names[m]: right for m, right in account.grants.items()},
            devices.get(account.id, 0),
        )
        for account in accounts
    ]


def _no_grants(login: str) -> BadInput:
    return BadInput(
        f"user {login}",
        "an auditor reads the access log and no mail",
        "give the mailbox to another login of that person",
    )


def _has_grants(login: str, mailboxes: Sequence[str]) -> BadInput:
    revoking = "; ".join(f"proxyd user revoke {login} {shlex.quote(name)}" for name in mailboxes)
    return BadInput(
        f"user {login}",
        "an auditor reads the access log and no mail, and this login has a mailbox",
        f"take it away first: {revoking}",
    )


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
        otherwise = "write NAME:read, :respond, :respond-with-approval or :manage"
        instead = instead_of(near, [one.word for one in Right], otherwise)
        raise BadInput("grant", f"{text!r} is not one", instead)
    return name.strip(), right
