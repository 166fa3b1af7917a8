"""Events for who looks on: the newest for each, and an end with the session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from proxyd.domain.networks import parsed_networks
from proxyd.domain.ports.second_factors import TotpRow
from proxyd.domain.types import Account, Right
from proxyd.domain.web_session import IDLE_S, WebSession
from proxyd.domain.workflow import SHIPPED
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.actor import Actor
from proxyd.service.overview.lasting import LastingSessions
from proxyd.service.overview.live import ALIVE_S, MOST_EACH, Live, LiveMoment
from proxyd.service.overview.overview import LogNow, Overview, Watched
from proxyd.store.database import Database
from tests.bench.response_times import SUPPORT
from tests.conftest import FakeClock
from tests.patience import PATIENCE_S, turns

HOME = "192.0.2.7"
BY = Actor("root@cli")


class Seconds:
    """Turns of the loop, which come when a test says so; with each a minute is over."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self._passed = asyncio.Semaphore(0)
        self._asleep = asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        self._asleep.set()
        await self._passed.acquire()

    def pass_one(self, seconds: int = 60) -> None:
        self.clock.advance(seconds=seconds)
        self._passed.release()

    async def quiet_one(self) -> None:
        """A turn in which nothing is another; to its end."""
        self._asleep.clear()
        self.pass_one(0)
        await asyncio.wait_for(self._asleep.wait(), PATIENCE_S)


class House:
    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        self.seconds = Seconds(clock)
        self.sessions = WebSessions(database, clock)
        watched = Watched(dict, lambda: 0, lambda: LogNow(None))
        overview = Overview(database, SHIPPED, watched, clock)
        self.live = Live(overview, LastingSessions(database, clock), self.seconds.sleep)

    async def account(self, login: str) -> Account:
        found: Any = await self.database.read(lambda tx: tx.accounts.find(login))
        return found[0]

    async def signed_in(self, login: str) -> WebSession:
        account = await self.account(login)
        begun = await self.sessions.begin(
            account, factors=["password"], address=HOME, client="x", still=lambda _tx: True
        )
        return begun.session

    def listening(self, session: WebSession, address: str = HOME) -> AsyncIterator[LiveMoment]:
        return self.live.listen(session, address=address)


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> House:
    def put(tx: Any) -> None:
        tx.mailboxes.add(SUPPORT, b"sealed")
        for login in ("anna", "ben"):
            account = tx.accounts.add(login, login.title(), "staff", "hash")
            tx.accounts.grant(account.id, 1, Right.RESPOND)

    await database.write(put)
    return House(database, clock)


async def test_all_hear_the_same_each_second_and_nothing_runs_while_nobody_listens(
    house: House,
) -> None:
    anna = house.listening(await house.signed_in("anna"))
    ben = house.listening(await house.signed_in("ben"))
    first = await asyncio.gather(anext(anna), anext(ben))
    if first[0].snapshot is not first[1].snapshot:  # ben came a moment after the first one
        house.seconds.pass_one()
        first = await asyncio.gather(anext(anna), anext(ben))
    house.seconds.pass_one()
    moments = await asyncio.gather(anext(anna), anext(ben))
    assert moments[0].snapshot is moments[1].snapshot
    assert moments[0].once is moments[1].once
    assert [one.account.login for one in moments] == ["anna", "ben"]
    assert moments[0].snapshot.at_us > first[0].snapshot.at_us
    await anna.aclose()  # type: ignore[attr-defined]
    await ben.aclose()  # type: ignore[attr-defined]
    assert house.live.listeners == 0
    house.seconds.pass_one()
    again = house.listening(await house.signed_in("anna"))
    assert (await anext(again)).account.login == "anna", "begun anew"


async def test_who_is_slow_gets_the_newest(house: House) -> None:
    slow, quick = [house.listening(await house.signed_in(one)) for one in ("anna", "ben")]
    begun = asyncio.ensure_future(anext(slow))
    await anext(quick)
    await begun
    for _ in range(3):
        house.seconds.pass_one()
        newest = await anext(quick)
    assert (await anext(slow)).snapshot is newest.snapshot


async def test_who_has_heard_it_is_left_alone_but_for_a_sign_of_life(house: House) -> None:
    heard = house.listening(await house.signed_in("anna"))
    first = await anext(heard)
    pending = asyncio.ensure_future(anext(heard))
    for _ in range(ALIVE_S - 1):
        await house.seconds.quiet_one()
        await turns()
        assert not pending.done()
    await house.seconds.quiet_one()
    assert (await pending).snapshot is first.snapshot
    house.seconds.pass_one()
    assert (await anext(heard)).snapshot is not first.snapshot


async def shut_out(house: House, account: Account, session: WebSession) -> None:
    await house.database.write(lambda tx: tx.accounts.set_disabled(account.id, True))


async def signed_out(house: House, account: Account, session: WebSession) -> None:
    await house.sessions.sign_out(session, by=BY)


async def idle(house: House, account: Account, session: WebSession) -> None:
    house.clock.advance(seconds=IDLE_S)


async def fenced(house: House, account: Account, session: WebSession) -> None:
    await house.database.write(
        lambda tx: tx.accounts.set_networks(account.id, parsed_networks(["10.0.0.0/8"]))
    )


async def removed(house: House, account: Account, session: WebSession) -> None:
    await house.database.write(lambda tx: tx.accounts.remove(account.id))


@pytest.mark.parametrize("how", [shut_out, signed_out, idle, fenced, removed])
async def test_it_ends_with_the_session_and_at_the_next_second(house: House, how: Any) -> None:
    session = await house.signed_in("anna")
    heard = house.listening(session)
    await anext(heard)
    await how(house, session.account, session)
    house.seconds.pass_one()
    assert [one async for one in heard] == []


async def test_listening_is_no_use_of_the_session(house: House) -> None:
    session = await house.signed_in("anna")
    heard = house.listening(session)
    for _ in range(3):
        await anext(heard)
        house.clock.advance(seconds=IDLE_S // 4)
        house.seconds.pass_one()
    house.clock.advance(seconds=IDLE_S // 4)
    house.seconds.pass_one()
    assert len([one async for one in heard]) <= 1, "what was told before; then it is over"
    (kept,) = await house.database.read(lambda tx: tx.web_sessions.of(session.account.id))
    assert kept.used_us == session.used_us


async def test_a_right_that_is_given_or_taken_shows_at_the_next_second(house: House) -> None:
    session = await house.signed_in("anna")
    heard = house.listening(session)
    assert set((await anext(heard)).account.grants) == {1}
    await house.database.write(lambda tx: tx.accounts.revoke(session.account.id, 1))
    house.seconds.pass_one()
    assert set((await anext(heard)).account.grants) == set()


async def test_so_many_of_one_session_and_the_oldest_goes(house: House) -> None:
    session = await house.signed_in("anna")
    heard = [house.listening(session) for _ in range(MOST_EACH + 1)]
    asked = [asyncio.ensure_future(anext(one)) for one in heard]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(told[0], StopAsyncIteration)
    assert all(isinstance(one, LiveMoment) for one in told[1:])


async def test_without_the_database_nobody_goes_on(house: House) -> None:
    heard = house.listening(await house.signed_in("anna"))
    await anext(heard)
    await house.database.close()
    house.seconds.pass_one()
    assert [one async for one in heard] == []


async def test_closed_it_tells_nobody_anything(house: House) -> None:
    session = await house.signed_in("anna")
    heard = house.listening(session)
    await anext(heard)
    await house.live.close()
    assert [one async for one in heard] == []
    assert [one async for one in house.listening(session)] == []
    await house.live.close()


async def test_a_session_of_which_the_factor_is_asked_for_now_does_not_last(
    house: House, clock: FakeClock
) -> None:
    session = await house.signed_in("anna")
    lasting = LastingSessions(house.database, clock)
    assert set(await lasting.of({session.number: HOME})) == {session.number}
    assert await lasting.of({session.number + 7: HOME}) == {}
    app = TotpRow(b"sealed", 1, 0, 0, 0)
    await house.database.write(lambda tx: tx.second_factors.set_app(session.account.id, app))
    assert await lasting.of({session.number: HOME}) == {}, "the password alone is not enough"
