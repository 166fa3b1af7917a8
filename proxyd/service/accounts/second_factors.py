"""Second factors: set up, asked for, used up, taken away.

Each change and each use is one transaction with its record in the access log. Must never keep, log
or return a secret or a recovery code, except those just made, once.

Invariants
- A code of the app is good once, across restarts: the time step of the last one is in the database.
- Whoever knows the password gets few tries (domain/second_factor.py); they are counted in the
  database, and a good code is not told from a bad one while the pause lasts.
- An app counts from the moment that a code of it was typed, so that a QR code which nobody scanned
  shuts nobody out.
- From the transaction on in which a person gets a second factor, or loses it, the mail doors go by
  that (store: the epoch), and every web session but the one in which it is done has ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from proxyd.domain.errors import BadInput, CodesPaused, NotFound, SignInFailed, WrongCode
from proxyd.domain.events import Action
from proxyd.domain.passkey import Passkey
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.second_factors import OneTimeCodes, TotpRow
from proxyd.domain.ports.secrets import Sealer
from proxyd.domain.second_factor import (
    SecondFactor,
    as_code,
    as_recovery_code,
    pause_s,
)
from proxyd.domain.types import Account, Clock, LogRecord
from proxyd.domain.web_session import ABSOLUTE_S, APP, RECOVERY, SECOND_US
from proxyd.service.accounts.passkey_rows import facts_of, removed_passkey
from proxyd.service.accounts.recovery_codes import digest_of, new_codes
from proxyd.service.accounts.web_sessions import end_web_sessions
from proxyd.service.actor import Actor

__all__ = [
    "APP",
    "RECOVERY",
    "Offered",
    "SecondFactors",
    "context_of",
    "forget_apps",
    "reseal_apps",
]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a person's app is to learn, shown to that person only. ``replaces``: another one that
    was shown before is worth nothing now.
    """

    secret: str = field(repr=False)
    address: str = field(repr=False)  # for a QR code
    replaces: bool = False


class SecondFactors:
    def __init__(
        self,
        store: Database,
        sealer: Sealer,
        codes: OneTimeCodes,
        clock: Clock,
        issuer: str,
        refresh: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``issuer``: what the app heads the code with; this installation's name. ``refresh``
        (Accounts.refresh) lets a change take effect in this process at once.
        """
        self._refresh = refresh
        self._store = store
        self._sealer = sealer
        self._codes = codes
        self._clock = clock
        self._issuer = issuer

    async def of(self, account_id: int) -> SecondFactor:
        return await self._store.read(lambda tx: tx.second_factors.of(account_id))

    async def has_second_factor(self, account_id: int) -> bool:
        """Whether the password alone opens nothing but the way to the second factor."""
        return (await self.of(account_id)).there

    # ------------------------------------------------------------ setting up

    async def offer_app(self, account: Account, *, by: Actor) -> Offered:
        """A secret to be confirmed: the one that waits, where this very session has asked for it;
        else a new one, as whoever was shown the other may not be this person. Raises BadInput where
        an app is set up already.
        """
        secret, context = self._codes.new_secret(), context_of(account.id)
        sealed = self._sealer.seal(secret, context)

        def work(tx: Transaction) -> tuple[bytes, bool]:
            _none_yet(tx, account)
            waiting = tx.second_factors.app(account.id)
            same = waiting is not None and self._was_offered(tx, account, by)
            row = waiting if waiting is not None and same else TotpRow(sealed, None, 0, 0, 0)
            tx.second_factors.set_app(account.id, row)
            tx.log.append([by.record(Action.ADMIN, _facts("offered", account, APP))])
            return row.sealed, waiting is not None and not same

        kept, replaces = await self._store.write(work)
        secret = self._sealer.open(kept, context)
        address = self._codes.address(secret, account.login, self._issuer)
        return Offered(secret, address, replaces)

    def _was_offered(self, tx: Transaction, account: Account, by: Actor) -> bool:
        """Whether the secret that waits was shown last in the session in which ``by`` asks."""
        since_us = self._clock() - ABSOLUTE_S * SECOND_US  # no session is older
        query = LogQuery(actor=account.login, action=Action.ADMIN, since_us=since_us)
        did, session = _facts("offered", account, APP), by.origin.session
        shown = [one.record.origin for one in tx.log.search(query) if one.record.detail == did]
        return bool(session and shown) and shown[-1].session == session

    async def offered(self, account: Account) -> Offered | None:
        """What waits for its first code, to be shown to that person again; None: nothing does."""
        row = await self._store.read(lambda tx: tx.second_factors.app(account.id))
        if row is None or row.confirmed_us is not None:
            return None
        secret = self._sealer.open(row.sealed, context_of(account.id))
        return Offered(secret, self._codes.address(secret, account.login, self._issuer))

    async def confirm_app(
        self, account: Account, typed: str, *, by: Actor, session: int | None = None
    ) -> Sequence[str]:
        """The app is set up; returns the recovery codes, as they are shown, this once; none where
        they were given with a passkey. ``session``: the web session that stays. Raises WrongCode,
        CodesPaused; BadInput where nothing was
        offered.
        """

        def work(tx: Transaction) -> int | Sequence[str]:
            _none_yet(tx, account)
            row = tx.second_factors.app(account.id)
            if row is None:
                raise BadInput("second factor", "none was offered", "begin again")
            if left := self._pause(row):
                return left
            first = not tx.second_factors.of(account.id).there
            if not self._use_app(tx, account, row, typed, confirm=True):
                tx.log.append([_refused(by, account, APP)])
                return 0
            end_web_sessions(tx, account, "second-factor", by, but=session)
            tx.log.append([by.record(Action.ADMIN, _facts("added", account, APP))])
            return new_codes(tx, account.id, self._codes) if first else ()

        outcome = await self._store.write(work)
        if isinstance(outcome, int):
            raise _refusal(outcome)
        await self._in_force()
        return outcome

    async def new_recovery_codes(self, account: Account, *, by: Actor) -> Sequence[str]:
        """In place of those there were, shown this once. Raises BadInput without a factor."""

        def work(tx: Transaction) -> Sequence[str]:
            if not tx.second_factors.of(account.id).there:
                raise BadInput("recovery codes", "there is no second factor", "set one up first")
            tx.log.append([by.record(Action.ADMIN, _facts("renewed", account, RECOVERY))])
            return new_codes(tx, account.id, self._codes)

        return await self._store.write(work)

    async def remove(self, login: str, *, by: Actor, session: int | None = None) -> Account:
        """The app, and the recovery codes where no passkey is left that they stand in for.
        ``session``: as above. Raises NotFound for no such login, BadInput where there is none.
        """
        login = login.strip().lower()

        def work(tx: Transaction) -> Account:
            account = _found(tx, login)
            if tx.second_factors.app(account.id) is None:
                raise _nothing(login)
            tx.second_factors.remove(account.id)
            end_web_sessions(tx, account, "second-factor", by, but=session)
            tx.log.append([by.record(Action.ADMIN, _facts("removed", account, APP))])
            return account

        removed = await self._store.write(work)
        await self._in_force()
        return removed

    async def remove_all(self, login: str, *, by: Actor) -> Account:
        """App, passkeys and recovery codes: a phone is lost. Raises NotFound for no such login,
        BadInput where there is nothing.
        """
        login = login.strip().lower()

        def work(tx: Transaction) -> Account:
            account = _found(tx, login)
            passkeys = [row.passkey for row in tx.passkeys.of(account.id)]
            app = tx.second_factors.app(account.id)
            if app is None and not passkeys:
                raise _nothing(login)
            told = [_facts("removed", account, APP)] if app is not None else []
            told += [facts_of("removed", account.login, one) for one in passkeys]
            tx.passkeys.remove_all(account.id)
            tx.second_factors.remove(account.id)
            end_web_sessions(tx, account, "second-factor", by)
            tx.log.append([by.record(Action.ADMIN, facts) for facts in told])
            return account

        removed = await self._store.write(work)
        await self._in_force()
        return removed

    async def remove_passkey(self, login: str, number: int, *, by: Actor) -> Passkey:
        """Of whoever it is. Raises NotFound for no such login, or none of theirs."""
        login = login.strip().lower()
        removed = await self._store.write(
            lambda tx: removed_passkey(tx, _found(tx, login), number, by=by)
        )
        await self._in_force()
        return removed

    # ------------------------------------------------------------ using

    async def check(self, account: Account, typed: str, *, by: Actor) -> str:
        """Which factor was given: APP or RECOVERY. Raises WrongCode, CodesPaused."""
        outcome = await self._store.write(lambda tx: self.check_in(tx, account, typed, by=by))
        if isinstance(outcome, int):
            raise _refusal(outcome)
        return outcome

    def check_in(self, tx: Transaction, account: Account, typed: str, *, by: Actor) -> str | int:
        """As ``check``, in the caller's transaction, which must be committed whatever comes of it:
        the factor, or for how many seconds no code is looked at (0: this one was wrong).
        """
        row = tx.second_factors.app(account.id)
        code = as_recovery_code(typed)
        if code and tx.second_factors.of(account.id).there:
            return self._use_recovery_code(tx, account, row, code, by)
        if row is None or row.confirmed_us is None:
            tx.log.append([_refused(by, account, APP)])
            return 0
        if left_s := self._pause(row):
            tx.log.append([_refused(by, account, APP, "paused")])
            return left_s
        if not self._use_app(tx, account, row, typed):
            tx.log.append([_refused(by, account, APP)])
            return 0
        tx.log.append([by.record(Action.FACTOR, {"login": account.login, "factor": APP})])
        return APP

    def _use_recovery_code(
        self, tx: Transaction, account: Account, row: TotpRow | None, code: str, by: Actor
    ) -> str | int:
        if not tx.second_factors.use_recovery_code(account.id, digest_of(code)):
            tx.log.append([_refused(by, account, RECOVERY)])
            return 0
        if row is not None:
            tx.second_factors.set_app(account.id, replace(row, failures=0))
        left = tx.second_factors.of(account.id).recovery_codes
        facts = {"login": account.login, "factor": RECOVERY, "left": left}
        tx.log.append([by.record(Action.FACTOR, facts)])
        return RECOVERY

    def _use_app(
        self, tx: Transaction, account: Account, row: TotpRow, typed: str, *, confirm: bool = False
    ) -> bool:
        now_us = self._clock()
        secret = self._sealer.open(row.sealed, context_of(account.id))
        code = as_code(typed)
        step = self._codes.step_of(secret, code, now_us, row.last_step) if code else None
        if step is None:
            row = replace(row, failures=row.failures + 1, failed_us=now_us)
        else:
            confirmed_us = now_us if confirm else row.confirmed_us
            row = replace(row, last_step=step, failures=0, confirmed_us=confirmed_us)
        tx.second_factors.set_app(account.id, row)
        return step is not None

    def _pause(self, row: TotpRow) -> int:
        """Whole seconds that are left of it."""
        end_us = row.failed_us + pause_s(row.failures) * 1_000_000
        return max(0, -((self._clock() - end_us) // 1_000_000))

    async def _in_force(self) -> None:
        if self._refresh is not None:
            await self._refresh()


def reseal_apps(tx: Transaction, before: Sealer, after: Sealer) -> None:
    """Under another master key. Raises ValueError for one that ``before`` does not open."""
    for account_id, row in tx.second_factors.apps().items():
        context = context_of(account_id)
        sealed = after.seal(before.open(row.sealed, context), context)
        tx.second_factors.set_app(account_id, replace(row, sealed=sealed))


def forget_apps(tx: Transaction) -> int:
    """What a lost master key leaves shut: everybody sets up a new one. How many there were.
    Passkeys need no key of ours.
    """
    there = tx.second_factors.apps()
    for account_id in there:
        tx.second_factors.remove(account_id)
    return len(there)


def context_of(account_id: int) -> str:
    return f"totp of account {account_id}"


def _none_yet(tx: Transaction, account: Account) -> None:
    if tx.second_factors.of(account.id).since_us is not None:
        raise BadInput("second factor", "an app is set up already", "take that one away first")


def _found(tx: Transaction, login: str) -> Account:
    found = tx.accounts.find(login)
    if found is None:
        raise NotFound("user", login)
    return found[0]


def _nothing(login: str) -> BadInput:
    return BadInput(f"user {login}", "there is no second factor", "nothing is to be done")


def _facts(what: str, account: Account, factor: str) -> dict[str, object]:
    return {"did": f"second factor {what}", "login": account.login, "factor": factor}


def _refused(by: Actor, account: Account, factor: str, reason: str = "code") -> LogRecord:
    facts = {"login": account.login, "factor": factor, "reason": reason}
    return replace(by.record(Action.FACTOR, facts), outcome="refused")


def _refusal(left_s: int) -> SignInFailed:
    return CodesPaused(left_s) if left_s else WrongCode()
