"""When an older copy of the database goes on as the truth: noticed at the start, or ordered.

Whatever the copy is (a backup, a file put back by other tools, a rolled back machine): clients know
UIDs that it does not, the provider has been asked for things that it does not know of, and the
access log has lost its end. So every view gets a UIDVALIDITY that nobody has seen, nothing that was
about to be done is done now, and a record names the gap. Must never send, or ask a provider.

Invariants: the record and the new numbers are one transaction; the anchor follows it, so that a
crash in between is explained by the record.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.log_anchor import Anchor, AnchorKeeper
from proxyd.domain.types import Clock, Origin
from proxyd.service.actor import Actor
from proxyd.service.audit.restores import (
    ACCEPTED,
    RESTORED,
    Restore,
    gap_of,
    missing_from,
    restores,
)

OLDER, COPIED = "older", "copied"

# UIDVALIDITY is a time in seconds. So far ahead of the clock, and by chance, lies none that was
# given in the life that is lost, also where the same copy is put back twice.
LEAST_AHEAD_S = 100_000
MOST_AHEAD_S = 1_000_000

PROXY = Actor("proxyd", Origin("proxyd"))


class PlaceKeeper(Protocol):
    """Where the database lies (store/place.py). Blocks for a moment."""

    def fits(self, mark: str) -> bool: ...

    def renew(self) -> str: ...

    def tidy(self, mark: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Sign:
    noticed: str  # OLDER or COPIED
    before: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    head: Anchor
    mark: str  # of the place


def random_ahead() -> int:
    return secrets.randbelow(MOST_AHEAD_S - LEAST_AHEAD_S) + LEAST_AHEAD_S


class Restoring:
    def __init__(
        self,
        store: Database,
        keeper: AnchorKeeper,
        place: PlaceKeeper,
        clock: Clock,
        ahead: Callable[[], int] = random_ahead,
    ) -> None:
        """``ahead``: seconds by which the new UIDVALIDITY values are ahead of the clock."""
        self._store = store
        self._keeper = keeper
        self._place = place
        self._clock = clock
        self._ahead = ahead

    async def at_start(self) -> Sign | None:
        """Call it before anybody is served; what was noticed has been dealt with then."""
        sign = await self._sign()
        if sign is not None:
            taken = await self.take_in(sign.noticed, sign.before, by=PROXY)
            await self.finish(taken)
        else:
            await self._begin_head()
            await asyncio.to_thread(self._place.tidy, await self._placed(lambda tx: None))
        return sign

    async def take_in(self, noticed: str, before: Anchor | None, *, by: Actor) -> Taken:
        """This database goes on, though it is older than what was there. ``noticed``: "" for a
        person's order. ``finish`` belongs behind it, once the database is in its place.
        """
        ahead_us = self._ahead() * 1_000_000

        def work(tx: Transaction) -> None:
            dropped = tx.restored.forget_wishes()
            signed_out = tx.web_sessions.forget()  # some had ended in the life that is lost
            tx.restored.renumber(self._clock() + ahead_us)
            tx.restored.note_time(self._clock())
            detail: dict[str, object] = {"did": RESTORED, **gap_of(before)}
            detail |= {"noticed": noticed} if noticed else {}
            detail |= {"dropped": dropped} if dropped else {}
            detail |= {"web_sessions_ended": signed_out} if signed_out else {}
            tx.log.append([by.record(Action.RESTORE, detail)])

        mark = await self._placed(work)
        return Taken(await self._store.read(lambda tx: Anchor(*tx.log.head())), mark)

    async def finish(self, taken: Taken) -> None:
        await asyncio.to_thread(self._keeper.write, taken.head)
        await asyncio.to_thread(self._place.tidy, taken.mark)

    async def waiting(self) -> list[Restore]:
        """Those that nobody has accepted yet."""
        return [one for one in await self._store.read(restores) if one.waits]

    async def accept(self, before: Anchor | None, *, by: Actor) -> list[Restore]:
        """A person says that these are right; ``before`` is a head kept elsewhere, of the lost
        life.
        """
        waiting = await self.waiting()

        def record(one: Restore) -> dict[str, object]:
            return {"did": ACCEPTED, "record": one.number, **gap_of(before)}

        if not waiting:
            return []
        records = [by.record(Action.RESTORE, record(one)) for one in waiting]
        await self._store.write(lambda tx: tx.log.append(records))
        return waiting

    async def _begin_head(self) -> None:
        """At the very first start, before the database knows of it: from then on a head that is
        missing was taken away (service/audit/log_end.py).
        """

        def look(tx: Transaction) -> tuple[str | None, Anchor]:
            return tx.restored.place(), Anchor(*tx.log.head())

        mark, head = await self._store.read(look)
        with suppress(StoreUnavailable):  # told each time that the log is anchored
            if mark is None and await asyncio.to_thread(self._keeper.read) is None:
                await asyncio.to_thread(self._keeper.write, head)

    async def _sign(self) -> Sign | None:
        try:
            kept = await asyncio.to_thread(self._keeper.read)
        except StoreUnavailable:  # told each time that the log is anchored
            kept = None

        def look(tx: Transaction) -> tuple[bool, str | None]:
            return missing_from(tx, kept) is not None, tx.restored.place()

        older, mark = await self._store.read(look)
        if older:
            return Sign(OLDER, kept)
        if mark is not None and not await asyncio.to_thread(self._place.fits, mark):
            return Sign(COPIED)
        return None

    async def _placed(self, work: Callable[[Transaction], None]) -> str:
        """``work``, in the transaction that says where the database lies from now on."""
        mark = await asyncio.to_thread(self._place.renew)

        def both(tx: Transaction) -> None:
            work(tx)
            tx.restored.set_place(mark)

        await self._store.write(both)
        return mark
