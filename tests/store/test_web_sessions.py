"""Web sessions as rows (store/web_sessions.py)."""

from __future__ import annotations

import pytest

DIGEST, OTHER = b"1" * 32, b"2" * 32


@pytest.fixture
async def anna(database):
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "h"))


async def added(database, account, digest=DIGEST, **facts):
    where = {"address": "192.0.2.7", "client": "Firefox", **facts}
    return await database.write(
        lambda tx: tx.web_sessions.add(account.id, digest, ["password"], **where)
    )


async def test_found_by_its_digest_with_the_person_as_they_are_now(database, anna, clock):
    number = await added(database, anna, client="x" * 1000)
    await database.write(lambda tx: tx.accounts.set_name(anna.id, "Anna Sato"))
    found = await database.read(lambda tx: tx.web_sessions.find(DIGEST))
    assert found.number == number and found.account.name == "Anna Sato"
    assert found.factors == ("password",) and len(found.client) == 200
    assert found.begun_us == found.used_us == found.proven_us == clock.now
    assert await database.read(lambda tx: tx.web_sessions.find(OTHER)) is None


async def test_used_and_proven(database, anna, clock):
    number = await added(database, anna)
    begun = clock.now
    clock.advance(seconds=60)
    await database.write(lambda tx: tx.web_sessions.used(number))
    found = await database.read(lambda tx: tx.web_sessions.find(DIGEST))
    assert (found.begun_us, found.used_us, found.proven_us) == (begun, clock.now, begun)
    factors = ("password", "app")
    await database.write(lambda tx: tx.web_sessions.proven(number, OTHER, factors, clock.now))
    assert await database.read(lambda tx: tx.web_sessions.find(DIGEST)) is None
    found = await database.read(lambda tx: tx.web_sessions.find(OTHER))
    assert found.number == number and found.factors == factors and found.proven_us == clock.now


async def test_of_one_person_the_oldest_first_and_gone_with_them(database, anna):
    ben = await database.write(lambda tx: tx.accounts.add("ben", "Ben", "staff", "h"))
    numbers = [await added(database, anna, bytes([n]) * 32) for n in range(3)]
    await added(database, ben)
    found = await database.read(lambda tx: tx.web_sessions.of(anna.id))
    assert [one.number for one in found] == numbers
    assert await database.write(lambda tx: tx.web_sessions.remove(numbers[1]))
    assert not await database.write(lambda tx: tx.web_sessions.remove(numbers[1]))
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    assert await database.read(lambda tx: tx.web_sessions.of(anna.id)) == []
    assert await database.read(lambda tx: tx.web_sessions.find(DIGEST)) is not None


async def test_a_number_is_not_given_twice(database, anna):
    first = await added(database, anna)
    await database.write(lambda tx: tx.web_sessions.remove(first))
    assert await added(database, anna) > first


async def test_those_that_began_long_ago(database, anna, clock):
    old = await added(database, anna)
    clock.advance(seconds=10)
    await added(database, anna, OTHER)
    assert await database.read(lambda tx: tx.web_sessions.older_than(clock.now)) == [old]


async def test_whether_there_is_a_second_factor_is_told_by_where_it_is_kept(database, anna):
    """And whoever keeps people in memory hears of it: mail doors go by it."""
    from proxyd.domain.ports.second_factors import TotpRow

    async def now():
        def look(tx):
            account, _ = tx.accounts.find("anna")
            (listed,) = tx.accounts.all()
            assert account.second_factor == listed.second_factor
            return account.second_factor, tx.mailboxes.epoch()

        return await database.read(look)

    row = TotpRow(b"sealed", None, 0, 0, 0)
    there, epoch = await now()
    assert not there
    await database.write(lambda tx: tx.second_factors.set_app(anna.id, row))
    assert await now() == (False, epoch), "shown, and no code of it was typed"
    confirmed = TotpRow(b"sealed", 5, 1, 0, 0)
    await database.write(lambda tx: tx.second_factors.set_app(anna.id, confirmed))
    assert await now() == (True, epoch + 1)
    used = TotpRow(b"sealed", 5, 2, 0, 0)
    await database.write(lambda tx: tx.second_factors.set_app(anna.id, used))
    assert await now() == (True, epoch + 1), "a code that is used changes nobody"
    await database.write(lambda tx: tx.second_factors.remove(anna.id))
    assert await now() == (False, epoch + 2)
