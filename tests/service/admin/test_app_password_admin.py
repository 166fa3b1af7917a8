"""Application passwords, given and taken away, each with its record (app_password_admin.py)."""

from __future__ import annotations

import unicodedata

import pytest

from proxyd.domain.app_passwords import MOST, Scope, digests_of
from proxyd.domain.errors import AlreadyExists, BadInput, NotFound, StoreUnavailable
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin
from proxyd.service.actor import Actor
from proxyd.service.admin.app_password_admin import AppPasswordAdmin

ROOT = Actor("Root@cli", Origin("cli"))


@pytest.fixture
def refreshed():
    return []


@pytest.fixture
async def admin(database, refreshed):
    async def refresh():
        refreshed.append(True)

    def people(tx):
        for login in ("anna", "ben"):
            tx.accounts.add(login, login.title(), "staff", "h")

    await database.write(people)
    return AppPasswordAdmin(database, refresh)


async def records(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery()))
    return [stored.record for stored in found]


async def test_one_is_made_shown_once_and_recorded(database, admin, refreshed):
    new = await admin.add(" Anna ", " 花子の　電話 ", by=ROOT)
    assert new.account.login == "anna" and new.app_password.name == "花子の 電話"
    assert new.app_password.scopes == tuple(Scope)
    found = await database.read(lambda tx: tx.app_passwords.find(digests_of([new.secret])))
    assert found == [new.app_password]
    assert await admin.of("ANNA") == (new.account, found)
    (record,) = await records(database)
    assert (record.action, record.actor) == ("admin", "root@cli")
    assert record.detail == {
        "did": "app-password add",
        "login": "anna",
        "app_password": "花子の 電話",
        "app_password_number": new.app_password.id,
        "scopes": ["imap", "smtp"],
    }
    assert refreshed == [True]
    assert new.secret not in repr(new) + str(await records(database))
    rows = database.file.read_bytes()
    wal = database.file.with_name(database.file.name + "-wal")
    assert new.secret.encode() not in rows + (wal.read_bytes() if wal.exists() else b"")


async def test_what_is_no_request(database, admin):
    await admin.add("anna", "iPhone", by=ROOT, scopes=[Scope.SMTP])
    for login, name, scopes, error in (
        ("nobody", "x", Scope, NotFound),
        ("anna", "", Scope, BadInput),
        ("anna", "12", Scope, BadInput),
        ("anna", "a\nb", Scope, BadInput),
        ("anna", "x", (), BadInput),
        ("anna", "iPhone", Scope, AlreadyExists),
        ("anna", "IPHONE", Scope, AlreadyExists),
    ):
        with pytest.raises(error):
            await admin.add(login, name, by=ROOT, scopes=scopes)
        if scopes:
            with pytest.raises(error):
                await admin.check(login, name)
    assert len(await records(database)) == 1
    await admin.check("anna", "PC")
    await admin.check("ben", "iPhone")


async def test_there_is_an_end_to_them(admin):
    for number in range(MOST):
        await admin.add("anna", f"device {number}", by=ROOT)
    with pytest.raises(BadInput, match="app-password list anna"):
        await admin.add("anna", "one more", by=ROOT)
    await admin.add("ben", "the first", by=ROOT)


async def test_removed_by_name_or_number(database, admin):
    names = ["Café", "PC 2", "tablet"]
    made = [(await admin.add("anna", name, by=ROOT)).app_password for name in names]
    others = (await admin.add("ben", "PC 2", by=ROOT)).app_password
    typed = unicodedata.normalize("NFD", "café")
    assert await admin.remove("anna", typed, by=ROOT) == made[0]
    assert await admin.remove("Anna", f" {made[1].id} ", by=ROOT) == made[1]
    for gone in ("PC 2", str(made[1].id), str(others.id), ""):
        with pytest.raises(NotFound) as caught:
            await admin.remove("anna", gone, by=ROOT)
        assert caught.value.kind == "application password"
    with pytest.raises(NotFound) as caught:
        await admin.remove("anna", "tabelt", by=ROOT)
    assert caught.value.meant == "tablet"
    assert (await admin.of("anna"))[1] == [made[2]] and (await admin.of("ben"))[1] == [others]
    assert [record.detail["did"] for record in (await records(database))[4:]] == [
        "app-password remove"
    ] * 2


async def test_all_of_a_person(database, admin):
    made = [(await admin.add("anna", name, by=ROOT)).app_password for name in ("a", "b")]
    kept = (await admin.add("ben", "a", by=ROOT)).app_password
    assert await admin.remove_all("anna", by=ROOT) == made
    assert await admin.remove_all("anna", by=ROOT) == []
    assert (await admin.of("ben"))[1] == [kept]
    assert [record.detail["app_password"] for record in (await records(database))[3:]] == ["a", "b"]
    with pytest.raises(NotFound):
        await admin.remove_all("nobody", by=ROOT)


async def test_nothing_is_made_without_a_record(database, admin, monkeypatch):
    def full(_self, _records):
        raise StoreUnavailable("the disk is full")

    log = type(await database.read(lambda tx: tx.log))
    monkeypatch.setattr(log, "append", full)
    with pytest.raises(StoreUnavailable):
        await admin.add("anna", "x", by=ROOT)
    assert (await admin.of("anna"))[1] == []


@pytest.mark.parametrize(
    ("role", "instead"), [("admin", "user grant carl MAILBOX"), ("auditor", "to another login")]
)
async def test_who_reads_no_mail_is_given_none(database, admin, role, instead):
    await database.write(lambda tx: tx.accounts.add("carl", "Carl", role, "h"))
    for asked in (admin.check("carl", "iPhone"), admin.add("carl", "iPhone", by=ROOT)):
        with pytest.raises(BadInput, match="reads no mail") as error:
            await asked
        assert instead in error.value.instead
    assert (await admin.of("carl"))[1] == [] and await records(database) == []
