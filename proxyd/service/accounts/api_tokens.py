"""Whose token a program shows, and whether it lets it in now.

Must never keep, log or show a token, nor tell a stranger why one is refused (the access log knows).

Invariants
- Each request is one look at the database, at token and person as they are now: who is disabled,
  removed, or comes from outside of their networks is out with the next one.
- That a token came in is on record before it is answered: at its first use, once an hour, and from
  each other address. So is each refusal of a token that has our form, but for those of a flood.
"""

from __future__ import annotations

from collections.abc import Callable

from proxyd.domain.api_token import CLIENT_MOST, ApiToken, digest_of
from proxyd.domain.errors import SignInFailed
from proxyd.domain.events import Action
from proxyd.domain.networks import admits
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock, Origin
from proxyd.service.actor import Actor

DOOR = "api"
# Why one is refused, as the access log says it.
UNKNOWN = "token-unknown"
EXPIRED = "token-expired"
DISABLED = "disabled"
NETWORK = "network"


def _unheard(_origin: Origin, _reason: str, _login: str) -> None:
    """For who tells nobody of refusals."""


class ApiTokens:
    def __init__(
        self,
        store: Database,
        clock: Clock,
        refused: Callable[[Origin, str, str], None] = _unheard,
    ) -> None:
        """``refused`` hears of each refused one, once it is recorded: as Accounts'."""
        self._store = store
        self._clock = clock
        self._refused = refused

    async def come_in(
        self, token: str, *, address: str, client: str, flood: bool = False
    ) -> ApiToken:
        """Who shows ``token``, from where. ``flood``: so many were refused from there that one more
        is no record. Raises SignInFailed.
        """
        digest = digest_of(token)
        if digest is None:
            raise SignInFailed
        found = await self._store.read(lambda tx: tx.api_tokens.find(digest))
        now_us, origin = self._clock(), Origin(DOOR, address, client[:CLIENT_MOST])
        reason = _shut(found, now_us, address)
        if reason and not flood:
            await self._refuse(found, origin, reason)
        if reason or found is None:
            raise SignInFailed
        if found.is_stale(now_us, address) or found.comes_in(now_us, address):
            await self._store.write(lambda tx: _use(tx, found, now_us, origin))
        return found

    async def still_good(self, token: ApiToken, *, address: str) -> bool:
        """For who is being answered for long."""
        there = await self._store.read(lambda tx: tx.api_tokens.of(token.account.id))
        now = next((one for one in there if one.number == token.number), None)
        same = now is not None and now.account.role == token.account.role
        return same and not _shut(now, self._clock(), address)

    async def _refuse(self, found: ApiToken | None, origin: Origin, reason: str) -> None:
        login = found.account.login if found is not None else ""
        facts = {"reason": reason, **({"api_token_number": found.number} if found else {})}
        told = actor_of(found, origin).record(Action.LOGIN, facts, outcome="refused")
        await self._store.write(lambda tx: tx.log.append([told]))
        self._refused(origin, reason, login)


def actor_of(token: ApiToken | None, origin: Origin) -> Actor:
    """Who acts, for the records: those of one token have the same word."""
    if token is None:
        return Actor("", origin)
    session = f"token-{token.number}"
    return Actor(token.account.login, Origin(origin.door, origin.address, origin.client, session))


def _shut(found: ApiToken | None, now_us: int, address: str) -> str:
    if found is None:
        return UNKNOWN
    if found.account.disabled:
        return DISABLED
    if now_us >= found.expires_us:
        return EXPIRED
    return "" if admits(found.account.networks, address) else NETWORK


def _use(tx: Transaction, found: ApiToken, now_us: int, origin: Origin) -> None:
    came_in = found.comes_in(now_us, origin.address)
    if came_in:
        facts = {"api_token": found.name, "api_token_number": found.number}
        tx.log.append([actor_of(found, origin).record(Action.LOGIN, facts)])
    tx.api_tokens.used(found.number, address=origin.address, client=origin.client, came_in=came_in)
