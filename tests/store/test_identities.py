"""Who is whom at the provider, as rows (store/identities.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AlreadyExists
from proxyd.domain.ports.identities import Binding

ISSUER = "https://id.example.test"


@pytest.fixture
async def people(database):
    def add(tx):
        return [tx.accounts.add(login, login.title(), "staff", "h") for login in ("anna", "ben")]

    return await database.write(add)


async def epoch(database):
    return await database.read(lambda tx: tx.mailboxes.epoch())


async def test_bound_found_used_and_unbound(database, people, clock):
    anna, ben = people
    before = await epoch(database)
    await database.write(lambda tx: tx.identities.bind(anna.id, ISSUER, "a-1"))
    assert await epoch(database) > before
    began = clock.now
    bound = Binding(anna.id, ISSUER, "a-1", began, began)
    assert await database.read(lambda tx: tx.identities.of(anna.id)) == bound
    assert await database.read(lambda tx: tx.identities.find(ISSUER, "a-1")) == bound
    for issuer, subject in ((ISSUER, "A-1"), (ISSUER + "/", "a-1"), (ISSUER, "a-1 ")):
        found = await database.read(lambda tx, i=issuer, s=subject: tx.identities.find(i, s))
        assert found is None, "to the letter"
    clock.advance(seconds=7)
    before = await epoch(database)
    await database.write(lambda tx: tx.identities.used(anna.id))
    assert await epoch(database) == before
    used = await database.read(lambda tx: tx.identities.of(anna.id))
    assert used == Binding(anna.id, ISSUER, "a-1", began, clock.now)
    assert await database.write(lambda tx: tx.identities.unbind(ben.id)) is False
    assert await database.write(lambda tx: tx.identities.unbind(anna.id)) is True
    assert await database.read(lambda tx: tx.identities.of(anna.id)) is None
    assert await epoch(database) > before


async def test_one_each(database, people):
    anna, ben = people
    await database.write(lambda tx: tx.identities.bind(anna.id, ISSUER, "a-1"))
    for account, issuer, subject in ((ben, ISSUER, "a-1"), (anna, "https://other.test", "x")):
        with pytest.raises(AlreadyExists):
            await database.write(
                lambda tx, a=account, i=issuer, s=subject: tx.identities.bind(a.id, i, s)
            )
    await database.write(lambda tx: tx.identities.bind(ben.id, "https://other.test", "a-1"))


async def test_it_goes_with_the_person(database, people):
    anna, _ = people
    await database.write(lambda tx: tx.identities.bind(anna.id, ISSUER, "a-1"))
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    assert await database.read(lambda tx: tx.identities.find(ISSUER, "a-1")) is None
