"""Who may come in, who is in, and who must leave (api.SignIn).

Must never tell a stranger why a sign-in failed (the access log knows), nor know what a session
does.

Invariants
- A sign-in succeeds only after its record is committed, and the account is looked at again in that
  very transaction: one that was disabled meanwhile does not come in.
- Who asks for one mailbox and has no grant for it is a stranger to it, at every door: in answer and
  in time there is no such mailbox. Who has no grant at all is told that, once the password is
  right, whichever was asked for.
- A session whose account is disabled, removed, or has another role or other grants, or that comes
  from outside of the account's networks, is ended at the next ``refresh``; so is one that began
  with a password that has changed or opens that door no more, or with an application password that
  was removed, and no other. One that registers is looked at again soon, so that no change can fall
  between signing in and registering.
- An application password is right by one look at the database, before any queue or delay, and only
  where it lets somebody in: everything else goes the way of a wrong password.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxyd.domain.app_passwords import AppPassword, is_needed_for_mail
from proxyd.domain.errors import (
    Busy,
    NeedsAppPassword,
    NoMailboxYet,
    NothingToSendFrom,
    ReadsNoMail,
    SignInFailed,
    StoreUnavailable,
)
from proxyd.domain.networks import admits
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.roles import MAIL_DOORS
from proxyd.domain.types import Account, Origin
from proxyd.domain.user_name import SigningIn, signing_in
from proxyd.service.accounts.attempts import Attempts
from proxyd.service.accounts.renewed_hashes import RenewedHashes
from proxyd.service.accounts.verdict import (
    LEFT,
    NEEDS_APP_PASSWORD,
    NO_MAILBOX,
    NOTHING_TO_SEND_FROM,
    READS_NO_MAIL,
    TOLD,
    Verdict,
    app_password_of,
    barred,
    record_of,
    verdict_on,
)
from proxyd.service.api.sign_in import OpenSession
from proxyd.service.password_checks import PasswordChecks

# Between two looks for changes by another process: a disabled person's sessions must end within a
# second (promise 7), and closing them takes a moment too.
WATCH_S = 0.25

# Sign-ins that have not registered a session (yet, or never: a probe).
FRESH_SIGN_INS = 1024

_log = logging.getLogger(__name__)


async def _at_once() -> None:
    """For who brings nothing into force."""


def _unheard(_origin: Origin, _reason: str, _login: str) -> None:
    """For who tells nobody of refusals."""


@dataclass(frozen=True, slots=True)
class _State:
    """Accounts as they are now: by id, each with its password hash; and the ids of the application
    passwords that there are.
    """

    epoch: int
    accounts: dict[int, tuple[Account, str]]
    app_passwords: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Entry:
    """How somebody came in: with which password (their own, or an application password), from where
    and by which door. Who is not known any more by it is outside of all networks.
    """

    password_hash: str = ""
    address: str = ""
    door: str = ""
    app_password: int | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is behind what was typed. ``app``: the application password, where it lets
    somebody in; ``wanted``: the person's own password would.
    """

    typed: SigningIn
    found: tuple[Account, str] | None
    app: AppPassword | None
    wanted: bool


class Accounts:
    def __init__(
        self,
        store: Database,
        checks: PasswordChecks,
        *,
        attempts: Attempts | None = None,
        told: Callable[[str], None] = lambda _outcome: None,
        in_force: Callable[[], Awaitable[None]] = _at_once,
        refused: Callable[[Origin, str, str], None] = _unheard,
    ) -> None:
        """``told``: how a sign-in came out: ok, refused, busy (not looked at), or left (nobody
        waited for the answer). ``refused`` hears of each refused one, once it is recorded: from
        where, the verdict's reason, and the login where there is such an account. ``in_force``
        returns when what was told to ``on_change`` listeners is in force.
        """
        self._refused = refused
        self._store = store
        self._checks = checks
        self._attempts = attempts or Attempts(checks)
        self._hashes = RenewedHashes()
        self._told = told
        self._in_force = in_force
        self._fresh: OrderedDict[int, tuple[Account, _Entry]] = OrderedDict()
        self._sessions: dict[int, dict[OpenSession, tuple[Account, _Entry]]] = {}
        self._state = _State(-1, {})
        self._clients: dict[int, str] = {}  # as told last; bounded by application passwords
        self._look_again = False
        self._late: set[asyncio.Future[None]] = set()
        self._listeners: list[Callable[[], None]] = []

    # ------------------------------------------------------------ signing in

    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        """See api.SignIn."""

        seen = await self._store.read(lambda tx: _seen(tx, login, password, origin))
        typed = seen.typed
        try:
            verdict = await self._verdict(seen, origin)
        except Busy:
            self._told("busy")
            raise
        except asyncio.CancelledError:  # who does not wait for the answer has made the work for it
            self._attempts.failed(typed, origin.address)
            self._told("left")
            raise
        self._note(typed, origin, verdict)
        if verdict.reason == NOTHING_TO_SEND_FROM:
            raise NothingToSendFrom
        if verdict.reason == READS_NO_MAIL:
            raise ReadsNoMail
        if verdict.reason == NO_MAILBOX:
            raise NoMailboxYet
        if verdict.reason == NEEDS_APP_PASSWORD:
            raise NeedsAppPassword
        if verdict.reason or verdict.account is None:
            raise SignInFailed
        app = verdict.app_password.id if verdict.app_password is not None else None
        entry = _Entry(verdict.password_hash, origin.address, origin.door, app)
        self._remember(verdict.account, entry)
        await self._catch_up(verdict.account)
        return verdict.account

    async def _verdict(self, seen: _Seen, origin: Origin) -> Verdict:
        """It is on record when this returns. Raises Busy, StoreUnavailable."""
        typed, wanted = seen.typed, seen.wanted
        password_hash = seen.found[1] if seen.found is not None else None
        meant = None
        if seen.app is None:
            try:
                meant = await self._attempts.right(
                    typed, password_hash, trusted=wanted, address=origin.address
                )
            except asyncio.CancelledError:
                self._record_left(typed, origin)
                raise
        verified = password_hash if meant is not None else None
        renewed = await self._renewed(meant, password_hash) if wanted else ""

        def decide(tx: Transaction) -> Verdict:
            verdict = verdict_on(tx, typed, verified, origin, self._hashes.same)
            tx.log.append([record_of(typed, origin, verdict)])
            if verdict.app_password is not None and not verdict.reason:
                tx.app_passwords.used(verdict.app_password.id, origin)
            if renewed and verdict.account is not None and verdict.password_hash == verified:
                tx.accounts.set_password(verdict.account.id, renewed)
            return verdict

        if renewed and verified:
            self._hashes.note(verified, renewed)  # before anybody can see the new one
        return await self._store.write(decide)

    def _record_left(self, typed: SigningIn, origin: Origin) -> None:
        """Nobody waits for it any more: not for the record, either."""
        record = record_of(typed, origin, Verdict(None, "", LEFT))
        writing = asyncio.ensure_future(self._store.write(lambda tx: tx.log.append([record])))
        self._late.add(writing)
        writing.add_done_callback(self._recorded_late)

    def _recorded_late(self, writing: asyncio.Future[None]) -> None:
        self._late.discard(writing)
        if not writing.cancelled() and (error := writing.exception()) is not None:
            _log.warning("a sign-in that was given up is not recorded: %s", error)

    def _note(self, typed: SigningIn, origin: Origin, verdict: Verdict) -> None:
        """For the next attempts, the metrics, and who listens.

        An application password makes nobody known at a place: whoever has a stolen phone's would
        guess the person's own in between, and each success would forgive the failures before it.
        """
        if verdict.reason in ("", *TOLD):
            if verdict.app_password is None:
                self._attempts.succeeded(typed, origin.address)
        else:
            self._attempts.failed(typed, origin.address)
        self._told("refused" if verdict.reason else "ok")
        if verdict.reason:
            self._refused(origin, verdict.reason, verdict.account.login if verdict.account else "")

    async def _renewed(self, password: str | None, password_hash: str | None) -> str:
        """A hash of what is right with the parameters that count now; "" where it has them."""
        if password is None or password_hash is None or not self._checks.outdated(password_hash):
            return ""
        return await self._checks.hashed(password)

    async def _catch_up(self, account: Account) -> None:
        """Who was added, or given a mailbox, a moment ago by another process finds it so."""
        known, _ = self._state.accounts.get(account.id, (None, ""))
        if known != account:
            await self.refresh()
        await self._in_force()

    def _remember(self, account: Account, entry: _Entry) -> None:
        """By identity: ``register`` gets the very account that ``sign_in`` returned."""
        self._fresh[id(account)] = (account, entry)
        if len(self._fresh) > FRESH_SIGN_INS:
            self._fresh.popitem(last=False)

    def still_opens(self, account: Account) -> Callable[[Transaction], bool]:
        """For a later transaction: is what ``sign_in`` returned this very account for still the
        person's password? Whoever has waited too long is told no.
        """
        _, entry = self._fresh.get(id(account), (account, _Entry()))

        def still(tx: Transaction) -> bool:
            found = tx.accounts.find(account.login)
            if found is None or found[0].id != account.id:
                return False
            return self._hashes.same(entry.password_hash, found[1])

        return still

    def knows(self, address: str) -> bool:
        """See api.SignIn."""
        return self._attempts.knows(address)

    # ------------------------------------------------------------ who is in

    def register(self, account: Account, session: OpenSession) -> None:
        _, entry = self._fresh.get(id(account), (account, _Entry()))
        self._sessions.setdefault(account.id, {})[session] = (account, entry)
        self._look_again = True

    async def identified(self, account: Account, session: OpenSession, client: str) -> None:
        """See api.SignIn. What a client is called is worth no refusal."""
        _, entry = self._sessions.get(account.id, {}).get(session, (account, _Entry()))
        app = entry.app_password
        if app is None or self._clients.get(app) == client:
            return
        self._clients[app] = client
        try:
            await self._store.write(lambda tx: tx.app_passwords.named_client(app, client))
        except (StoreUnavailable, Busy) as error:
            _log.warning("cannot write down the client of an application password: %s", error)

    def unregister(self, account: Account, session: OpenSession) -> None:
        sessions = self._sessions.get(account.id, {})
        sessions.pop(session, None)
        if not sessions:
            self._sessions.pop(account.id, None)

    def sessions(self) -> dict[int, int]:
        """How many sessions each account has open."""
        return {account_id: len(sessions) for account_id, sessions in self._sessions.items()}

    def with_own_password(self, account_id: int) -> int:
        """How many mail sessions of that person began with the own password."""
        entries = [entry for _, entry in self._sessions.get(account_id, {}).values()]
        mail = [one for one in entries if one.door in MAIL_DOORS]
        return sum(one.app_password is None for one in mail)

    def end_all(self, reason: str) -> None:
        """The server stops."""
        for session in [s for sessions in self._sessions.values() for s in sessions]:
            session.end(reason)

    # ------------------------------------------------------------ changes

    def all(self) -> list[Account]:
        """As of the last ``refresh``, by login."""
        return [account for account, _ in self._state.accounts.values()]

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each refresh that found accounts, grants or mailboxes changed."""
        self._listeners.append(listener)

    async def refresh(self) -> None:
        """Take in what changed; end the sessions that it concerns."""
        known, look_again = self._state, self._look_again
        self._look_again = False

        def load(tx: Transaction) -> _State:
            epoch = tx.mailboxes.epoch()
            if epoch == known.epoch:
                return known
            hashes = tx.accounts.password_hashes()
            people = {a.id: (a, hashes[a.id]) for a in tx.accounts.all()}
            return _State(epoch, people, tx.app_passwords.ids())

        try:
            state = await self._store.read(load)
        except BaseException:
            self._look_again = self._look_again or look_again
            raise
        changed = state is not known
        if changed and state.epoch > self._state.epoch:
            self._state = state
        if changed or look_again:
            self._end_outdated()
        if changed:
            for listener in self._listeners:
                listener()

    async def watch_changes(
        self,
        interval: float = WATCH_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """For ever: notice within ``interval`` what the command line changed."""
        missed = True  # whatever happened before the first look
        while True:
            try:
                missed = await self._store.changed_by_others() or missed
                if missed or self._look_again:
                    await self.refresh()
                    missed = False
            except (StoreUnavailable, Busy) as error:
                if not missed:  # said once, not four times a second
                    _log.warning("cannot look for changed accounts: %s", error)
                missed = True
            await sleep(interval)

    def _end_outdated(self) -> None:
        outdated = [
            (session, reason)
            for sessions in self._sessions.values()
            for session, (account, entry) in sessions.items()
            if (reason := self._outdated(account, entry))
        ]
        for session, reason in outdated:
            session.end(reason)

    def _outdated(self, account: Account, entry: _Entry) -> str:
        """Why a session of ``account`` as it was cannot go on, as a key of the replies; or ""."""
        now, hash_now = self._state.accounts.get(account.id, (None, ""))
        if now is None or now.disabled:
            return "disabled"
        if reason := self._shut(now, hash_now, entry):
            return reason
        if not admits(now.networks, entry.address):
            return "grants"
        if list(now.grants.items()) != list(account.grants.items()) or now.role != account.role:
            return "grants"
        return ""

    def _shut(self, now: Account, hash_now: str, entry: _Entry) -> str:
        """Whether what let somebody in does so no more, and why."""
        if entry.app_password is not None:
            there = entry.app_password in self._state.app_passwords
            return "" if there else "app-password-removed"
        if entry.password_hash and not self._hashes.same(hash_now, entry.password_hash):
            return "password"
        needed = is_needed_for_mail(now) and entry.door in MAIL_DOORS
        return "app-password-needed" if needed else ""


def _seen(tx: Transaction, login: str, password: str, origin: Origin) -> _Seen:
    mailboxes = tx.mailboxes.all() if "@" in login else ()
    at = {at.lower(): box.name for box in mailboxes for at in box.addresses}
    typed = signing_in(login, password, at)
    found = tx.accounts.find(typed.login)
    account = found[0] if found is not None else None
    app = app_password_of(tx, typed, account)
    if account is None:
        return _Seen(typed, found, None, wanted=False)
    if app is not None and barred(tx, account, typed.mailbox, origin, app):
        app = None
    wanted = not barred(tx, account, typed.mailbox, origin, None)
    return _Seen(typed, found, app, wanted=wanted)
