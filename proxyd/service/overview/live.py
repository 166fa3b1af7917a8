"""The overview as it changes: one snapshot a second for all who listen, while anybody does.

Each listener has room for one: whoever is slow gets the newest, and holds up nobody. Who would hear
what they have heard already is left alone, but for a sign of life now and then. It ends with
the session, within a second, and never makes one last longer. Where the database does not answer,
nobody can say whose session lasts, so all end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass, field

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.types import Account, Role
from proxyd.domain.web_session import WebSession
from proxyd.service.overview.lasting import LastingSessions
from proxyd.service.overview.overview import Overview, Snapshot, theirs_of

EACH_S = 1.0
# Proxies and browsers give up what is silent for longer (HTML standard §9.2.7: "every 15 seconds").
ALIVE_S = 15
MINUTE_US = 60_000_000  # durations are told in minutes
MOST_EACH = 6  # of one session: as many as a browser opens to one place; the oldest goes

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveMoment:
    """``account``: the listener, as they are by then. ``once``: what is made of this snapshot for
    one listener and is the same for others, kept by whoever makes it.
    """

    account: Account
    snapshot: Snapshot
    once: dict[Hashable, str] = field(compare=False, repr=False)


class _Listener:
    def __init__(self, number: int, address: str) -> None:
        self.number = number
        self.address = address
        self._moment: LiveMoment | None = None
        self._ended = False
        self._news = asyncio.Event()
        self._heard: object = None
        self._silent_s = 0

    def maybe_tell(self, moment: LiveMoment) -> None:
        """Where anything is another for this person, or nothing was told for a while."""
        part = _part(moment)
        self._silent_s += 1
        if part == self._heard and self._silent_s < ALIVE_S:
            return
        self._heard, self._silent_s = part, 0
        self._moment = moment
        self._news.set()

    def end(self) -> None:
        """After what was told already."""
        self._ended = True
        self._news.set()

    def shut(self) -> None:
        """At once: nothing more is for them."""
        self._moment = None
        self.end()

    async def next(self) -> LiveMoment | None:
        """The newest one; None at the end."""
        await self._news.wait()
        moment, self._moment = self._moment, None
        if not self._ended:
            self._news.clear()
        return moment


class Live:
    def __init__(
        self,
        overview: Overview,
        lasting: LastingSessions,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._overview = overview
        self._lasting = lasting
        self._sleep = sleep
        self._listeners: dict[_Listener, None] = {}  # the oldest first
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    async def listen(self, session: WebSession, *, address: str) -> AsyncIterator[LiveMoment]:
        """Until the session ends, or who listens closes it."""
        listener = _Listener(session.number, address)
        self._make_room(session.number)
        self._listeners[listener] = None
        if self._closed:
            listener.end()
        elif self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            while (moment := await listener.next()) is not None:
                yield moment
        finally:
            self._listeners.pop(listener, None)

    async def close(self) -> None:
        """All end, and whoever comes is told nothing more."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _make_room(self, number: int) -> None:
        there = [one for one in self._listeners if one.number == number]
        for one in there[: max(0, len(there) - MOST_EACH + 1)]:
            one.shut()

    async def _run(self) -> None:
        try:
            while self._listeners:
                await self._tell_all()
                await self._sleep(EACH_S)
        except (StoreUnavailable, Busy) as error:
            _log.warning("live overviews end: %s", error)
        except Exception:  # noqa: BLE001 - the boundary: browsers ask again, and begin it anew
            _log.exception("live overviews end")
        finally:
            self._task = None
            for listener in self._listeners:
                listener.end()

    async def _tell_all(self) -> None:
        there = list(self._listeners)
        lasting = await self._lasting.of({one.number: one.address for one in there})
        snapshot = await self._overview.snapshot()
        once: dict[Hashable, str] = {}
        for one in there:
            account = lasting.get(one.number)
            if account is None:
                one.shut()
            else:
                one.maybe_tell(LiveMoment(account, snapshot, once))


def _part(moment: LiveMoment) -> object:
    """What of it this person sees; the mailboxes by themselves are mostly the very same objects."""
    snapshot, account = moment.snapshot, moment.account
    minute = snapshot.at_us // MINUTE_US
    beside = (snapshot.alarms, snapshot.log) if account.role is Role.ADMIN else None
    return theirs_of(account, snapshot), minute, beside
