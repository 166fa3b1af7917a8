"""Which web sessions still last, of those that pages of ours listen in: all of them at one look.

Looking is no use of a session: who leaves a page open is signed out as who closed it. Must never
let one last that a request would find ended (accounts/web_sessions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from proxyd.domain.networks import admits
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Clock
from proxyd.domain.web_session import WebSession


class LastingSessions:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._epoch = -1
        self._known: Mapping[int, WebSession] = {}

    async def of(self, addresses: Mapping[int, str]) -> Mapping[int, Account]:
        """By number, with the person as they are now; of those in ``addresses``, which has from
        where each listens. Raises StoreUnavailable, Busy.
        """
        used, self._known = await self._store.read(lambda tx: self._look(tx, list(addresses)))
        now_us = self._clock()
        found = {}
        for number, session in self._known.items():
            now = replace(session, used_us=used[number])
            person = session.account
            shut = person.disabled or not admits(person.networks, addresses[number])
            if not shut and now.whole and not now.ended(now_us):
                found[number] = person
        return found

    def _look(
        self, tx: Transaction, numbers: list[int]
    ) -> tuple[Mapping[int, int], Mapping[int, WebSession]]:
        """People are read anew where something has changed of any, else only the new ones."""
        used = tx.web_sessions.used_at(numbers)
        epoch = tx.mailboxes.epoch()
        known = self._known if epoch == self._epoch else {}
        fresh = {one.number: one for one in tx.web_sessions.numbered(set(used) - set(known))}
        self._epoch = epoch
        both = {**known, **fresh}
        return used, {number: both[number] for number in used if number in both}
