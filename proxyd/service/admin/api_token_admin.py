"""Giving and taking away tokens of the HTTP API: for the command line, the web pages and the API.

Each change and its record in the access log are one transaction. The token is made here, returned
once, and kept nowhere: the store gets its digest. Who may call this is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from proxyd.domain.api_token import (
    DAY_US,
    MOST,
    MOST_DAYS,
    OF_ROLE,
    USUAL_DAYS,
    ApiScope,
    ApiToken,
    digest_of,
    made_token,
    scopes_of,
)
from proxyd.domain.errors import AlreadyExists, BadInput, NotFound
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Clock
from proxyd.service.actor import Actor
from proxyd.service.admin.admin_input import checked_device


@dataclass(frozen=True, slots=True)
class NewApiToken:
    """``secret`` is shown once; nobody has it any more afterwards."""

    token: ApiToken
    secret: str = field(repr=False)


class ApiTokenAdmin:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self) -> list[ApiToken]:
        """By login, then as made."""
        return await self._store.read(lambda tx: tx.api_tokens.all())

    async def of(self, login: str) -> list[ApiToken]:
        """In the order in which they were made. Raises NotFound."""
        return await self._store.read(lambda tx: tx.api_tokens.of(_account(tx, login).id))

    async def add(
        self,
        login: str,
        name: str,
        scopes: Iterable[ApiScope],
        *,
        by: Actor,
        expires_us: int | None = None,
    ) -> NewApiToken:
        """``name``: of the program. Good for USUAL_DAYS unless said otherwise. Raises BadInput,
        NotFound, AlreadyExists.
        """
        name, ordered = checked_device(name), scopes_of(scopes)
        if not ordered:
            raise BadInput("--scope", "there is none", f"write one of: {', '.join(ApiScope)}")
        now_us = self._clock()
        until_us = now_us + USUAL_DAYS * DAY_US if expires_us is None else expires_us
        if not now_us < until_us <= now_us + MOST_DAYS * DAY_US:
            problem = "it is past, or too far away"
            raise BadInput("expires", problem, f"write a day of the next {MOST_DAYS}")
        secret = made_token()
        digest = digest_of(secret)
        assert digest is not None

        def add(tx: Transaction) -> NewApiToken:
            account = _account(tx, login)
            _check_scopes(account, ordered)
            _check_free(tx, account, name)
            tx.api_tokens.add(account.id, name, ordered, digest, until_us)
            made = tx.api_tokens.find(digest)
            assert made is not None
            tx.log.append([by.record(Action.ADMIN, _facts("api-token add", made))])
            return NewApiToken(made, secret)

        return await self._store.write(add)

    async def revoke(self, login: str, number: int, *, by: Actor) -> ApiToken:
        """It opens nothing from the next request on. Raises NotFound, also for another's."""

        def revoke(tx: Transaction) -> ApiToken:
            there = tx.api_tokens.of(_account(tx, login).id)
            found = next((one for one in there if one.number == number), None)
            if found is None:
                raise NotFound("API token", str(number))
            tx.api_tokens.remove(number)
            tx.log.append([by.record(Action.ADMIN, _facts("api-token revoke", found))])
            return found

        return await self._store.write(revoke)

    async def revoke_number(self, number: int, *, by: Actor) -> ApiToken:
        """Whosoever it is. Raises NotFound."""
        for one in await self.all():
            if one.number == number:
                return await self.revoke(one.account.login, number, by=by)
        raise NotFound("API token", str(number))


def _facts(did: str, one: ApiToken) -> dict[str, object]:
    return {
        "did": did,
        "login": one.account.login,
        "api_token": one.name,
        "api_token_number": one.number,
        "scopes": list(one.scopes),
    }


def _account(tx: Transaction, login: str) -> Account:
    login = login.strip().lower()
    found = tx.accounts.find(login)
    if found is None:
        raise NotFound("user", login)
    return found[0]


def _check_scopes(account: Account, wanted: Iterable[ApiScope]) -> None:
    may = OF_ROLE[account.role]
    for scope in wanted:
        if scope not in may:
            instead = f"write one of: {', '.join(one for one in ApiScope if one in may)}"
            raise BadInput("scope", f"{scope} is nothing that {account.role} may do", instead)


def _check_free(tx: Transaction, account: Account, name: str) -> None:
    there = tx.api_tokens.of(account.id)
    if name.casefold() in {one.name.casefold() for one in there}:
        raise AlreadyExists(name)
    if len(there) >= MOST:
        instead = f"revoke those that nobody uses: proxyd api-token list {account.login}"
        raise BadInput(f"user {account.login}", f"has {MOST} API tokens", instead)
