"""Being signed in to the web pages: begun, looked at, taken a step further, ended.

Must never keep, log or show a token, except to who begins the session or goes a step further.

Invariants
- A token is good for one step: signing in, a second factor, and showing both again each exchange
  it, so that one which was planted or seen before is worth nothing afterwards.
- Each look is one at the database, at session and person as they are now: who is disabled, removed
  or comes from outside of their networks is out with the next request, whichever process did it.
- Begun, taken further, ended: each is a record, in the transaction that does it. One that nobody
  shows any more has no end but its age; its row goes when somebody signs in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from proxyd.domain.errors import NotFound, SignInFailed
from proxyd.domain.events import Action
from proxyd.domain.networks import admits
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Clock, Origin
from proxyd.domain.web_session import (
    ABSOLUTE_S,
    MOST,
    SECOND_US,
    USED_EVERY_S,
    WebSession,
    digest_of,
    made_token,
)
from proxyd.service.actor import Actor

DOOR = "web"


@dataclass(frozen=True, slots=True)
class BegunSession:
    """``token`` is for the browser alone."""

    session: WebSession
    token: str = field(repr=False)


class WebSessions:
    def __init__(
        self, store: Database, clock: Clock, token: Callable[[], str] = made_token
    ) -> None:
        self._store = store
        self._clock = clock
        self._token = token

    @property
    def clock(self) -> Clock:
        return self._clock

    # ------------------------------------------------------------ begun

    async def begin(
        self,
        account: Account,
        *,
        factors: Sequence[str],
        address: str,
        client: str,
        still: Callable[[Transaction], bool],
    ) -> BegunSession:
        """For who has shown ``factors``. The person is looked at again: where a second factor is
        asked for and none was shown, the session opens the page that asks for it, and no other
        (``WebSession.whole``). ``still``: does what was shown a moment ago count in this very
        transaction? An admin may have exchanged it. Raises SignInFailed for who may not come in
        any more.
        """
        token = self._token()
        digest = _digest(token)

        def work(tx: Transaction) -> WebSession:
            if not _may_come_in(tx, account, address) or not still(tx):
                raise SignInFailed
            self._make_room(tx, account, address, client)
            number = tx.web_sessions.add(
                account.id, digest, factors, address=address, client=client
            )
            begun = tx.web_sessions.find(digest)
            assert begun is not None
            facts = {"did": "web session begun", "number": number, "factors": list(factors)}
            tx.log.append([_actor(begun).record(Action.SESSION, facts)])
            return begun

        return BegunSession(await self._store.write(work), token)

    def _make_room(self, tx: Transaction, account: Account, address: str, client: str) -> None:
        """For one more of this person; and what has grown too old, of whomever, goes."""
        now_us = self._clock()
        for number in tx.web_sessions.older_than(now_us - ABSOLUTE_S * SECOND_US):
            tx.web_sessions.remove(number)
        # Who knows the password alone drives nobody out who has shown the second factor too.
        there = sorted(tx.web_sessions.of(account.id), key=lambda one: (one.whole, one.number))
        by = Actor(account.login, Origin(DOOR, address, client))
        for one in there[: max(0, len(there) - MOST + 1)]:
            _end(tx, one, "crowded", by)

    # ------------------------------------------------------------ looked at

    async def find(self, token: str, *, address: str, used: bool = True) -> WebSession | None:
        """Who shows ``token``, from where; None where nobody is signed in by it (any more).

        ``address``: of this request, which need not be where the session began. ``used``: a person
        asks, so that it lasts from now on; a page that asks by itself is no use of it.
        """
        digest = digest_of(token)
        if digest is None:
            return None
        found = await self._store.read(lambda tx: tx.web_sessions.find(digest))
        if found is None:
            return None
        now_us = self._clock()
        reason = _shut(found.account, address) or found.ended(now_us)
        if reason:
            await self._store.write(lambda tx: _end(tx, found, reason, _actor(found)))
            return None
        if used and now_us - found.used_us >= USED_EVERY_S * SECOND_US:
            await self._store.write(lambda tx: tx.web_sessions.used(found.number))
        return found

    async def of(self, account: Account) -> list[WebSession]:
        """Those that last, the newest first."""
        now_us = self._clock()
        found = await self._store.read(lambda tx: tx.web_sessions.of(account.id))
        return [one for one in reversed(found) if not one.ended(now_us)]

    # ------------------------------------------------------------ a step further

    async def prove(
        self, session: WebSession, factors: Sequence[str], *, by: Actor
    ) -> BegunSession:
        """``factors`` were shown just now, besides or once more; none: what it goes by has changed.
        Another token from now on.

        Raises SignInFailed where the session has ended meanwhile.
        """
        token = self._token()
        digest = _digest(token)
        shown = tuple(dict.fromkeys((*session.factors, *factors)))

        proven_us = self._clock() if factors else session.proven_us

        def work(tx: Transaction) -> WebSession:
            tx.web_sessions.proven(session.number, digest, shown, proven_us)
            now = tx.web_sessions.find(digest)
            if now is None:
                raise SignInFailed
            did = "web session proven"
            facts = {"did": did, "number": session.number, "factors": list(factors)}
            tx.log.append([by.record(Action.SESSION, facts)])
            return now

        return BegunSession(await self._store.write(work), token)

    # ------------------------------------------------------------ ended

    async def sign_out(self, session: WebSession, *, by: Actor) -> None:
        await self._store.write(lambda tx: _end(tx, session, "signed-out", by))

    async def end(self, account: Account, number: int, *, by: Actor) -> None:
        """One of the person's. Raises NotFound, also for another person's."""

        def work(tx: Transaction) -> None:
            found = [one for one in tx.web_sessions.of(account.id) if one.number == number]
            if not found:
                raise NotFound("session", str(number))
            _end(tx, found[0], "ended", by)

        await self._store.write(work)

    async def end_others(self, session: WebSession, *, by: Actor) -> int:
        """All of the person but this one. How many there were."""
        account = session.account
        return await self._store.write(
            lambda tx: end_web_sessions(tx, account, "ended", by, but=session.number)
        )


def end_web_sessions(
    tx: Transaction,
    account: Account,
    reason: str,
    by: Actor,
    *,
    but: int | None = None,
    factor: str = "",
) -> int:
    """In the transaction that takes away what let them in. ``factor``: only of sessions in which it
    was shown. How many there were.
    """
    all_ = [one for one in tx.web_sessions.of(account.id) if one.number != but]
    ended = [one for one in all_ if not factor or factor in one.factors]
    for one in ended:
        _end(tx, one, reason, by)
    return len(ended)


def _end(tx: Transaction, session: WebSession, reason: str, by: Actor) -> None:
    if not tx.web_sessions.remove(session.number):
        return
    facts = {
        "did": "web session ended",
        "login": session.account.login,
        "number": session.number,
        "reason": reason,
    }
    tx.log.append([by.record(Action.SESSION, facts)])


def _may_come_in(tx: Transaction, account: Account, address: str) -> bool:
    found = tx.accounts.find(account.login)
    return found is not None and found[0].id == account.id and not _shut(found[0], address)


def _shut(account: Account, address: str) -> str:
    if account.disabled:
        return "disabled"
    return "" if admits(account.networks, address) else "network"


def _actor(session: WebSession) -> Actor:
    return actor_of(session, address=session.address, client=session.client)


def actor_of(session: WebSession, *, address: str, client: str) -> Actor:
    """Who acts in it, for the records: those of one session have the same word."""
    origin = Origin(DOOR, address, client, f"web-{session.number}")
    return Actor(session.account.login, origin)


def _digest(token: str) -> bytes:
    digest = digest_of(token)
    assert digest is not None
    return digest
