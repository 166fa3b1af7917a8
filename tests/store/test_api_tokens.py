"""Tokens of the HTTP API as rows (store/api_tokens.py)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from proxyd.domain.api_token import ApiScope

DIGEST, OTHER = b"1" * 32, b"2" * 32


@pytest.fixture
async def anna(database):
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "h"))


async def added(database, account, digest=DIGEST, name="SIEM"):
    scopes = (ApiScope.OWN_READ, ApiScope.LOG_READ)
    return await database.write(
        lambda tx: tx.api_tokens.add(account.id, name, scopes, digest, 5_000)
    )


async def test_found_by_its_digest_with_the_person_as_they_are_now(database, anna, clock):
    number = await added(database, anna)
    await database.write(lambda tx: tx.accounts.set_name(anna.id, "Anna Sato"))
    found = await database.read(lambda tx: tx.api_tokens.find(DIGEST))
    assert found.number == number and found.account.name == "Anna Sato"
    assert found.scopes == (ApiScope.OWN_READ, ApiScope.LOG_READ)
    assert (found.created_us, found.expires_us) == (clock.now, 5_000)
    assert (found.used_us, found.came_in_us, found.used_address) == (None, None, "")
    assert await database.read(lambda tx: tx.api_tokens.find(OTHER)) is None


async def test_used(database, anna, clock):
    number = await added(database, anna)
    where = {"address": "192.0.2.7", "client": "x" * 1000}
    await database.write(lambda tx: tx.api_tokens.used(number, **where, came_in=True))
    came = clock.now
    clock.advance(seconds=60)
    await database.write(lambda tx: tx.api_tokens.used(number, **where, came_in=False))
    found = await database.read(lambda tx: tx.api_tokens.find(DIGEST))
    assert (found.used_us, found.came_in_us) == (clock.now, came)
    assert found.used_address == "192.0.2.7" and len(found.used_client) == 120


async def test_of_one_of_all_and_gone_with_the_person(database, anna):
    zoe = await database.write(lambda tx: tx.accounts.add("zoe", "Zoe", "admin", "h"))
    third = await added(database, zoe, b"3" * 32)
    one, two = await added(database, anna), await added(database, anna, OTHER)
    of = await database.read(lambda tx: tx.api_tokens.of(anna.id))
    assert [each.number for each in of] == [one, two]
    every = await database.read(lambda tx: tx.api_tokens.all())
    assert [each.number for each in every] == [one, two, third]
    assert await database.write(lambda tx: tx.api_tokens.remove(one))
    assert not await database.write(lambda tx: tx.api_tokens.remove(one))
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    every = await database.read(lambda tx: tx.api_tokens.all())
    assert [each.number for each in every] == [third]


async def test_a_number_is_not_given_twice_nor_a_digest(database, anna):
    one = await added(database, anna)
    with pytest.raises(IntegrityError):
        await added(database, anna)
    await database.write(lambda tx: tx.api_tokens.remove(one))
    assert await added(database, anna) > one
