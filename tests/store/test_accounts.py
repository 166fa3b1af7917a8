"""Accounts and grants as rows (store/accounts.py, store/epoch.py)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from proxyd.domain.errors import AlreadyExists
from proxyd.domain.networks import parsed_networks
from proxyd.domain.types import Account, Right, Role, SeenMode, Server, SharedMailbox
from proxyd.store.schema import accounts

SERVER = Server("mail.example.test", 993, "tls", "user")


def mailbox(name):
    address = f"{name}@example.test"
    return SharedMailbox(0, name, address, (), "en", SeenMode.PERSON, SERVER, SERVER)


@pytest.fixture
async def anna(database):
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna 安奈", "staff", "hash1"))


@pytest.fixture
async def boxes(database):
    return await database.write(
        lambda tx: [tx.mailboxes.add(mailbox(name), b"s") for name in ("b", "a", "c")]
    )


async def found(database, login="anna"):
    result = await database.read(lambda tx: tx.accounts.find(login))
    return result[0] if result else None


async def test_added_and_found(database, anna, clock):
    assert anna == Account(anna.id, "anna", "Anna 安奈", Role.STAFF, False, {})
    assert await database.read(lambda tx: tx.accounts.find("anna")) == (anna, "hash1")
    assert await database.read(lambda tx: tx.accounts.find("ANNA")) is None
    assert await database.read(lambda tx: tx.accounts.all()) == [anna]
    created = await database.read(lambda tx: tx.connection.scalar(select(accounts.c.created_us)))
    assert created == clock.now


async def test_a_login_is_taken_once(database, anna):
    with pytest.raises(AlreadyExists):
        await database.write(lambda tx: tx.accounts.add("anna", "Other", "staff", "x"))


async def test_changes(database, anna):
    await database.write(lambda tx: tx.accounts.set_password(anna.id, "hash2"))
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    await database.write(lambda tx: tx.accounts.set_name(anna.id, "A."))
    account, password_hash = await database.read(lambda tx: tx.accounts.find("anna"))
    assert (account.name, account.disabled, password_hash) == ("A.", True, "hash2")
    assert await database.read(lambda tx: tx.accounts.password_hashes()) == {anna.id: "hash2"}


async def test_networks_and_role(database, anna):
    networks = parsed_networks(["2001:db8::/32", "192.0.2.7"])
    await database.write(lambda tx: tx.accounts.set_networks(anna.id, networks))
    await database.write(lambda tx: tx.accounts.set_role(anna.id, Role.ADMIN))
    account = await found(database)
    assert (account.networks, account.role) == (networks, Role.ADMIN)
    assert await database.read(lambda tx: tx.accounts.all()) == [account]
    await database.write(lambda tx: tx.accounts.set_networks(anna.id, ()))
    assert (await found(database)).networks == ()


async def test_grants_keep_their_order(database, anna, boxes):
    first, second, third = (box.id for box in boxes)
    for box, right in ((second, Right.READ), (first, Right.RESPOND), (third, Right.READ)):
        await database.write(lambda tx, b=box, r=right: tx.accounts.grant(anna.id, b, r))
    await database.write(lambda tx: tx.accounts.grant(anna.id, second, Right.MANAGE))
    await database.write(lambda tx: tx.accounts.revoke(anna.id, third))
    await database.write(lambda tx: tx.accounts.grant(anna.id, third, Right.READ))
    expected = [(second, Right.MANAGE), (first, Right.RESPOND), (third, Right.READ)]
    assert list((await found(database)).grants.items()) == expected
    (listed,) = await database.read(lambda tx: tx.accounts.all())
    assert list(listed.grants.items()) == expected


async def test_a_removed_mailbox_or_account_takes_its_grants_along(database, anna, boxes):
    for box in boxes:
        await database.write(lambda tx, b=box.id: tx.accounts.grant(anna.id, b, Right.READ))
    await database.write(lambda tx: tx.mailboxes.remove(boxes[0].id))
    assert list((await found(database)).grants) == [boxes[1].id, boxes[2].id]
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    assert await found(database) is None
    again = await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "x"))
    assert again.id != anna.id  # what refers to the old one never means the new one
    assert (await found(database)).grants == {}


async def test_every_change_moves_the_epoch_on(database, anna, boxes):
    box = boxes[0]
    epochs = [await database.read(lambda tx: tx.mailboxes.epoch())]
    for change in (
        lambda tx: tx.accounts.set_name(anna.id, "B"),
        lambda tx: tx.accounts.set_password(anna.id, "x"),
        lambda tx: tx.accounts.set_disabled(anna.id, True),
        lambda tx: tx.accounts.grant(anna.id, box.id, Right.READ),
        lambda tx: tx.accounts.grant(anna.id, box.id, Right.MANAGE),
        lambda tx: tx.accounts.revoke(anna.id, box.id),
        lambda tx: tx.mailboxes.update(box),
        lambda tx: tx.mailboxes.set_sealed_password(box.id, b"t"),
        lambda tx: tx.mailboxes.remove(box.id),
        lambda tx: tx.accounts.remove(anna.id),
        lambda tx: tx.accounts.add("taro", "Taro", "staff", "x") and None,
        lambda tx: tx.mailboxes.add(mailbox("d"), b"s") and None,
    ):
        await database.write(change)
        epochs.append(await database.read(lambda tx: tx.mailboxes.epoch()))
    assert epochs == sorted(set(epochs))


async def test_away_and_back(database, anna):
    await database.write(lambda tx: tx.accounts.set_away(anna.id, 1_000))
    account = await found(database)
    assert account.away_until_us == 1_000
    assert account.is_away(999) and not account.is_away(1_000)
    assert await database.read(lambda tx: tx.accounts.all()) == [account]
    await database.write(lambda tx: tx.accounts.set_away(anna.id, None))
    assert await found(database) == anna
