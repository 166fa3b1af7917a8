"""Signing in by the organisation's identity provider (docs/decisions/061-single-sign-on.md).

Must never tell a browser why somebody does not come in (the access log knows), and never keep a
token: what is kept is who is whom.

Invariants
- An account must exist. Its login is looked for once; from then on it belongs to the provider's
  (issuer, sub), so whoever is renamed there, or is given a former colleague's name, does not come
  in as somebody else.
- Each sign-in, refusal and binding is one transaction with its record, and the account is looked at
  in that very transaction: one that was disabled meanwhile does not come in.
- Who comes back without having been sent, a second time, too late or with another browser is
  refused before the provider is asked anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from proxyd.domain.bounded import Bounded
from proxyd.domain.errors import (
    BadInput,
    NotFound,
    ProviderUnavailable,
    SingleSignOnRefused,
)
from proxyd.domain.events import Action
from proxyd.domain.networks import admits
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.identities import Binding, IdentityProvider
from proxyd.domain.single_sign_on import (
    Identity,
    Returned,
    Rules,
    Way,
    check_required,
    gave_second_factor,
    login_of,
)
from proxyd.domain.types import Account, Clock, LogRecord, Origin
from proxyd.domain.web_session import PROVIDER_FACTOR, SINGLE_SIGN_ON
from proxyd.service.accounts.ways_there import WaysThere, random_word
from proxyd.service.accounts.web_sessions import end_web_sessions
from proxyd.service.actor import Actor

# Messages of the provider's that are remembered, so that none counts twice: of two minutes.
MESSAGES_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class SentAway:
    """``address``: where the browser goes. ``browser``: what its cookie has to hold."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Came:
    """Who came back, with which factors, and to which page of ours they wanted. Where the provider
    asked for no second factor, the session that begins asks for the person's own, if there is one.
    """

    account: Account
    factors: tuple[str, ...]
    where: str

    def still(self, tx: Transaction) -> bool:
        """In a later transaction: nobody has unbound them meanwhile."""
        return tx.identities.of(self.account.id) is not None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """``reason`` is "" where they come in."""

    account: Account | None
    login: str
    reason: str = ""
    bind: bool = False


def _unheard(_origin: Origin, _reason: str, _login: str) -> None:
    """For who tells nobody of refusals."""


class SingleSignOn:
    def __init__(
        self,
        store: Database,
        provider: IdentityProvider,
        rules: Rules,
        clock: Clock,
        *,
        told: Callable[[str], None] = lambda _outcome: None,
        refused: Callable[[Origin, str, str], None] = _unheard,
        word: Callable[[], str] = random_word,
    ) -> None:
        """``told``, ``refused``: as those of Accounts, of sign-ins with nothing typed."""
        self._told = told
        self._refused = refused
        self._store = store
        self._provider = provider
        self._rules = rules
        self._ways = WaysThere(clock, word)
        self._messages: Bounded[bool] = Bounded(MESSAGES_REMEMBERED)

    # ------------------------------------------------------------ there and back

    async def begin(self, redirect: str, where: str, origin: Origin) -> SentAway:
        """Raises ProviderUnavailable, which is on record by then."""
        way = self._ways.begin(redirect, where, origin.address)
        try:
            return SentAway(await self._provider.address(way), way.browser)
        except ProviderUnavailable as error:
            self._ways.take(way.state)
            await self._record(_record(origin, "", error.reason, outcome="failed"))
            raise

    async def finish(self, returned: Returned, browser: str, origin: Origin) -> Came:
        """Raises SingleSignOnRefused, ProviderUnavailable; each is on record by then."""
        try:
            way = self._expected(returned, browser)
            identity = await self._provider.identity(way, returned)
        except SingleSignOnRefused as error:
            await self._record(_record(origin, "", error.reason))
            self._tell_refused(origin, error.reason, "")
            raise
        except ProviderUnavailable as error:
            await self._record(_record(origin, "", error.reason, outcome="failed"))
            raise
        return await self._store_coming(identity, way, origin)

    def _expected(self, returned: Returned, browser: str) -> Way:
        way = self._ways.take(returned.state)
        if way is None:
            raise SingleSignOnRefused("not expected")
        if not browser.isascii() or not secrets.compare_digest(way.browser, browser):
            raise SingleSignOnRefused("another browser")
        return way

    async def _store_coming(self, identity: Identity, way: Way, origin: Origin) -> Came:
        second = gave_second_factor(identity, self._rules)
        factors = (SINGLE_SIGN_ON, PROVIDER_FACTOR) if second else (SINGLE_SIGN_ON,)

        def work(tx: Transaction) -> _Verdict:
            verdict = self._verdict(tx, identity, origin)
            account = verdict.account
            if verdict.reason or account is None:
                tx.log.append([_record(origin, verdict.login, verdict.reason, identity)])
                return verdict
            if verdict.bind:
                tx.identities.bind(account.id, identity.issuer, identity.subject)
                tx.log.append([_bound(origin, account, identity)])
            tx.identities.used(account.id)
            tx.log.append([_record(origin, account.login, "", factors=factors)])
            return verdict

        verdict = await self._store.write(work)
        if verdict.reason or verdict.account is None:
            known = verdict.account.login if verdict.account is not None else ""
            self._tell_refused(origin, verdict.reason, known)
            raise SingleSignOnRefused(verdict.reason)
        self._told("ok")
        return Came(verdict.account, factors, way.where)

    def _verdict(self, tx: Transaction, identity: Identity, origin: Origin) -> _Verdict:
        binding = tx.identities.find(identity.issuer, identity.subject)
        account, login = None, ""
        try:
            check_required(identity, self._rules)
            if binding is not None:
                account = _bound_to(tx, binding)
            else:
                login = login_of(identity, self._rules)
                found = tx.accounts.find(login)
                account = found[0] if found is not None else None
        except SingleSignOnRefused as error:
            return _Verdict(None, login, error.reason)
        if account is None:
            return _Verdict(None, login, "unknown")
        if account.disabled or account.left_us is not None:
            return _Verdict(account, account.login, "disabled")
        if not admits(account.networks, origin.address):
            return _Verdict(account, account.login, "network")
        if binding is None and tx.identities.of(account.id) is not None:
            return _Verdict(account, account.login, "bound to another")
        return _Verdict(account, account.login, bind=binding is None)

    def _tell_refused(self, origin: Origin, reason: str, login: str) -> None:
        """Once it is on record."""
        self._told("refused")
        self._refused(origin, f"{SINGLE_SIGN_ON}-{reason.replace(' ', '-')}", login)

    # ------------------------------------------------------------ signing out

    async def sign_out_address(self, back: str) -> str:
        """Of the provider's page for it; "" where it has none, or does not answer."""
        try:
            return await self._provider.sign_out_address(back)
        except ProviderUnavailable:
            return ""

    async def signed_out(self, token: str, origin: Origin) -> Account | None:
        """By a message of the provider's, the sessions end that began with it. Whose; None:
        nobody's here. Raises SingleSignOnRefused (it is none, or came twice), ProviderUnavailable.
        """
        try:
            said = await self._provider.signed_out(token)
            if self._messages.get(said.once) is not None:
                raise SingleSignOnRefused("sent twice")
        except SingleSignOnRefused as error:
            record = replace(_record(origin, "", error.reason), action=Action.LOGOUT)
            await self._record(record)
            raise
        self._messages.put(said.once, value=True, cost=1)

        def work(tx: Transaction) -> Account | None:
            account = _bound_to(tx, tx.identities.find(said.issuer, said.subject))
            if account is not None:
                told = _record(origin, account.login, "")
                tx.log.append([replace(told, action=Action.LOGOUT)])
                by = Actor(account.login, origin)
                end_web_sessions(tx, account, "signed-out-there", by, factor=SINGLE_SIGN_ON)
            return account

        return await self._store.write(work)

    # ------------------------------------------------------------ who is whom

    async def of(self, account_id: int) -> Binding | None:
        return await self._store.read(lambda tx: tx.identities.of(account_id))

    async def unbind(self, login: str, *, by: Actor) -> Account:
        """Raises NotFound, BadInput for who is bound to nobody."""
        return await unbind(self._store, login, by=by)

    async def _record(self, record: LogRecord) -> None:
        await self._store.write(lambda tx: tx.log.append([record]))


async def binding_of(store: Database, login: str) -> tuple[Account, Binding | None]:
    """Raises NotFound."""

    def work(tx: Transaction) -> tuple[Account, Binding | None]:
        account = _found(tx, login)
        return account, tx.identities.of(account.id)

    return await store.read(work)


async def unbind(store: Database, login: str, *, by: Actor) -> Account:
    """The login is looked for anew when they sign in next; sessions that began there end.
    Raises NotFound; BadInput where nothing is bound.
    """

    def work(tx: Transaction) -> Account:
        account = _found(tx, login)
        if not tx.identities.unbind(account.id):
            problem = "is bound to nobody at the identity provider"
            raise BadInput(f"user {account.login}", problem, "nothing is to be done")
        facts = {"did": "user single-sign-on unbound", "login": account.login}
        tx.log.append([by.record(Action.ADMIN, facts)])
        end_web_sessions(tx, account, "unbound", by, factor=SINGLE_SIGN_ON)
        return account

    return await store.write(work)


def _bound_to(tx: Transaction, binding: Binding | None) -> Account | None:
    if binding is None:
        return None
    return next((one for one in tx.accounts.all() if one.id == binding.account_id), None)


def _found(tx: Transaction, login: str) -> Account:
    login = login.strip().lower()
    found = tx.accounts.find(login)
    if found is None:
        raise NotFound("user", login)
    return found[0]


def _record(
    origin: Origin,
    login: str,
    reason: str,
    identity: Identity | None = None,
    *,
    factors: tuple[str, ...] = (),
    outcome: str = "refused",
) -> LogRecord:
    detail: dict[str, object] = {"way": SINGLE_SIGN_ON}
    if reason:
        detail["reason"] = reason
    if identity is not None:  # whom an admin may have to look for there
        detail["subject"] = identity.subject
    if factors:
        detail["factors"] = list(factors)
    return LogRecord(
        action=Action.LOGIN,
        outcome=outcome if reason else "ok",
        actor=login,
        origin=origin,
        detail=detail,
    )


def _bound(origin: Origin, account: Account, identity: Identity) -> LogRecord:
    facts = {
        "did": "user single-sign-on bound",
        "login": account.login,
        "issuer": identity.issuer,
        "subject": identity.subject,
    }
    return Actor(account.login, origin).record(Action.ADMIN, facts)
