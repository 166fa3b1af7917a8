"""Being signed in to the web pages (service/accounts/web_sessions.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.errors import NotFound, SignInFailed, StoreUnavailable
from proxyd.domain.networks import parsed_networks
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.web_session import MOST, USED_EVERY_S
from proxyd.service.accounts.web_sessions import WebSessions, actor_of, end_web_sessions
from proxyd.service.actor import Actor

ADDRESS = "192.0.2.7"
FROM = {"address": ADDRESS, "client": "Firefox"}
ADMIN = Actor("root@cli")


@pytest.fixture
def sessions(database, clock):
    return WebSessions(database, clock)


@pytest.fixture
async def anna(database):
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "h"))


async def begin(sessions, account, *factors):
    return await sessions.begin(
        account, factors=factors or ["password"], still=lambda _tx: True, **FROM
    )


def by(begun):
    return actor_of(begun.session, **FROM)


async def records(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="session")))
    return [
        (one.record.actor, one.record.detail["did"], one.record.detail.get("reason"))
        for one in found
    ]


async def test_begun_found_taken_further_and_ended_on_record(sessions, anna, database):
    begun = await begin(sessions, anna)
    assert begun.token not in repr(begun)
    found = await sessions.find(begun.token, address=ADDRESS)
    assert found == begun.session and found.whole
    further = await sessions.prove(found, ["app"], by=by(begun))
    assert further.token != begun.token
    assert await sessions.find(begun.token, address=ADDRESS) is None
    assert further.session.factors == ("password", "app")
    await sessions.sign_out(further.session, by=by(further))
    assert await sessions.find(further.token, address=ADDRESS) is None
    assert await records(database) == [
        ("anna", "web session begun", None),
        ("anna", "web session proven", None),
        ("anna", "web session ended", "signed-out"),
    ]
    everything = str(await database.read(lambda tx: tx.log.search(LogQuery())))
    assert begun.token not in everything and further.token not in everything


async def test_a_token_nobody_was_given_is_nobody(sessions, anna):
    await begin(sessions, anna)
    for token in ("", "x" * 43, "x" * 10_000, "é" * 43):
        assert await sessions.find(token, address=ADDRESS) is None


async def test_who_may_not_come_in_any_more_begins_none(sessions, anna, database):
    await database.write(
        lambda tx: tx.accounts.set_networks(anna.id, parsed_networks(["10.0.0.1"]))
    )
    with pytest.raises(SignInFailed):
        await begin(sessions, anna)
    await database.write(lambda tx: tx.accounts.set_networks(anna.id, ()))
    with pytest.raises(SignInFailed):  # somebody new of the same login
        await begin(sessions, replace(anna, id=anna.id + 1))
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    with pytest.raises(SignInFailed):
        await begin(sessions, anna)
    assert await records(database) == []


async def test_another_process_shuts_somebody_out_and_the_next_look_says_so(
    sessions, anna, database
):
    """Each look is at the database: there is nothing in memory that could be late."""
    begun = await begin(sessions, anna)
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    assert await sessions.find(begun.token, address=ADDRESS) is None
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, False))
    assert await sessions.find(begun.token, address=ADDRESS) is None, "it does not come back"


async def test_from_another_network_it_ends(sessions, anna, database):
    begun = await begin(sessions, anna)
    networks = parsed_networks(["192.0.2.0/24"])
    await database.write(lambda tx: tx.accounts.set_networks(anna.id, networks))
    assert await sessions.find(begun.token, address=ADDRESS) is not None
    assert await sessions.find(begun.token, address="198.51.100.1") is None
    assert (await records(database))[-1][2] == "network"


async def test_a_use_is_written_down_once_a_minute(sessions, anna, clock):
    begun = await begin(sessions, anna)
    for seconds, used in ((USED_EVERY_S - 1, 0), (1, USED_EVERY_S)):
        clock.advance(seconds=seconds)
        await sessions.find(begun.token, address=ADDRESS)
        (one,) = await sessions.of(anna)
        assert (one.used_us - one.begun_us) // 1_000_000 == used


async def test_the_oldest_makes_room_and_half_way_ones_before_it(sessions, anna, database, clock):
    begun = []
    for _ in range(MOST):
        begun.append(await begin(sessions, anna))
        clock.advance(seconds=1)
    await begin(sessions, anna)
    assert await sessions.find(begun[0].token, address=ADDRESS) is None
    assert await sessions.find(begun[1].token, address=ADDRESS) is not None
    assert len(await sessions.of(anna)) == MOST
    assert ("anna", "web session ended", "crowded") in await records(database)


async def test_one_ends_one_s_own_and_nobody_else_s(sessions, anna, database):
    ben = await database.write(lambda tx: tx.accounts.add("ben", "Ben", "staff", "h"))
    mine, theirs = await begin(sessions, anna), await begin(sessions, ben)
    for number in (theirs.session.number, 999):
        with pytest.raises(NotFound):
            await sessions.end(anna, number, by=by(mine))
    others = [await begin(sessions, anna) for _ in range(3)]
    await sessions.end(anna, others[0].session.number, by=by(mine))
    assert await sessions.end_others(mine.session, by=by(mine)) == 2
    assert [one.number for one in await sessions.of(anna)] == [mine.session.number]
    assert len(await sessions.of(ben)) == 1


async def test_nothing_is_taken_further_that_has_ended(sessions, anna, database):
    begun = await begin(sessions, anna)
    assert await database.write(lambda tx: end_web_sessions(tx, anna, "password", ADMIN)) == 1
    with pytest.raises(SignInFailed):
        await sessions.prove(begun.session, ["app"], by=by(begun))
    assert (await records(database))[-1] == ("root@cli", "web session ended", "password")


async def test_what_it_goes_by_has_changed_proves_nothing_anew(sessions, anna, clock):
    begun = await begin(sessions, anna)
    clock.advance(seconds=200)
    further = await sessions.prove(begun.session, [], by=by(begun))
    assert further.session.proven_us == begun.session.proven_us


async def test_no_session_without_a_record(sessions, anna, database, monkeypatch):
    def full(*_):
        raise StoreUnavailable("disk full")

    monkeypatch.setattr("proxyd.store.access_log.AccessLog.append", full)
    with pytest.raises(StoreUnavailable):
        await begin(sessions, anna)
    monkeypatch.undo()
    assert await sessions.of(anna) == []


async def test_what_a_page_asks_by_itself_is_no_use(sessions, anna, clock, database):
    begun = await begin(sessions, anna)
    clock.advance(seconds=USED_EVERY_S)
    found = await sessions.find(begun.token, address=ADDRESS, used=False)
    assert found is not None and found.used_us == begun.session.used_us
    (kept,) = await database.read(lambda tx: tx.web_sessions.of(anna.id))
    assert kept.used_us == begun.session.used_us
    assert await database.read(lambda tx: tx.web_sessions.used_at([kept.number, 99])) == {
        kept.number: kept.used_us
    }
    assert await database.read(lambda tx: tx.web_sessions.numbered([kept.number, 99])) == [kept]
