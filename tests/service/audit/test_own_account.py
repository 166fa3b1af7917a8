"""What somebody sees of their own account, and of nobody else's (service/audit/own_account.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.app_passwords import Scope
from proxyd.domain.errors import NotFound, SignInFailed, StoreUnavailable
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, Right, Role, SeenMode, Server, SharedMailbox
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.audit import own_account
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.password_checks import PasswordChecks

ROOT = Actor("taro@cli", Origin("cli"))
LAPTOP = Origin("imap", "192.0.2.7", "Thunderbird 140", "s1")
ABROAD = Origin("smtp", "198.51.100.9", "evil.example", "s2")
BROWSER = Origin("web", "192.0.2.7", "Firefox", "s3")
ANNA = Actor("anna", BROWSER)
SERVER = Server("mail.example.test", 993, "tls", "user")


@pytest.fixture
def checks(hasher):
    checks = PasswordChecks(hasher)
    yield checks
    checks.close()


@pytest.fixture
def accounts(database, checks):
    return Accounts(database, checks)


@pytest.fixture
async def admin(database, checks):
    def boxes(tx):
        for name in ("support", "sales"):
            address = f"{name}@example.test"
            tx.mailboxes.add(
                SharedMailbox(0, name, address, (), "en", SeenMode.PERSON, SERVER, SERVER), b"s"
            )

    await database.write(boxes)
    admin = AccountAdmin(database, checks)
    await add(admin, "anna", {"support": Right.RESPOND})
    await add(admin, "ben", {"sales": Right.MANAGE})
    return admin


async def add(admin, login, grants=None):
    await admin.add(login, login.title(), by=ROOT, grants=grants or {}, password="geheim12")


async def refused(accounts, login, password="wrong", origin=ABROAD):
    with pytest.raises(SignInFailed):
        await accounts.sign_in(login, password, origin)


def told(records):
    return [(one.what, one.outcome, one.by, one.address, dict(one.facts)) for one in records]


async def test_sign_ins_tries_and_changes_newest_first(database, accounts, admin):
    await accounts.sign_in("anna*support", "geheim12", LAPTOP)
    await refused(accounts, "anna")
    await admin.set_networks("anna", ["192.0.2.0/24"], by=ROOT)
    await refused(accounts, "anna", "geheim12")
    await admin.set_password("anna", by=ROOT, password="another one")
    added = {"name": "Anna", "role": "staff", "grants": {"support": "respond"}}
    records = await OwnAccount(database).records(by=ANNA)
    assert told(records) == [
        ("user password", "ok", "taro@cli", "", {}),
        ("login", "refused", "anna", "198.51.100.9", {"reason": "network"}),
        ("user networks", "ok", "taro@cli", "", {"networks": "192.0.2.0/24"}),
        ("login", "refused", "anna", "198.51.100.9", {"reason": "password"}),
        ("login", "ok", "anna", "192.0.2.7", {}),
        ("user add", "ok", "taro@cli", "", added),
    ]
    signed_in = records[-2]
    assert (signed_in.door, signed_in.client, signed_in.mailbox) == (
        "imap",
        "Thunderbird 140",
        "support",
    )


async def test_asking_is_recorded_before_it_answers(database, admin):
    await OwnAccount(database).records(by=ANNA)
    (record,) = (
        one.record
        for one in await database.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    )
    assert (record.actor, record.origin, record.detail) == (
        "anna",
        BROWSER,
        {"did": "own account"},
    )


async def test_without_a_record_nothing_is_told(database, admin, monkeypatch):
    async def full(_work):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(database, "write", full)
    with pytest.raises(StoreUnavailable):
        await OwnAccount(database).records(by=ANNA)


async def test_nobody_else_is_told_of(database, accounts, admin):
    await accounts.sign_in("ben", "geheim12", LAPTOP)
    await admin.grant("ben", "support", Right.READ, by=ROOT)
    await admin.set_role("ben", Role.ADMIN, by=ROOT)
    # What an admin did under this very name to others is about them.
    await admin.rename("ben", "Benjamin", by=ANNA)
    assert [one.what for one in await OwnAccount(database).records(by=ANNA)] == ["user add"]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("sales@example.test", "anna:geheim12"),  # there is such a mailbox, and Anna has no grant
        ("sales@example.test", "anna:wrong"),
        ("anna*sales", "geheim12"),
        ("nosuch@example.test", "anna:geheim12"),
        ("anna*nosuch", "geheim12"),
    ],
)
async def test_a_mailbox_of_others_is_told_no_more_than_one_that_is_none(
    database, accounts, admin, login, password
):
    await refused(accounts, login, password, LAPTOP)
    assert [one.what for one in await OwnAccount(database).records(by=ANNA)] == ["user add"]


async def test_who_had_the_login_before_was_somebody_else(database, accounts, admin):
    await accounts.sign_in("anna", "geheim12", LAPTOP)
    await admin.remove("anna", by=ROOT)
    await refused(accounts, "anna")
    await add(admin, "anna")
    records = await OwnAccount(database).records(by=ANNA)
    assert [one.what for one in records] == ["user add"]


async def test_strangers_tries_hide_no_sign_in(database, accounts, admin):
    await accounts.sign_in("anna", "geheim12", LAPTOP)
    for _ in range(5):
        await refused(accounts, "anna")
    records = await OwnAccount(database).records(by=ANNA, most=2)
    assert [(one.what, one.outcome) for one in records] == [
        ("login", "refused"),
        ("login", "refused"),
        ("login", "ok"),
        ("user add", "ok"),
    ]


async def test_many_acts_of_admins_are_looked_through(database, admin, monkeypatch):
    monkeypatch.setattr(own_account, "PAGE", 3)
    for number in range(10):
        await admin.rename("anna" if number % 5 == 0 else "ben", f"N{number}", by=ROOT)
    records = await OwnAccount(database).records(by=ANNA)
    assert [one.facts["name"] for one in records] == ["N5", "N0", "Anna"]


async def test_who_has_no_account_has_none_to_look_at(database, admin):
    with pytest.raises(NotFound):
        await OwnAccount(database).records(by=ROOT)


async def test_facts_that_nobody_has_thought_of_stay_in_the_log(database, admin):
    record = ROOT.record("admin", {"did": "user add", "login": "anna", "sheet": "/somewhere"})
    await database.write(lambda tx: tx.log.append([record]))
    (added,) = await OwnAccount(database).records(by=ANNA)
    assert added.facts == {}


async def test_own_devices_are_told_and_nobody_else_s(database, accounts, admin):
    devices = AppPasswordAdmin(database)
    new = await devices.add("anna", "電話", by=ROOT, scopes=[Scope.IMAP])
    await devices.add("ben", "PC", by=ROOT)
    await accounts.sign_in("anna", new.secret, LAPTOP)
    await refused(accounts, "anna", new.secret, ABROAD)
    await devices.remove("anna", "電話", by=ROOT)
    await admin.set_app_passwords_only("anna", only=True, by=ROOT)
    records = await OwnAccount(database).records(by=ANNA)
    facts = {"app_password": "電話", "app_password_number": new.app_password.id}
    whole = {**facts, "scopes": ["imap"]}
    assert told(records)[:-1] == [
        ("user app-passwords-only", "ok", "taro@cli", "", {"only": "on"}),
        ("app-password remove", "ok", "taro@cli", "", whole),
        ("login", "refused", "anna", "198.51.100.9", {"reason": "scope", **facts}),
        ("login", "ok", "anna", "192.0.2.7", facts),
        ("app-password add", "ok", "taro@cli", "", whole),
    ]
