"""Who comes in, who does not, and who must leave (service/accounts/accounts.py); promises 5 and
7.
"""

from __future__ import annotations

import asyncio
import logging

import pytest

from proxyd.domain.errors import Busy, NothingToSendFrom, SignInFailed, StoreUnavailable
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, Right, Role, SeenMode, Server, SharedMailbox
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.database import Database
from tests.patience import PATIENCE_S

LAPTOP = Origin("imap", "192.0.2.7", "Thunderbird 140", "s1")
SENDING = Origin("smtp", "192.0.2.7", "pc.example", "s2")
SERVER = Server("mail.example.test", 993, "tls", "user")


class Session:
    def __init__(self, accounts=None, account=None):
        self.ended = []
        self._accounts, self._account = accounts, account

    def end(self, reason):
        self.ended.append(reason)
        if self._accounts is not None:  # as the edges do when the line closes
            self._accounts.unregister(self._account, self)


@pytest.fixture
def checks(hasher):
    checks = PasswordChecks(hasher)
    yield checks
    checks.close()


@pytest.fixture
def accounts(database, checks):
    return Accounts(database, checks)


@pytest.fixture
async def anna(database, hasher):
    password_hash = hasher.hash("geheim12")

    def add(tx):
        for name in ("support", "sales"):
            address = f"{name}@example.test"
            tx.mailboxes.add(
                SharedMailbox(0, name, address, (), "en", SeenMode.PERSON, SERVER, SERVER), b"s"
            )
        account = tx.accounts.add("anna", "Anna", "staff", password_hash)
        tx.accounts.grant(account.id, tx.mailboxes.find("support").id, Right.RESPOND)
        return tx.accounts.find("anna")[0]

    return await database.write(add)


@pytest.fixture
async def other(database, keys, clock):
    """The command line in another process."""
    other = Database(database.file, keys=keys, clock=clock)
    await other.open()
    await database.changed_by_others()
    yield other
    await other.close()


async def logged(database):
    return [stored.record for stored in await database.read(lambda tx: tx.log.search(LogQuery()))]


# ---------------------------------------------------------------- signing in


async def test_a_sign_in_is_in_the_log(database, accounts, anna):
    assert await accounts.sign_in("anna", "geheim12", LAPTOP) == anna
    (record,) = await logged(database)
    assert (record.action, record.outcome, record.actor) == ("login", "ok", "anna")
    assert (record.origin, record.detail) == (LAPTOP, {})


@pytest.mark.parametrize("login", ["ANNA", " anna ", "anna*support", "Anna*other"])
async def test_how_a_login_may_be_typed(database, accounts, anna, login):
    assert await accounts.sign_in(login, "geheim12", LAPTOP) == anna
    (record,) = await logged(database)
    assert (record.actor, record.mailbox) == ("anna", login.strip().partition("*")[2])


@pytest.mark.parametrize(
    ("login", "password", "actor", "reason"),
    [
        ("anna", "wrong", "anna", "password"),
        ("anna", "", "anna", "password"),
        ("anna", "\ud800", "anna", "password"),
        ("anna", "x" * 100_000, "anna", "password"),
        ("nobody", "geheim12", "nobody", "unknown"),
        ("", "geheim12", "", "unknown"),
        ("My Pass-Word!", "geheim12", "", "unknown"),  # perhaps typed into the wrong field
        ("\ud800\r\n", "geheim12", "", "unknown"),
        ("x" * 100_000, "geheim12", "", "unknown"),
        ("taro", "geheim12", "taro", "disabled"),
        ("taro", "wrong", "taro", "password"),
    ],
)
async def test_a_failure_is_one_answer_and_a_record_with_its_reason(
    database, accounts, anna, hasher, login, password, actor, reason
):
    def add(tx):
        taro = tx.accounts.add("taro", "Taro", "staff", hasher.hash("geheim12"))
        tx.accounts.set_disabled(taro.id, True)

    await database.write(add)
    with pytest.raises(SignInFailed) as caught:
        await accounts.sign_in(login, password, LAPTOP)
    assert caught.value.args == ()
    (record,) = await logged(database)
    assert (record.outcome, record.actor, record.detail) == ("refused", actor, {"reason": reason})
    assert "geheim12" not in str(record)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda tx, id_, _: tx.accounts.set_disabled(id_, True), "disabled"),
        (lambda tx, id_, _: tx.accounts.remove(id_), "unknown"),
        (lambda tx, id_, hasher: tx.accounts.set_password(id_, hasher.hash("new")), "password"),
    ],
)
async def test_what_changes_while_the_password_is_checked_counts(
    database, anna, hasher, change, reason
):
    class SlowChecks(PasswordChecks):
        async def right(self, *args, **named):
            result = await super().right(*args, **named)
            await database.write(lambda tx: change(tx, anna.id, hasher))
            return result

    checks = SlowChecks(hasher)
    with pytest.raises(SignInFailed):
        await Accounts(database, checks).sign_in("anna", "geheim12", LAPTOP)
    (record,) = await logged(database)
    assert record.detail == {"reason": reason}
    checks.close()


@pytest.mark.parametrize(
    ("role", "grants"),
    [("admin", {}), ("auditor", {}), ("staff", {}), ("staff", {1: Right.READ, 2: Right.READ})],
)
async def test_who_may_send_from_nowhere_stays_outside_of_the_sending_door(
    database, accounts, anna, hasher, role, grants
):
    def add(tx):
        rita = tx.accounts.add("rita", "Rita", role, hasher.hash("geheim12"))
        for mailbox, right in grants.items():
            tx.accounts.grant(rita.id, mailbox, right)

    await database.write(add)
    with pytest.raises(NothingToSendFrom):
        await accounts.sign_in("rita", "geheim12", SENDING)
    with pytest.raises(SignInFailed) as caught:
        await accounts.sign_in("rita", "wrong", SENDING)
    assert type(caught.value) is SignInFailed, "a stranger learns nothing"
    assert (await accounts.sign_in("rita", "geheim12", LAPTOP)).login == "rita"
    assert [(record.outcome, record.detail) for record in await logged(database)] == [
        ("refused", {"reason": "nothing-to-send-from"}),
        ("refused", {"reason": "password"}),
        ("ok", {}),
    ]


@pytest.mark.parametrize("right", [Right.RESPOND, Right.MANAGE])
async def test_one_mailbox_to_send_from_is_enough(database, accounts, anna, right):
    def grant(tx):
        tx.accounts.grant(anna.id, 1, Right.READ)
        tx.accounts.grant(anna.id, 2, right)

    await database.write(grant)
    assert (await accounts.sign_in("anna", "geheim12", SENDING)).login == "anna"


async def test_a_disabled_person_is_not_told_what_is_missing(database, accounts, anna):
    def disable(tx):
        tx.accounts.revoke(anna.id, 1)
        tx.accounts.set_disabled(anna.id, True)

    await database.write(disable)
    with pytest.raises(SignInFailed) as caught:
        await accounts.sign_in("anna", "geheim12", SENDING)
    assert type(caught.value) is SignInFailed


async def test_no_access_without_a_record(database, accounts, anna, monkeypatch):
    async def full(_work):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(database, "write", full)
    with pytest.raises(StoreUnavailable):
        await accounts.sign_in("anna", "geheim12", LAPTOP)


# ---------------------------------------------------------------- leaving


async def signed_in(accounts):
    account = await accounts.sign_in("anna", "geheim12", LAPTOP)
    session = Session(accounts, account)
    accounts.register(account, session)
    return session


CHANGES = [
    (lambda tx, a, h: tx.accounts.set_disabled(a.id, True), ["disabled"]),
    (lambda tx, a, h: tx.accounts.remove(a.id), ["disabled"]),
    (lambda tx, a, h: tx.accounts.set_password(a.id, h.hash("x")), ["password"]),
    (lambda tx, a, h: tx.accounts.revoke(a.id, 1), ["grants"]),
    (lambda tx, a, h: tx.accounts.grant(a.id, 1, Right.READ), ["grants"]),
    (lambda tx, a, h: tx.accounts.grant(a.id, 2, Right.READ), ["grants"]),
    (lambda tx, a, h: tx.mailboxes.remove(1), ["grants"]),
    (lambda tx, a, h: tx.accounts.grant(a.id, 1, Right.RESPOND), []),
    (lambda tx, a, h: tx.accounts.set_name(a.id, "Other"), []),
    (lambda tx, a, h: tx.mailboxes.remove(2), []),
]


@pytest.mark.parametrize(("change", "reasons"), CHANGES)
async def test_a_change_ends_the_sessions_it_concerns(
    database, accounts, anna, hasher, change, reasons
):
    await accounts.refresh()
    sessions = [await signed_in(accounts) for _ in range(3)]
    await accounts.refresh()
    assert [session.ended for session in sessions] == [[]] * 3
    await database.write(lambda tx: change(tx, anna, hasher))
    await accounts.refresh()
    assert [session.ended for session in sessions] == [reasons] * 3
    assert accounts.sessions() == ({} if reasons else {anna.id: 3})


@pytest.mark.parametrize(("change", "reasons"), CHANGES)
async def test_a_change_between_signing_in_and_registering_counts(
    database, accounts, anna, hasher, change, reasons
):
    account = await accounts.sign_in("anna", "geheim12", LAPTOP)
    await database.write(lambda tx: change(tx, anna, hasher))
    await accounts.refresh()
    session = Session()
    accounts.register(account, session)
    await accounts.refresh()  # as watch_changes does after a registration
    assert session.ended == reasons


async def test_who_has_left_is_not_ended(database, accounts, anna):
    account = await accounts.sign_in("anna", "geheim12", LAPTOP)
    session = Session()
    accounts.register(account, session)
    accounts.unregister(account, session)
    accounts.unregister(account, session)
    assert accounts.sessions() == {}
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    await accounts.refresh()
    assert session.ended == []


async def test_disabled_and_enabled_again_ends_sessions_only_if_seen(database, accounts, anna):
    session = await signed_in(accounts)
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, False))
    await accounts.refresh()
    assert session.ended == []


async def test_everybody_leaves_when_the_server_stops(accounts, anna):
    sessions = [await signed_in(accounts) for _ in range(3)]
    accounts.end_all("shutdown")
    assert [session.ended for session in sessions] == [["shutdown"]] * 3


async def test_listeners_hear_of_changes_and_only_of_changes(database, accounts, anna):
    heard = []
    accounts.on_change(lambda: heard.append([account.login for account in accounts.all()]))
    await accounts.refresh()
    await accounts.refresh()
    assert heard == [["anna"]]
    await database.write(lambda tx: tx.accounts.add("taro", "Taro", "admin", "x"))
    await accounts.refresh()
    assert heard == [["anna"], ["anna", "taro"]]
    assert accounts.all()[1].role is Role.ADMIN


# ---------------------------------------------------------------- watching


@pytest.fixture
async def watching(accounts):
    task = asyncio.ensure_future(accounts.watch_changes(0.02))
    yield task
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def ended(session):
    async with asyncio.timeout(PATIENCE_S):
        while not session.ended:
            await asyncio.sleep(0.005)
    return session.ended


async def test_another_process_disables_and_the_session_ends_within_a_second(
    accounts, anna, other, watching
):
    session = await signed_in(accounts)
    await asyncio.sleep(0.1)
    assert session.ended == []
    await other.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    assert await ended(session) == ["disabled"]


async def test_a_late_registration_is_looked_at(database, accounts, anna, watching):
    account = await accounts.sign_in("anna", "geheim12", LAPTOP)
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    await accounts.refresh()
    session = Session()
    accounts.register(account, session)
    assert await ended(session) == ["disabled"]


@pytest.mark.parametrize("trouble", [StoreUnavailable("locked"), Busy("store")])
async def test_watching_survives_a_store_that_is_away_and_misses_nothing(
    database, accounts, anna, other, monkeypatch, caplog, trouble
):
    session = await signed_in(accounts)
    real, away = database.read, True

    async def read(work):
        if away:
            raise trouble
        return await real(work)

    monkeypatch.setattr(database, "read", read)
    caplog.set_level(logging.WARNING)
    task = asyncio.ensure_future(accounts.watch_changes(0.01))
    await other.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    await asyncio.sleep(0.1)
    assert not task.done() and session.ended == []
    away = False
    assert await ended(session) == ["disabled"]
    assert len(caplog.records) <= 1
    task.cancel()
    await asyncio.wait([task])


async def test_who_was_added_by_another_process_finds_it_in_force(database, checks, anna):
    """Not only at the next look: whoever was told a login types it in at once."""
    noted = []

    async def in_force():
        noted.append("in force")

    accounts = Accounts(database, checks, in_force=in_force)
    accounts.on_change(lambda: noted.append("changed"))
    await accounts.sign_in("anna", "geheim12", LAPTOP)
    assert noted == ["changed", "in force"]
    await accounts.sign_in("anna", "geheim12", LAPTOP)
    assert noted == ["changed", "in force", "in force"]
    sales = await database.read(lambda tx: tx.mailboxes.find("sales"))
    await database.write(lambda tx: tx.accounts.grant(anna.id, sales.id, Right.READ))
    await accounts.sign_in("anna", "geheim12", LAPTOP)
    assert noted[3:] == ["changed", "in force"]
