"""Adding and removing people; each change is recorded with it (service/admin/account_admin.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AlreadyExists, BadInput, NotFound, StoreUnavailable
from proxyd.domain.networks import parsed_networks
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, Right, Role, SeenMode, Server, SharedMailbox
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import AccountAdmin, parsed_grant
from proxyd.service.password_checks import PasswordChecks

ROOT = Actor("Root@cli", Origin("cli"))
SERVER = Server("mail.example.test", 993, "tls", "user")


@pytest.fixture
def refreshed():
    return []


@pytest.fixture
async def admin(database, hasher, refreshed):
    def boxes(tx):
        for name in ("support", "sales"):
            address = f"{name}@example.test"
            tx.mailboxes.add(
                SharedMailbox(0, name, address, (), "en", SeenMode.PERSON, SERVER, SERVER), b"s"
            )

    async def refresh():
        refreshed.append(True)

    await database.write(boxes)
    checks = PasswordChecks(hasher)
    yield AccountAdmin(database, checks, refresh)
    checks.close()


@pytest.fixture
async def anna(admin):
    new = await admin.add(
        "anna", "Anna", by=ROOT, grants={"sales": Right.READ}, password="geheim12"
    )
    return new.account


async def last_record(database):
    (stored,) = await database.read(lambda tx: tx.log.search(LogQuery(newest_first=True, limit=1)))
    return stored.record


async def test_added_with_grants_in_order_and_a_record(database, admin, hasher, refreshed):
    wanted = {"sales": Right.READ, "support": Right.MANAGE}
    new = await admin.add(
        " Anna ", "佐藤 安奈", by=ROOT, role=Role.ADMIN, grants=wanted, password="geheim12"
    )
    account, password_hash = await database.read(lambda tx: tx.accounts.find("anna"))
    assert new.account == account and new.generated is None
    assert hasher.verify("geheim12", password_hash)
    (listed,) = await admin.all()
    assert (listed.account, list(listed.grants.items())) == (account, list(wanted.items()))
    record = await last_record(database)
    assert (record.action, record.actor, record.origin.door) == ("admin", "root@cli", "cli")
    assert record.detail == {
        "did": "user add",
        "login": "anna",
        "name": "佐藤 安奈",
        "role": "admin",
        "grants": {"sales": "read", "support": "manage"},
    }
    assert refreshed == [True]


async def test_a_password_is_made_shown_once_and_not_in_any_repr(database, admin, hasher):
    new = await admin.add("anna", "Anna", by=ROOT)
    _, password_hash = await database.read(lambda tx: tx.accounts.find("anna"))
    assert hasher.verify(new.generated, password_hash)
    assert new.generated not in repr(new)
    assert new.generated not in repr(await last_record(database))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"login": "a b"}, BadInput),
        ({"name": ""}, BadInput),
        ({"password": "short"}, BadInput),
        ({"grants": {"nowhere": Right.READ}}, NotFound),
        ({"grants": {"sales": Right.READ, "nowhere": Right.READ}}, NotFound),
        ({"login": "ANNA"}, AlreadyExists),
        ({"role": Role.AUDITOR, "grants": {"sales": Right.READ}}, BadInput),
    ],
)
async def test_what_cannot_be_added_leaves_nothing(database, admin, anna, arguments, error):
    before = await database.read(lambda tx: (tx.accounts.all(), tx.log.head()))
    with pytest.raises(error):
        await admin.add(**({"login": "taro", "name": "Taro", "by": ROOT} | arguments))
    assert await database.read(lambda tx: (tx.accounts.all(), tx.log.head())) == before


@pytest.mark.parametrize(
    ("change", "after", "detail"),
    [
        (
            lambda a: a.rename("anna", " 安奈 ", by=ROOT),
            {"name": "安奈"},
            {"did": "user rename", "name": "安奈"},
        ),
        (lambda a: a.disable("Anna", by=ROOT), {"disabled": True}, {"did": "user disable"}),
        (lambda a: a.enable("anna", by=ROOT), {"disabled": False}, {"did": "user enable"}),
        (
            lambda a: a.grant("anna", "support", Right.RESPOND, by=ROOT),
            {"grants": {2: Right.READ, 1: Right.RESPOND}},
            {"did": "user grant", "right": "respond"},
        ),
        (
            lambda a: a.grant("anna", "sales", Right.MANAGE, by=ROOT),
            {"grants": {2: Right.MANAGE}},
            {"did": "user grant", "right": "manage"},
        ),
        (lambda a: a.revoke("anna", "sales", by=ROOT), {"grants": {}}, {"did": "user revoke"}),
        (
            lambda a: a.set_role("Anna", Role.ADMIN, by=ROOT),
            {"role": Role.ADMIN},
            {"did": "user role", "role": "admin"},
        ),
        (
            lambda a: a.set_networks("Anna", ["192.0.2.7", "2001:db8::/32"], by=ROOT),
            {"networks": parsed_networks(["192.0.2.7/32", "2001:db8::/32"])},
            {"did": "user networks", "networks": "192.0.2.7/32 2001:db8::/32"},
        ),
        (
            lambda a: a.set_networks("anna", [], by=ROOT),
            {"networks": ()},
            {"did": "user networks", "networks": ""},
        ),
    ],
)
async def test_changes(database, admin, anna, change, after, detail):
    returned = await change(admin)
    account, _ = await database.read(lambda tx: tx.accounts.find("anna"))
    assert returned == account
    assert {name: getattr(account, name) for name in after} == after
    record = await last_record(database)
    assert record.detail == detail | {"login": "anna"}
    assert record.mailbox == ("support" if "support" in str(change.__code__.co_consts) else "") or (
        record.mailbox == "sales"
    )


async def test_a_new_password(database, admin, anna, hasher):
    assert (await admin.set_password("anna", by=ROOT, password="geheim34")).generated is None
    _, stored = await database.read(lambda tx: tx.accounts.find("anna"))
    assert hasher.verify("geheim34", stored)
    made = (await admin.set_password("anna", by=ROOT)).generated
    _, stored = await database.read(lambda tx: tx.accounts.find("anna"))
    assert hasher.verify(made, stored)
    assert (await last_record(database)).detail == {"did": "user password", "login": "anna"}


@pytest.mark.parametrize(
    "password", ["Password1", "sales-2026", "Anna1985", "support@example.test"]
)
async def test_a_password_that_would_be_guessed_changes_nothing(database, admin, anna, password):
    before = await database.read(lambda tx: tx.accounts.find("anna"))
    with pytest.raises(BadInput):
        await admin.set_password("anna", by=ROOT, password=password)
    assert await database.read(lambda tx: tx.accounts.find("anna")) == before
    with pytest.raises(BadInput):
        await admin.add("ben", "Anna", by=ROOT, password=password)
    assert await database.read(lambda tx: tx.accounts.find("ben")) is None


async def test_the_log_keeps_the_login_of_somebody_removed(database, admin, anna):
    await admin.remove("anna", by=ROOT)
    assert await admin.all() == []
    assert (await last_record(database)).detail == {"did": "user remove", "login": "anna"}


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.disable("nobody", by=ROOT),
        lambda a: a.remove("nobody", by=ROOT),
        lambda a: a.set_password("nobody", by=ROOT),
        lambda a: a.grant("nobody", "sales", Right.READ, by=ROOT),
        lambda a: a.grant("anna", "nowhere", Right.READ, by=ROOT),
        lambda a: a.revoke("anna", "nowhere", by=ROOT),
        lambda a: a.revoke("anna", "support", by=ROOT),
    ],
)
async def test_unknown_names_change_nothing(database, admin, anna, change):
    before = await database.read(lambda tx: (tx.accounts.all(), tx.log.head()))
    with pytest.raises(NotFound):
        await change(admin)
    assert await database.read(lambda tx: (tx.accounts.all(), tx.log.head())) == before


async def test_no_change_without_a_record(database, admin, anna, monkeypatch):
    from proxyd.store.access_log import AccessLog

    def full(_self, _records):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(AccessLog, "append", full)
    with pytest.raises(StoreUnavailable):
        await admin.disable("anna", by=ROOT)
    account, _ = await database.read(lambda tx: tx.accounts.find("anna"))
    assert not account.disabled


@pytest.mark.parametrize(
    ("text", "grant"),
    [
        ("support:read", ("support", Right.READ)),
        (" サポート : Manage ", ("サポート", Right.MANAGE)),
        ("a b:respond", ("a b", Right.RESPOND)),
    ],
)
def test_grants_as_typed(text, grant):
    assert parsed_grant(text) == grant


@pytest.mark.parametrize(
    "text", ["", "support", "support:", ":read", "support:write", "support=read"]
)
def test_no_grants(text):
    with pytest.raises(BadInput, match="NAME:read"):
        parsed_grant(text)


async def test_an_auditor_gets_no_grant_and_who_has_one_does_not_audit(database, admin, anna):
    await admin.add("rita", "Rita", by=ROOT, role=Role.AUDITOR)
    before = await database.read(lambda tx: (tx.accounts.all(), tx.log.head()))
    with pytest.raises(BadInput, match="reads the access log and no mail"):
        await admin.grant("rita", "sales", Right.READ, by=ROOT)
    with pytest.raises(BadInput, match="first: proxyd user revoke anna sales"):
        await admin.set_role("anna", Role.AUDITOR, by=ROOT)
    assert await database.read(lambda tx: (tx.accounts.all(), tx.log.head())) == before
    await admin.revoke("anna", "sales", by=ROOT)
    assert (await admin.set_role("anna", Role.AUDITOR, by=ROOT)).role is Role.AUDITOR
    with pytest.raises(NotFound):
        await admin.set_role("nobody", Role.STAFF, by=ROOT)


async def test_found_by_login(admin, anna):
    assert await admin.find(" ANNA ") == anna
    with pytest.raises(NotFound):
        await admin.find("nobody")
    with pytest.raises(BadInput, match="is not one"):
        await admin.set_networks("anna", ["office"], by=ROOT)


async def test_nobody_shuts_themselves_out_or_becomes_more(admin, anna, database):
    herself = Actor("ANNA", Origin("web"))
    before = await last_record(database)
    for refused in (
        admin.set_role("anna", Role.ADMIN, by=herself),
        admin.disable(" Anna", by=herself),
        admin.remove("anna", by=herself),
        admin.set_password("anna", by=herself),
    ):
        with pytest.raises(BadInput) as error:
            await refused
        assert error.value.problem == "it is you"
    assert await last_record(database) == before
    changed = await admin.set_password("anna", by=herself, only_if=lambda _: True)
    assert changed.generated, "who has shown the present one may"
