"""Who may come in, who is in, and who must leave (api.SignIn).

Must never tell a stranger why a sign-in failed (the access log knows), nor know what a session
does.

Invariants
- A sign-in succeeds only after its record is committed, and the account is looked at again in that
  very transaction: one that was disabled meanwhile does not come in.
- A session whose account is disabled, removed, or has another password or other grants is ended at
  the next ``refresh``; one that registers is looked at again soon, so that no change can fall
  between signing in and registering.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxyd.domain.errors import Busy, NothingToSendFrom, SignInFailed, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.login import LOGIN
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, LogRecord, Origin, Right
from proxyd.service.api.sign_in import OpenSession
from proxyd.service.password_checks import PasswordChecks

# Between two looks for changes by another process: a disabled person's sessions must end within a
# second (promise 7), and closing them takes a moment too.
WATCH_S = 0.25

# Sign-ins that have not registered a session (yet, or never: a probe).
FRESH_SIGN_INS = 1024

# Who knows the password and may send from nowhere is not let in there, and is told why: a door that
# opens onto nothing is one more place to try a stolen password at.
_SENDING_DOOR = "smtp"
_NOTHING_TO_SEND_FROM = "nothing-to-send-from"

_log = logging.getLogger(__name__)


async def _at_once() -> None:
    """For who brings nothing into force."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """``reason`` is "" for a sign-in that succeeds, else unknown, password, disabled or
    nothing-to-send-from.
    """

    account: Account | None
    password_hash: str
    reason: str


@dataclass(frozen=True, slots=True)
class _State:
    """Accounts as they are now: by id, each with its password hash."""

    epoch: int
    accounts: dict[int, tuple[Account, str]]


class Accounts:
    def __init__(
        self,
        store: Database,
        checks: PasswordChecks,
        *,
        in_force: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        """``in_force`` returns when what was told to ``on_change`` listeners is in force."""
        self._store = store
        self._checks = checks
        self._in_force = in_force
        self._fresh: OrderedDict[int, tuple[Account, str]] = OrderedDict()
        self._sessions: dict[int, dict[OpenSession, tuple[Account, str]]] = {}
        self._state = _State(-1, {})
        self._look_again = False
        self._listeners: list[Callable[[], None]] = []

    # ------------------------------------------------------------ signing in

    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        """See api.SignIn."""
        name, _, mailbox = login.strip().partition("*")
        # What does not even look like a login may be a password that was typed into the wrong
        # field: it goes neither into the log nor anywhere else.
        name = name.lower() if LOGIN.fullmatch(name.lower()) else ""
        found = await self._store.read(lambda tx: tx.accounts.find(name))
        account, password_hash = found if found is not None else (None, None)
        right = await self._checks.right(
            name,
            password,
            password_hash,
            trusted=account is not None and not account.disabled,
            address=origin.address,
        )
        verified = password_hash if right else None

        def decide(tx: Transaction) -> _Verdict:
            verdict = _verdict(tx.accounts.find(name), verified, origin.door)
            tx.log.append([_record(name, mailbox, origin, verdict)])
            return verdict

        verdict = await self._store.write(decide)
        if verdict.reason == _NOTHING_TO_SEND_FROM:
            raise NothingToSendFrom
        if verdict.reason or verdict.account is None:
            raise SignInFailed
        self._remember(verdict.account, verdict.password_hash)
        await self._catch_up(verdict.account)
        return verdict.account

    async def _catch_up(self, account: Account) -> None:
        """Who was added, or given a mailbox, a moment ago by another process finds it so."""
        known, _ = self._state.accounts.get(account.id, (None, ""))
        if known != account:
            await self.refresh()
        await self._in_force()

    def _remember(self, account: Account, password_hash: str) -> None:
        """By identity: ``register`` gets the very account that ``sign_in`` returned."""
        self._fresh[id(account)] = (account, password_hash)
        if len(self._fresh) > FRESH_SIGN_INS:
            self._fresh.popitem(last=False)

    # ------------------------------------------------------------ who is in

    def register(self, account: Account, session: OpenSession) -> None:
        _, password_hash = self._fresh.get(id(account), (account, ""))
        self._sessions.setdefault(account.id, {})[session] = (account, password_hash)
        self._look_again = True

    def unregister(self, account: Account, session: OpenSession) -> None:
        sessions = self._sessions.get(account.id, {})
        sessions.pop(session, None)
        if not sessions:
            self._sessions.pop(account.id, None)

    def sessions(self) -> dict[int, int]:
        """How many sessions each account has open."""
        return {account_id: len(sessions) for account_id, sessions in self._sessions.items()}

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
            return _State(epoch, {a.id: (a, hashes[a.id]) for a in tx.accounts.all()})

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
            for session, (account, password_hash) in sessions.items()
            if (reason := self._outdated(account, password_hash))
        ]
        for session, reason in outdated:
            session.end(reason)

    def _outdated(self, account: Account, password_hash: str) -> str:
        """Why a session of ``account`` as it was cannot go on, as a key of the replies; or ""."""
        now, hash_now = self._state.accounts.get(account.id, (None, ""))
        if now is None or now.disabled:
            return "disabled"
        if password_hash and hash_now != password_hash:
            return "password"
        if list(now.grants.items()) != list(account.grants.items()) or now.role != account.role:
            return "grants"
        return ""


def _verdict(found: tuple[Account, str] | None, verified: str | None, door: str) -> _Verdict:
    if found is None:
        return _Verdict(None, "", "unknown")
    account, password_hash = found
    if verified != password_hash:  # wrong, or changed since it was checked
        return _Verdict(account, password_hash, "password")
    if account.disabled:
        return _Verdict(account, password_hash, "disabled")
    may_send = any(right >= Right.RESPOND for right in account.grants.values())
    refused = door == _SENDING_DOOR and not may_send
    return _Verdict(account, password_hash, _NOTHING_TO_SEND_FROM if refused else "")


def _record(login: str, mailbox: str, origin: Origin, verdict: _Verdict) -> LogRecord:
    return LogRecord(
        action=Action.LOGIN,
        outcome="refused" if verdict.reason else "ok",
        actor=login,
        mailbox=mailbox,
        origin=origin,
        detail={"reason": verdict.reason} if verdict.reason else {},
    )
