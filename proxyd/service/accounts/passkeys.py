"""Passkeys: made, used to come in or to prove who is there, renamed, taken away.

Each change, each use and each refusal is one transaction with its record in the access log.

Invariants
- A question is answered once, within minutes, by the browser that was asked
  (service/accounts/challenges.py).
- Who may not come in hears the same as who has no passkey here; the access log knows why.
- A counter that goes back opens nothing: a copy of the key may be at work, which is an alarm.
- Towards devices a person has a random handle, never the login.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from proxyd.domain.app_passwords import name_problem
from proxyd.domain.errors import AlreadyExists, BadInput, PasskeyRefused, SignInFailed
from proxyd.domain.events import Action
from proxyd.domain.passkey import HANDLE_OCTETS, MOST, Passkey, PasskeyFault, Site
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.passkeys import Claimed, NewCredential, PasskeyReader, PasskeyRow
from proxyd.domain.ports.second_factors import OneTimeCodes
from proxyd.domain.types import Account, Clock, Origin
from proxyd.service.accounts.challenges import Challenges, ToSign
from proxyd.service.accounts.passkey_rows import chosen, facts_of, removed_passkey
from proxyd.service.accounts.passkey_verdict import CameIn, KeptOut, Signed, judged, refusal_of
from proxyd.service.accounts.recovery_codes import new_codes
from proxyd.service.accounts.web_sessions import end_web_sessions
from proxyd.service.actor import Actor


@dataclass(frozen=True, slots=True)
class Registered:
    """``recovery_codes``: as they are shown, this once; none where there was a factor before."""

    passkey: Passkey
    recovery_codes: Sequence[str] = field(repr=False)


async def _at_once() -> None:
    """For who keeps nobody in memory."""


def _unheard(_origin: Origin, _reason: str, _login: str) -> None:
    """For who tells nobody of refusals."""


class Passkeys:
    def __init__(
        self,
        store: Database,
        reader: PasskeyReader,
        codes: OneTimeCodes,
        clock: Clock,
        site: Site,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
        refresh: Callable[[], Awaitable[None]] = _at_once,
        told: Callable[[str], None] = lambda _outcome: None,
        refused: Callable[[Origin, str, str], None] = _unheard,
    ) -> None:
        """``refresh`` (Accounts.refresh) lets a change take effect in this process at once.
        ``told``, ``refused``: as those of Accounts, of sign-ins with nothing typed.
        """
        self._told = told
        self._refused = refused
        self._store = store
        self._reader = reader
        self._codes = codes
        self._site = site
        self._random = random
        self._refresh = refresh
        # Apart, so that no stranger's questions push out those of who is in.
        self._of_people = Challenges(clock, random)
        self._of_strangers = Challenges(clock, random)

    async def of(self, account_id: int) -> list[Passkey]:
        """In the order in which they were made."""
        rows = await self._store.read(lambda tx: tx.passkeys.of(account_id))
        return [row.passkey for row in rows]

    # ------------------------------------------------------------ a new one

    async def check(self, account: Account, name: str) -> str:
        """The name as ``finish_registration`` would keep it, as things are now. Raises as that."""
        name = _checked_name(name)
        await self._store.read(lambda tx: _check_free(tx, account, name))
        return name

    async def begin_registration(self, account: Account, *, by: Actor, asker: str) -> str:
        """What to ask the device, as JSON. ``asker``: the browser's session, by any word that no
        other has. Raises BadInput where there are as many as may be.
        """

        def read(tx: Transaction) -> tuple[list[PasskeyRow], bytes | None]:
            _check_room(tx, account)
            return tx.passkeys.of(account.id), tx.passkeys.handle(account.id)

        there, handle = await self._store.read(read)
        handle = handle or self._random(HANDLE_OCTETS)
        asked = ToSign(asker, account.id, handle)
        challenge = self._of_people.made(asked, by.origin.address)
        known = [row.credential for row in there]
        return self._reader.ask_new(self._site, account, handle, challenge, known)

    async def finish_registration(
        self,
        account: Account,
        response: str,
        name: str,
        *,
        by: Actor,
        asker: str,
        session: int | None = None,
    ) -> Registered:
        """``name``: of the device. ``session``: the only web session that stays. Raises BadInput,
        AlreadyExists for a name that won't do: then the question stands; else PasskeyRefused.
        """
        name = await self.check(account, name)
        try:
            asked, made = self._read_new(account, response, asker)
        except PasskeyRefused as refused:
            record = refusal_of(by.name, by.origin, Action.FACTOR, refused.reason, account.login)
            await self._store.write(lambda tx: tx.log.append([record]))
            raise

        def work(tx: Transaction) -> Registered | None:
            _check_free(tx, account, name)
            if (reason := _unfit(tx, account, asked, made)) is not None:
                tx.log.append(
                    [refusal_of(by.name, by.origin, Action.FACTOR, reason, account.login)]
                )
                return None
            first = not tx.second_factors.of(account.id).there
            passkey = tx.passkeys.add(account.id, name, made)
            end_web_sessions(tx, account, "second-factor", by, but=session)
            tx.log.append([by.record(Action.ADMIN, facts_of("added", account.login, passkey))])
            return Registered(passkey, new_codes(tx, account.id, self._codes) if first else ())

        done = await self._store.write(work)
        if done is None:
            raise PasskeyRefused(PasskeyFault.OWNER)
        await self._refresh()
        return done

    def _read_new(
        self, account: Account, response: str, asker: str
    ) -> tuple[ToSign, NewCredential]:
        challenge = self._reader.challenge(response)
        asked = self._of_people.taken(challenge)
        if asked is None or asked.handle is None:
            raise PasskeyRefused(PasskeyFault.CHALLENGE)
        if (asked.asker, asked.account_id) != (asker, account.id):
            raise PasskeyRefused(PasskeyFault.CHALLENGE)
        return asked, self._reader.new(response, self._site, challenge)

    # ------------------------------------------------------------ using one

    async def begin_sign_in(
        self, *, origin: Origin, asker: str, account: Account | None = None
    ) -> str:
        """What to ask the device, as JSON. ``account``: who is known already, by the password or a
        session; None: the device says who it is, and no login is typed.
        """
        if account is None:
            challenge = self._of_strangers.made(ToSign(asker), origin.address)
            return self._reader.ask_known(self._site, challenge, ())
        account_id = account.id
        rows = await self._store.read(lambda tx: tx.passkeys.of(account_id))
        challenge = self._of_people.made(ToSign(asker, account_id), origin.address)
        theirs = [row.credential for row in rows]
        return self._reader.ask_known(self._site, challenge, theirs)

    async def finish_sign_in(
        self, response: str, *, origin: Origin, asker: str, account: Account | None = None
    ) -> CameIn:
        """``account``: as for the question. Raises SignInFailed, whatever was wrong."""
        came = await self._came_in(response, origin, asker, account)
        if account is None:
            self._told("ok" if isinstance(came, CameIn) else "refused")
        if isinstance(came, CameIn):
            return came
        came.tell()
        if account is None:
            self._refused(origin, f"passkey-{came.reason}", came.login)
        raise SignInFailed

    async def _came_in(
        self, response: str, origin: Origin, asker: str, account: Account | None
    ) -> CameIn | KeptOut:
        """It is on record when this returns."""
        login = account.login if account is not None else ""
        action = Action.LOGIN if account is None else Action.FACTOR
        try:
            claimed = self._reader.claimed(response)
            self._take(claimed, asker, account)
            found = await self._store.read(lambda tx: tx.passkeys.find(claimed.credential))
            if found is None:
                raise PasskeyRefused(PasskeyFault.UNKNOWN)
            row, owner = found
            login = login or owner
            counter = self._reader.known(response, self._site, claimed.challenge, row.public_key)
        except PasskeyRefused as refused:
            record = refusal_of(login, origin, action, refused.reason, login)
            await self._store.write(lambda tx: tx.log.append([record]))
            return KeptOut(refused.reason, login)
        answer = Signed(claimed, counter, origin, action, account)
        return await self._store.write(lambda tx: judged(tx, answer))

    def _take(self, claimed: Claimed, asker: str, account: Account | None) -> None:
        open_ = self._of_strangers if account is None else self._of_people
        asked = open_.taken(claimed.challenge)
        if asked != ToSign(asker, account.id if account is not None else None):
            raise PasskeyRefused(PasskeyFault.CHALLENGE)

    # ------------------------------------------------------------ changing them

    async def rename(self, account: Account, number: int, name: str, *, by: Actor) -> Passkey:
        """Raises NotFound for none of theirs, BadInput, AlreadyExists."""
        name = _checked_name(name)

        def work(tx: Transaction) -> Passkey:
            passkey = chosen(tx, account, number)
            if passkey.name == name:
                return passkey
            _check_name(tx, account, name, but=number)
            tx.passkeys.rename(number, name)
            told = facts_of("renamed", account.login, passkey) | {"name": name}
            tx.log.append([by.record(Action.ADMIN, told)])
            return replace(passkey, name=name)

        return await self._store.write(work)

    async def remove(
        self, account: Account, number: int, *, by: Actor, session: int | None = None
    ) -> Passkey:
        """``session``: the only web session that stays. Raises NotFound for none of theirs."""

        removed = await self._store.write(
            lambda tx: removed_passkey(tx, account, number, by=by, session=session)
        )
        await self._refresh()
        return removed


# ---------------------------------------------------------------- inside a transaction


def _unfit(
    tx: Transaction, account: Account, asked: ToSign, made: NewCredential
) -> PasskeyFault | None:
    """Why it can't be kept, as things are now; the handle is kept with the first one."""
    there = tx.accounts.find(account.login)
    if there is None or there[0].id != account.id or there[0].disabled:
        return PasskeyFault.OWNER
    if tx.passkeys.find(made.credential) is not None:
        return PasskeyFault.OWNER
    handle = tx.passkeys.handle(account.id)
    if handle is None and asked.handle is not None:
        tx.passkeys.set_handle(account.id, asked.handle)
    elif handle != asked.handle:  # another one was made meanwhile, under another handle
        return PasskeyFault.CHALLENGE
    return None


def _checked_name(name: str) -> str:
    """As it is kept. Raises BadInput."""
    name, problem, instead = name_problem(name)
    if problem:
        raise BadInput("name", problem, instead)
    return name


def _check_free(tx: Transaction, account: Account, name: str) -> None:
    """Raises BadInput, AlreadyExists."""
    _check_room(tx, account)
    _check_name(tx, account, name)


def _check_room(tx: Transaction, account: Account) -> None:
    if len(tx.passkeys.of(account.id)) >= MOST:
        instead = "remove those that nobody uses"
        raise BadInput(f"user {account.login}", f"has {MOST} passkeys", instead)


def _check_name(tx: Transaction, account: Account, name: str, *, but: int = 0) -> None:
    """Also where the names differ in capitals alone: in people's heads it is the same device."""
    others = (row.passkey for row in tx.passkeys.of(account.id))
    if name.casefold() in {one.name.casefold() for one in others if one.id != but}:
        raise AlreadyExists(name)
