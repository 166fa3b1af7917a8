"""A device comes in with its own password, and leaves with it (service/accounts)."""

from __future__ import annotations

import pytest

from proxyd.domain.app_passwords import Scope, digest_of, secret_in
from proxyd.domain.errors import (
    NeedsAppPassword,
    NothingToSendFrom,
    ReadsNoMail,
    SignInFailed,
    StoreUnavailable,
)
from proxyd.domain.networks import parsed_networks
from proxyd.domain.sign_in_delays import PLACE_FREE
from proxyd.domain.types import Right
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.attempts import Attempts
from proxyd.service.password_checks import PasswordChecks
from tests.service.accounts.test_accounts import (
    BROWSER,
    LAPTOP,
    SENDING,
    Session,
    Slow,
    accounts,
    anna,
    checks,
    logged,
)

__all__ = ["accounts", "anna", "checks"]

SECRET = "k7mqp2-x3w8nd-f4vbt9-2abcde"
OTHER = "abcdef-ghjkmn-pqrstu-vwxyz2"
DOORS = {"imap": LAPTOP, "smtp": SENDING, "web": BROWSER}


async def given(database, account, secret=SECRET, scopes=Scope, name="iPhone"):
    digest = digest_of(secret_in(secret))
    return await database.write(
        lambda tx: tx.app_passwords.add(account.id, name, tuple(scopes), digest)
    )


async def last(database):
    return (await logged(database))[-1]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("anna", SECRET),
        ("Anna*support", SECRET.upper()),
        ("anna@example.test", SECRET.replace("-", "")),
        ("support@example.test", f"anna:{SECRET}"),
        ("support@example.test", f"anna：{SECRET}"),
        ("anna", f"anna:{SECRET} "),
    ],
)
async def test_it_is_typed_where_the_own_one_would_be(database, accounts, anna, login, password):
    phone = await given(database, anna)
    for origin in (LAPTOP, SENDING):
        assert (await accounts.sign_in(login, password, origin)).id == anna.id
        record = await last(database)
        assert (record.outcome, record.actor, record.origin) == ("ok", "anna", origin)
        assert record.detail == {"app_password": "iPhone", "app_password_number": phone.id}
    assert SECRET not in str(await logged(database))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("scopes", [(Scope.IMAP,), (Scope.SMTP,), tuple(Scope)])
async def test_it_opens_its_doors_and_no_other(database, accounts, anna, door, scopes):
    await given(database, anna, scopes=scopes)
    if door in scopes:
        assert (await accounts.sign_in("anna", SECRET, DOORS[door])).id == anna.id
        return
    with pytest.raises(SignInFailed) as caught:
        await accounts.sign_in("anna", SECRET, DOORS[door])
    assert type(caught.value) is SignInFailed, "as any wrong password"
    record = await last(database)
    assert record.outcome == "refused"
    assert (record.detail["reason"], record.detail["app_password"]) == ("scope", "iPhone")
    (phone,) = await database.read(lambda tx: tx.app_passwords.of(anna.id))
    assert phone.last_use is None


def _grants(tx, account, right=None):
    tx.accounts.revoke(account.id, 1)
    if right is not None:
        tx.accounts.grant(account.id, 1, right)


MATRIX = [
    ("disabled", lambda tx, a: tx.accounts.set_disabled(a.id, True), SignInFailed, SignInFailed),
    (
        "network",
        lambda tx, a: tx.accounts.set_networks(a.id, parsed_networks(["198.51.100.0/24"])),
        SignInFailed,
        SignInFailed,
    ),
    ("removed", lambda tx, a: tx.app_passwords.remove(1), SignInFailed, SignInFailed),
    ("gone", lambda tx, a: tx.accounts.remove(a.id), SignInFailed, SignInFailed),
    ("reader", lambda tx, a: _grants(tx, a, Right.READ), None, NothingToSendFrom),
    ("nothing", _grants, None, NothingToSendFrom),
    ("auditor", lambda tx, a: tx.accounts.set_role(a.id, "auditor"), ReadsNoMail, ReadsNoMail),
    ("admin", lambda tx, a: tx.accounts.set_role(a.id, "admin"), None, None),
    ("new own password", lambda tx, a: tx.accounts.set_password(a.id, "x"), None, None),
    ("only", lambda tx, a: tx.accounts.set_app_passwords_only(a.id, True), None, None),
]


@pytest.mark.parametrize(
    ("change", "imap", "smtp"), [row[1:] for row in MATRIX], ids=[row[0] for row in MATRIX]
)
async def test_what_holds_for_a_person_holds_for_the_devices(
    database, accounts, anna, change, imap, smtp
):
    await given(database, anna)
    await database.write(lambda tx: change(tx, anna))
    for origin, error in ((LAPTOP, imap), (SENDING, smtp)):
        if error is None:
            assert (await accounts.sign_in("anna", SECRET, origin)).login == "anna"
            continue
        with pytest.raises(SignInFailed) as caught:
            await accounts.sign_in("anna", SECRET, origin)
        assert type(caught.value) is error


async def test_a_mailbox_without_a_grant_is_a_wrong_password(database, accounts, anna):
    await given(database, anna)
    for login in ("anna*sales", "anna*nosuch"):
        with pytest.raises(SignInFailed):
            await accounts.sign_in(login, SECRET, LAPTOP)
        assert (await last(database)).detail["reason"] == "no-grant"


async def test_another_person_s_is_a_wrong_password(database, accounts, anna, hasher):
    def add(tx):
        return tx.accounts.add("taro", "Taro", "staff", hasher.hash("geheim12"))

    taro = await database.write(add)
    await given(database, taro, OTHER)
    for login in ("anna", "nobody", ""):
        with pytest.raises(SignInFailed):
            await accounts.sign_in(login, OTHER, LAPTOP)
        assert (await last(database)).detail["reason"] in ("password", "unknown")
    assert (await accounts.sign_in("taro", OTHER, LAPTOP)).id == taro.id


# ---------------------------------------------------------------- how much work it is


@pytest.fixture
def slow(hasher):
    return Slow(hasher)


async def failing(database, slow, login, password, origin=LAPTOP):
    """How many hashes it takes."""
    before = len(slow.checked)
    checks = PasswordChecks(slow)
    with pytest.raises(SignInFailed):
        await Accounts(database, checks).sign_in(login, password, origin)
    checks.close()
    return len(slow.checked) - before


async def test_the_right_one_takes_no_hash_and_no_queue(database, anna, slow, monkeypatch):
    await given(database, anna)
    checks = PasswordChecks(slow)

    async def full(*_args, **_named):
        raise AssertionError("it does not wait")

    monkeypatch.setattr(checks, "right", full)
    assert (await Accounts(database, checks).sign_in("anna", SECRET, LAPTOP)).id == anna.id
    assert slow.checked == []
    checks.close()


async def test_what_does_not_let_in_takes_as_long_as_a_wrong_password(database, anna, slow):
    async def takes(login="anna", password=SECRET, origin=LAPTOP):
        return await failing(database, slow, login, password, origin)

    wrong = await takes(password="wrong")
    assert wrong == await takes(password=OTHER) == await takes("nobody", SECRET) == 1
    await given(database, anna, scopes=(Scope.SMTP,))
    assert await takes() == wrong  # its scope
    assert await takes("anna*sales", SECRET, SENDING) == wrong  # no grant
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    assert await takes(origin=SENDING) == wrong
    await database.write(lambda tx: tx.app_passwords.remove(1))
    assert await takes(origin=SENDING) == wrong


async def test_what_is_looked_up_goes_by_what_is_typed(database, accounts, anna, monkeypatch):
    await given(database, anna)
    asked = []
    read = type(await database.read(lambda tx: tx.app_passwords))
    find = read.find

    def noted(self, digests):
        asked.append(len(list(digests)))
        return find(self, digests)

    monkeypatch.setattr(read, "find", noted)
    counts = []
    for login in ("anna", "nobody", "My Pass-Word!"):
        for password in (OTHER, "wrong"):
            asked.clear()
            with pytest.raises(SignInFailed):
                await accounts.sign_in(login, password, LAPTOP)
            counts.append((password, asked[0]))
    assert set(counts) == {(OTHER, 1), ("wrong", 0)}


async def test_one_removed_while_it_is_looked_at_opens_nothing(
    database, accounts, anna, monkeypatch
):
    phone = await given(database, anna)
    read = database.read

    async def then_removed(work):
        result = await read(work)
        monkeypatch.undo()
        await database.write(lambda tx: tx.app_passwords.remove(phone.id))
        return result

    monkeypatch.setattr(database, "read", then_removed)
    with pytest.raises(SignInFailed):
        await accounts.sign_in("anna", SECRET, LAPTOP)
    assert (await last(database)).detail == {"reason": "password"}


async def test_who_has_one_guesses_the_own_password_no_faster(database, anna, checks, hasher):
    await given(database, anna)
    pauses = []

    async def noted(seconds):
        pauses.append(seconds)

    attempts = Attempts(checks, clock=lambda: 0.0, sleep=noted)
    accounts = Accounts(database, checks, attempts=attempts)
    for number in range(PLACE_FREE + 3):
        assert (await accounts.sign_in("anna", SECRET, LAPTOP)).id == anna.id
        with pytest.raises(SignInFailed):
            await accounts.sign_in("anna", f"guess {number}", LAPTOP)
    assert len(pauses) == 2, "as without it: the sixth failure is free, those behind it wait"
    await accounts.sign_in("anna", SECRET, LAPTOP)
    assert len(pauses) == 2, "the device never waits"


# ---------------------------------------------------------------- only with one


@pytest.mark.parametrize("origin", [LAPTOP, SENDING], ids=["imap", "smtp"])
async def test_who_needs_one_is_told_so_and_a_stranger_is_not(database, accounts, anna, origin):
    await database.write(lambda tx: tx.accounts.set_app_passwords_only(anna.id, True))
    # Whatever mailbox is asked for: the first factor alone does not tell which ones Anna has.
    for login in ("anna", "anna*support", "anna*sales", "anna*nosuch"):
        with pytest.raises(NeedsAppPassword):
            await accounts.sign_in(login, "geheim12", origin)
        assert (await last(database)).detail == {"reason": "application-password-needed"}
    with pytest.raises(SignInFailed) as caught:
        await accounts.sign_in("anna", "wrong", origin)
    assert type(caught.value) is SignInFailed
    assert (await accounts.sign_in("anna", "geheim12", BROWSER)).id == anna.id


async def test_who_is_disabled_is_not_told(database, accounts, anna):
    def change(tx):
        tx.accounts.set_app_passwords_only(anna.id, True)
        tx.accounts.set_disabled(anna.id, True)

    await database.write(change)
    with pytest.raises(SignInFailed) as caught:
        await accounts.sign_in("anna", "geheim12", LAPTOP)
    assert type(caught.value) is SignInFailed


# ---------------------------------------------------------------- leaving


async def opened(accounts, password, origin=LAPTOP):
    account = await accounts.sign_in("anna", password, origin)
    session = Session(accounts, account)
    accounts.register(account, session)
    return session


async def test_one_that_is_removed_ends_what_it_opened_and_nothing_else(database, accounts, anna):
    phone, _ = await given(database, anna), await given(database, anna, OTHER, name="PC")
    reading, sending = await opened(accounts, SECRET), await opened(accounts, SECRET, SENDING)
    others = [await opened(accounts, OTHER), await opened(accounts, "geheim12")]
    await accounts.refresh()
    assert [one.ended for one in (reading, sending, *others)] == [[]] * 4
    await database.write(lambda tx: tx.app_passwords.remove(phone.id))
    await accounts.refresh()
    assert reading.ended == sending.ended == ["app-password-removed"]
    assert [one.ended for one in others] == [[], []]


CHANGES = [
    (lambda tx, a: tx.accounts.set_disabled(a.id, True), ["disabled"], ["disabled"]),
    (lambda tx, a: tx.accounts.revoke(a.id, 1), ["grants"], ["grants"]),
    (lambda tx, a: tx.accounts.set_password(a.id, "other"), [], ["password"]),
    (
        lambda tx, a: tx.accounts.set_app_passwords_only(a.id, True),
        [],
        ["app-password-needed"],
    ),
]


@pytest.mark.parametrize(("change", "device", "own"), CHANGES)
async def test_what_ends_a_device_and_what_the_own_password(
    database, accounts, anna, change, device, own
):
    await given(database, anna)
    phone, laptop = await opened(accounts, SECRET), await opened(accounts, "geheim12")
    browser = await opened(accounts, "geheim12", BROWSER)
    await database.write(lambda tx: change(tx, anna))
    await accounts.refresh()
    assert (phone.ended, laptop.ended) == (device, own)
    assert browser.ended == ([] if own == ["app-password-needed"] else own)


async def test_removed_between_signing_in_and_registering_counts(database, accounts, anna):
    phone = await given(database, anna)
    account = await accounts.sign_in("anna", SECRET, LAPTOP)
    await database.write(lambda tx: tx.app_passwords.remove(phone.id))
    await accounts.refresh()
    session = Session()
    accounts.register(account, session)
    await accounts.refresh()  # as watch_changes does after a registration
    assert session.ended == ["app-password-removed"]


# ---------------------------------------------------------------- last used


async def test_what_it_was_used_for_last(database, accounts, anna, clock):
    phone = await given(database, anna)

    async def used():
        (one,) = await database.read(lambda tx: tx.app_passwords.of(anna.id))
        return one.last_use

    assert await used() is None
    await accounts.sign_in("anna", SECRET, LAPTOP)
    first = await used()
    assert (first.at_us, first.door, first.address) == (clock.now, "imap", "192.0.2.7")
    assert first.client == "Thunderbird 140"
    await accounts.sign_in("anna", SECRET, SENDING)
    assert await used() == first, "once a minute"
    clock.advance(seconds=60)
    await accounts.sign_in("anna", SECRET, SENDING)
    assert ((await used()).door, (await used()).client) == ("smtp", "pc.example")
    assert phone.last_use is None


async def test_a_client_that_says_later_what_it_is(database, accounts, anna, monkeypatch, caplog):
    await given(database, anna)
    account = await accounts.sign_in("anna", SECRET, LAPTOP)
    session = Session(accounts, account)
    accounts.register(account, session)

    async def client():
        (one,) = await database.read(lambda tx: tx.app_passwords.of(anna.id))
        return one.last_use.client

    await accounts.identified(account, session, "iPhone Mail")
    assert await client() == "iPhone Mail"

    async def shut(_work):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(database, "write", shut)
    await accounts.identified(account, session, "iPhone Mail")  # told already: not written again
    assert not caplog.records
    await accounts.identified(account, session, "another")
    assert "the disk is full" in caplog.text
    caplog.clear()
    await accounts.identified(account, Session(), "of nobody who has registered")
    assert not caplog.records
