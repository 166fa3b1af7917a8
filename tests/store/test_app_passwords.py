"""Application passwords as rows (store/app_passwords.py)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from proxyd.domain.app_passwords import CLIENT_MOST, AppPassword, LastUse, Scope
from proxyd.domain.errors import AlreadyExists
from proxyd.domain.types import Origin
from proxyd.store import schema as t

ONE, TWO = b"1" * 32, b"2" * 32
PHONE = Origin("imap", "192.0.2.7", "iPhone Mail", "s1")


@pytest.fixture
async def anna(database):
    def add(tx):
        tx.accounts.add("zoe", "Zoe", "staff", "h")
        return tx.accounts.add("anna", "Anna", "staff", "h")

    return await database.write(add)


@pytest.fixture
async def phone(database, anna):
    scopes = (Scope.SMTP, Scope.IMAP)
    return await database.write(lambda tx: tx.app_passwords.add(anna.id, "電話", scopes, ONE))


async def of(database, account):
    return await database.read(lambda tx: tx.app_passwords.of(account.id))


async def epoch(database):
    return await database.read(lambda tx: tx.mailboxes.epoch())


async def test_added_and_found(database, anna, phone, clock):
    assert phone == AppPassword(phone.id, anna.id, "電話", tuple(Scope), clock.now)
    assert await of(database, anna) == [phone]
    assert await database.read(lambda tx: tx.app_passwords.find([TWO, ONE])) == [phone]
    assert await database.read(lambda tx: tx.app_passwords.find([TWO])) == []
    assert await database.read(lambda tx: tx.app_passwords.find([])) == []
    assert await database.read(lambda tx: tx.app_passwords.ids()) == {phone.id}
    assert await database.read(lambda tx: tx.app_passwords.counts()) == {anna.id: 1}


async def test_a_name_is_taken_once_by_a_person(database, anna, phone):
    with pytest.raises(AlreadyExists):
        await database.write(lambda tx: tx.app_passwords.add(anna.id, "電話", Scope, TWO))
    zoe, _ = await database.read(lambda tx: tx.accounts.find("zoe"))
    await database.write(lambda tx: tx.app_passwords.add(zoe.id, "電話", Scope, TWO))
    assert [one.name for one in await of(database, zoe)] == ["電話"]


async def test_used_is_written_once_a_minute_and_moves_no_epoch(database, anna, phone, clock):
    async def used(origin):
        await database.write(lambda tx: tx.app_passwords.used(phone.id, origin))
        (one,) = await of(database, anna)
        return one.last_use

    before, start = await epoch(database), clock.now
    assert await used(PHONE) == LastUse(start, "imap", "192.0.2.7", "iPhone Mail")
    clock.advance(seconds=59)
    other = Origin("smtp", "192.0.2.8", "")
    assert (await used(other)).at_us == start
    clock.advance(seconds=1)
    # The client of before stays known, where this one says nothing of itself.
    assert await used(other) == LastUse(clock.now, "smtp", "192.0.2.8", "iPhone Mail")
    clock.advance(seconds=-3600)
    assert (await used(PHONE)).at_us == clock.now
    assert await epoch(database) == before


async def test_a_client_is_named_later_and_not_at_any_length(database, anna, phone):
    await database.write(lambda tx: tx.app_passwords.used(phone.id, Origin("imap", "192.0.2.7")))
    await database.write(lambda tx: tx.app_passwords.named_client(phone.id, "Mail 1"))
    assert (await of(database, anna))[0].last_use.client == "Mail 1"
    await database.write(lambda tx: tx.app_passwords.named_client(phone.id, "x" * 10_000))
    assert (await of(database, anna))[0].last_use.client == "x" * CLIENT_MOST


async def test_removed_alone_or_with_the_person_and_no_number_comes_again(database, anna, phone):
    before = await epoch(database)
    await database.write(lambda tx: tx.app_passwords.remove(phone.id))
    assert await of(database, anna) == [] and await epoch(database) > before
    again = await database.write(lambda tx: tx.app_passwords.add(anna.id, "電話", Scope, ONE))
    assert again.id > phone.id
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    rows = await database.read(lambda tx: tx.connection.scalars(select(t.app_passwords.c.id)).all())
    assert rows == []


async def test_the_setting_of_a_person(database, anna):
    assert not anna.app_passwords_only
    before = await epoch(database)
    await database.write(lambda tx: tx.accounts.set_app_passwords_only(anna.id, True))
    account, _ = await database.read(lambda tx: tx.accounts.find("anna"))
    assert account.app_passwords_only and await epoch(database) > before
    assert account in await database.read(lambda tx: tx.accounts.all())
