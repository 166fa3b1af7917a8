"""Passkeys as rows (store/passkeys.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.app_passwords import CLIENT_MOST, LastUse
from proxyd.domain.errors import AlreadyExists
from proxyd.domain.passkey import Passkey
from proxyd.domain.ports.passkeys import NewCredential, PasskeyRow
from proxyd.domain.types import Origin

ONE = NewCredential(b"\x00\xff" * 8, b"public", 3, synced=True)
TWO = NewCredential(b"2" * 16, b"public", 0)


@pytest.fixture
async def anna(database):
    def add(tx):
        tx.accounts.add("zoe", "Zoe", "staff", "h")
        return tx.accounts.add("anna", "Anna", "staff", "h")

    return await database.write(add)


@pytest.fixture
async def laptop(database, anna):
    return await database.write(lambda tx: tx.passkeys.add(anna.id, "ノート", ONE))


async def of(database, account):
    return await database.read(lambda tx: tx.passkeys.of(account.id))


async def epoch(database):
    return await database.read(lambda tx: tx.mailboxes.epoch())


async def test_added_and_found(database, anna, laptop, clock):
    assert laptop == Passkey(laptop.id, anna.id, "ノート", clock.now, synced=True)
    row = PasskeyRow(laptop, ONE.credential, ONE.public_key, 3)
    assert await of(database, anna) == [row]
    assert ONE.public_key not in repr(row).encode()
    assert await database.read(lambda tx: tx.passkeys.find(ONE.credential)) == (row, "anna")
    assert await database.read(lambda tx: tx.passkeys.find(TWO.credential)) is None


async def test_a_credential_is_one_person_s_and_a_name_is_taken_once(database, anna, laptop):
    zoe, _ = await database.read(lambda tx: tx.accounts.find("zoe"))
    for account, name, made in ((zoe, "x", ONE), (anna, "ノート", TWO)):
        with pytest.raises(AlreadyExists):
            await database.write(lambda tx, row=(account.id, name, made): tx.passkeys.add(*row))
    await database.write(lambda tx: tx.passkeys.add(zoe.id, "ノート", TWO))


async def test_a_use_is_written_down_and_moves_no_epoch(database, anna, laptop, clock):
    before = await epoch(database)
    clock.advance(seconds=9)
    origin = Origin("web", "192.0.2.7", "Firefox" * 100, "s")
    await database.write(lambda tx: tx.passkeys.used(laptop.id, 4, origin))
    await database.write(lambda tx: tx.passkeys.rename(laptop.id, "PC"))
    (row,) = await of(database, anna)
    client = ("Firefox" * 100)[:CLIENT_MOST]
    last = LastUse(clock.now, "web", "192.0.2.7", client)
    assert row == PasskeyRow(
        replace(laptop, name="PC", last_use=last), ONE.credential, ONE.public_key, 4
    )
    assert await epoch(database) == before


async def test_what_comes_and_goes_moves_the_epoch(database, anna):
    seen = [await epoch(database)]
    for work in (
        lambda tx: tx.passkeys.add(anna.id, "one", ONE),
        lambda tx: tx.passkeys.remove(tx.passkeys.of(anna.id)[0].passkey.id),
        lambda tx: tx.passkeys.remove_all(anna.id),
    ):
        await database.write(work)
        seen.append(await epoch(database))
    assert seen == sorted(set(seen))


async def test_a_number_is_never_given_twice(database, anna, laptop):
    await database.write(lambda tx: tx.passkeys.remove(laptop.id))
    again = await database.write(lambda tx: tx.passkeys.add(anna.id, "ノート", ONE))
    assert again.id > laptop.id


async def test_all_goes_with_the_handle_and_with_the_person(database, anna, laptop):
    await database.write(lambda tx: tx.passkeys.set_handle(anna.id, b"handle"))
    assert await database.read(lambda tx: tx.passkeys.handle(anna.id)) == b"handle"
    assert await database.write(lambda tx: tx.passkeys.remove_all(anna.id)) == 1
    assert await of(database, anna) == []
    assert await database.read(lambda tx: tx.passkeys.handle(anna.id)) is None

    def again(tx):
        tx.passkeys.add(anna.id, "x", ONE)
        tx.passkeys.set_handle(anna.id, b"other")

    await database.write(again)
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    assert await database.read(lambda tx: tx.passkeys.find(ONE.credential)) is None
    assert await database.read(lambda tx: tx.passkeys.handle(anna.id)) is None
