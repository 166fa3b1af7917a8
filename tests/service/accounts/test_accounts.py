"""Who comes in, who does not, and who must leave (service/accounts/accounts.py); promises 5 and
7.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import unicodedata

import pytest

from proxyd.domain.errors import (
    Busy,
    NoMailboxYet,
    NothingToSendFrom,
    ReadsNoMail,
    SignInFailed,
    StoreUnavailable,
)
from proxyd.domain.networks import parsed_networks
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin, Right, Role, SeenMode, Server, SharedMailbox
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.attempts import Attempts
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.database import Database
from proxyd.store.passwords import PasswordHasher
from tests.patience import PATIENCE_S

LAPTOP = Origin("imap", "192.0.2.7", "Thunderbird 140", "s1")
SENDING = Origin("smtp", "192.0.2.7", "pc.example", "s2")
BROWSER = Origin("web", "192.0.2.7", "Firefox", "s3")
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


@pytest.mark.parametrize("login", ["ANNA", " anna ", "anna*support", "Anna*Support"])
async def test_how_a_login_may_be_typed(database, accounts, anna, login):
    assert await accounts.sign_in(login, "geheim12", LAPTOP) == anna
    (record,) = await logged(database)
    assert (record.actor, record.mailbox) == ("anna", login.strip().lower().partition("*")[2])


@pytest.mark.parametrize("address", ["support@example.test", "Support@Example.Test"])
async def test_the_mailboxes_address_and_a_password_that_names_the_person(
    database, accounts, anna, address
):
    assert await accounts.sign_in(address, "anna:geheim12", LAPTOP) == anna
    assert await accounts.sign_in("anna@example.test", "geheim12", LAPTOP) == anna
    for wrong in ("geheim12", "anna", "anna:wrong", "anna:", ":geheim12", "nobody:geheim12"):
        with pytest.raises(SignInFailed):
            await accounts.sign_in(address, wrong, LAPTOP)
    first, *_ = records = await logged(database)
    assert (first.actor, first.mailbox, first.outcome) == ("anna", "support", "ok")
    # "geheim12" alone looks like a login, and is a password: it is in no record.
    assert "geheim12" not in str(records)


@pytest.mark.parametrize("login", ["anna", "Anna*support", "anna@elsewhere.example"])
async def test_the_password_of_the_sheet_after_a_user_name_that_names_the_person(
    database, accounts, anna, hasher, login
):
    assert await accounts.sign_in(login, "anna:geheim12", LAPTOP) == anna
    for typed in ("anna：geheim12", "ａｎｎａ：ｇｅｈｅｉｍ１２", "geheim12\n", " geheim12"):
        assert await accounts.sign_in(login, typed, LAPTOP) == anna
    for wrong in ("anna:wrong", "anna:", "anna:anna:geheim12", "taro:geheim12", ":geheim12"):
        with pytest.raises(SignInFailed):
            await accounts.sign_in(login, wrong, LAPTOP)
    own = hasher.hash("anna:sesame")  # a password may begin so
    await database.write(lambda tx: tx.accounts.set_password(anna.id, own))
    assert await accounts.sign_in(login, "anna:sesame", LAPTOP) == anna
    assert await accounts.sign_in(login, "anna:anna:sesame", LAPTOP) == anna
    with pytest.raises(SignInFailed):
        await accounts.sign_in(login, "sesame", LAPTOP)
    assert "geheim12" not in str(await logged(database))


@pytest.mark.parametrize("password", ["wrong", "LOGIN:wrong", "LOGIN:wrong ", "ｗｒｏｎｇ"])
async def test_a_login_that_there_is_not_takes_as_long(database, anna, hasher, password):
    counts = []
    for login in ("anna", "nobody"):
        slow = Slow(hasher)
        checks = PasswordChecks(slow)
        with pytest.raises(SignInFailed):
            await Accounts(database, checks).sign_in(
                login, password.replace("LOGIN", login), LAPTOP
            )
        counts.append(len(slow.checked))
        checks.close()
    odd = password != unicodedata.normalize("NFKC", password).strip()
    assert counts[0] == counts[1] == password.count(":") + odd + 1


@pytest.mark.parametrize(
    ("login", "password", "actor", "reason"),
    [
        ("anna", "wrong", "anna", "password"),
        ("anna", "", "anna", "password"),
        ("anna", "\ud800", "anna", "password"),
        ("anna", "geheim12\0", "anna", "password"),
        ("anna\udcff", "geheim12", "", "unknown"),
        ("\0", "geheim12", "", "unknown"),
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
    [("admin", {1: Right.READ}), ("staff", {}), ("staff", {1: Right.READ, 2: Right.READ})],
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


@pytest.mark.parametrize(
    ("role", "grants"), [("admin", {}), ("auditor", {}), ("auditor", {1: Right.MANAGE})]
)
@pytest.mark.parametrize("login", ["rita", "rita*support", "rita*nosuch"])
async def test_a_role_that_reads_no_mail_stays_outside_of_both_mail_doors(
    database, accounts, anna, hasher, role, grants, login
):
    def add(tx):
        rita = tx.accounts.add("rita", "Rita", role, hasher.hash("geheim12"))
        for mailbox, right in grants.items():
            tx.accounts.grant(rita.id, mailbox, right)

    await database.write(add)
    for door in (LAPTOP, SENDING):
        with pytest.raises(ReadsNoMail):
            await accounts.sign_in(login, "geheim12", door)
        with pytest.raises(SignInFailed) as caught:
            await accounts.sign_in(login, "wrong", door)
        assert type(caught.value) is SignInFailed, "a stranger learns nothing"
    assert (await accounts.sign_in("rita", "geheim12", BROWSER)).login == "rita"
    reasons = [record.detail.get("reason", "") for record in await logged(database)]
    assert reasons == ["reads-no-mail", "password", "reads-no-mail", "password", ""]


async def test_an_admin_comes_in_by_the_own_grant_alone(database, accounts, anna):
    await database.write(lambda tx: tx.accounts.set_role(anna.id, Role.ADMIN))
    for door in (LAPTOP, SENDING):
        assert (await accounts.sign_in("anna", "geheim12", door)).role is Role.ADMIN


# ---------------------------------------------------------------- networks

OFFICE = parsed_networks(["192.0.2.0/24", "2001:db8::/32"])


@pytest.mark.parametrize("door", ["imap", "smtp", "web"])
async def test_from_elsewhere_the_right_password_is_a_wrong_one(database, anna, hasher, door):
    slow = Slow(hasher)
    checks = PasswordChecks(slow)
    accounts = Accounts(database, checks)
    await database.write(lambda tx: tx.accounts.set_networks(anna.id, OFFICE))
    for address in ("192.0.2.7", "::ffff:192.0.2.8", "2001:db8::9"):
        await accounts.sign_in("anna", "geheim12", Origin(door, address))
    slow.checked.clear()
    outside = ("198.51.100.1", "::ffff:198.51.100.1", "2001:db9::1", "")
    for address in outside:
        with pytest.raises(SignInFailed) as caught:
            await accounts.sign_in("anna", "geheim12", Origin(door, address))
        assert type(caught.value) is SignInFailed
    assert len(slow.checked) == len(outside), "it takes as long as a wrong one"
    reasons = [record.detail.get("reason", "") for record in await logged(database)]
    assert reasons == ["", "", "", *["network"] * len(outside)]
    checks.close()


async def test_who_tries_passwords_from_elsewhere_is_told_apart_in_the_log(
    database, accounts, anna
):
    await database.write(lambda tx: tx.accounts.set_networks(anna.id, OFFICE))
    with pytest.raises(SignInFailed):
        await accounts.sign_in("anna", "wrong", Origin("imap", "198.51.100.1"))
    (record,) = await logged(database)
    assert record.detail == {"reason": "password"}


async def test_sessions_from_elsewhere_end_when_networks_are_chosen(
    database, accounts, anna, other
):
    """In another process, as the command line does it."""
    await accounts.refresh()
    sessions = {}
    for address in ("192.0.2.7", "198.51.100.1", "::ffff:192.0.2.8"):
        account = await accounts.sign_in("anna", "geheim12", Origin("imap", address))
        sessions[address] = Session(accounts, account)
        accounts.register(account, sessions[address])
    await other.write(lambda tx: tx.accounts.set_networks(anna.id, OFFICE))
    await accounts.refresh()
    assert {address: one.ended for address, one in sessions.items()} == {
        "192.0.2.7": [],
        "198.51.100.1": ["grants"],
        "::ffff:192.0.2.8": [],
    }
    await other.write(lambda tx: tx.accounts.set_networks(anna.id, ()))
    await accounts.refresh()
    assert not sessions["192.0.2.7"].ended


async def test_another_role_ends_what_is_open(database, accounts, anna, other):
    account = await accounts.sign_in("anna", "geheim12", LAPTOP)
    session = Session(accounts, account)
    accounts.register(account, session)
    await other.write(lambda tx: tx.accounts.set_role(anna.id, Role.ADMIN))
    await accounts.refresh()
    assert session.ended == ["grants"]


class Slow:
    """Says which checks took the whole time of a hash."""

    def __init__(self, hasher):
        self._hasher, self.checked = hasher, []

    def verify(self, password, password_hash):
        self.checked.append(password)
        return self._hasher.verify(password, password_hash)

    def verify_nobody(self, password):
        self.checked.append(password)
        self._hasher.verify_nobody(password)

    def outdated(self, password_hash):
        return self._hasher.outdated(password_hash)


@pytest.mark.parametrize("origin", [LAPTOP, SENDING], ids=["imap", "smtp"])
@pytest.mark.parametrize(
    ("asked", "password", "mailbox"),
    [
        ("sales@example.test", "anna:geheim12", "sales"),  # there, and not Anna's
        ("anna*sales", "geheim12", "sales"),
        ("anna*nosuch", "geheim12", "nosuch"),
    ],
)
async def test_a_mailbox_that_the_person_does_not_have_is_not_there_at_any_door(
    database, anna, hasher, origin, asked, password, mailbox
):
    slow = Slow(hasher)
    checks = PasswordChecks(slow)
    accounts = Accounts(database, checks)
    await accounts.sign_in("anna", "geheim12", origin)  # from now on the password is known
    slow.checked.clear()
    for login in (asked, "nosuch@example.test"):
        with pytest.raises(SignInFailed) as caught:
            await accounts.sign_in(login, password, origin)
        assert type(caught.value) is SignInFailed
    assert len(slow.checked) == 2, "an address that is none takes as long"
    _, refused, _ = await logged(database)
    assert (refused.actor, refused.mailbox, refused.outcome) == ("anna", mailbox, "refused")
    assert refused.detail == {"reason": "no-grant"}
    checks.close()


async def test_which_mailboxes_there_are_is_not_told_to_who_may_send_from_none(
    database, accounts, anna
):
    await database.write(lambda tx: tx.accounts.grant(anna.id, 1, Right.READ))
    for login in ("anna*sales", "anna*nosuch"):
        with pytest.raises(SignInFailed) as caught:
            await accounts.sign_in(login, "geheim12", SENDING)
        assert type(caught.value) is SignInFailed
    with pytest.raises(NothingToSendFrom):
        await accounts.sign_in("anna*support", "geheim12", SENDING)


@pytest.mark.parametrize("origin", [LAPTOP, SENDING, BROWSER], ids=["imap", "smtp", "web"])
@pytest.mark.parametrize(
    ("asked", "prefix"), [("sales@example.test", "emi:"), ("emi*sales", ""), ("emi*nosuch", "")]
)
async def test_who_has_no_mailbox_at_all_is_told_so_after_the_right_password_alone(
    database, accounts, anna, hasher, origin, asked, prefix
):
    await database.write(lambda tx: tx.accounts.add("emi", "Emi", "staff", hasher.hash("geheim12")))
    for password in ("falsch12", ""):
        with pytest.raises(SignInFailed) as caught:
            await accounts.sign_in(asked, f"{prefix}{password}", origin)
        assert type(caught.value) is SignInFailed, "a stranger learns nothing"
    with pytest.raises(NoMailboxYet):
        await accounts.sign_in(asked, f"{prefix}geheim12", origin)
    *_, last = await logged(database)
    assert (last.actor, last.outcome, last.detail) == ("emi", "refused", {"reason": "no-mailbox"})
    await database.write(lambda tx: tx.accounts.set_networks(2, parsed_networks(["10.0.0.0/8"])))
    with pytest.raises(SignInFailed) as caught:
        await accounts.sign_in(asked, f"{prefix}geheim12", origin)
    assert type(caught.value) is SignInFailed, "nor from a network that is none of theirs"


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


# ---------------------------------------------------------------- other parameters


async def changed_parameters(database):
    """The same accounts, after the settings ask for more work."""
    checks = PasswordChecks(PasswordHasher(memory_kib=16, passes=1))
    return Accounts(database, checks), checks


async def hash_of(database, login):
    return (await database.read(lambda tx: tx.accounts.find(login)))[1]


async def test_a_hash_with_other_parameters_is_renewed_and_nobody_is_sent_away(database, anna):
    accounts, checks = await changed_parameters(database)
    former = await hash_of(database, "anna")
    sessions = []
    for _ in range(3):
        account = await accounts.sign_in("anna", "geheim12", LAPTOP)
        sessions.append(Session())
        accounts.register(account, sessions[-1])
    renewed = await hash_of(database, "anna")
    assert renewed != former and "m=16," in renewed
    await accounts.refresh()
    assert [session.ended for session in sessions] == [[], [], []]
    await database.write(lambda tx: tx.accounts.set_password(account.id, former))
    await accounts.refresh()
    assert [session.ended for session in sessions] == [[], [], []], "the same password"
    other = PasswordHasher(memory_kib=16, passes=1).hash("anders12")
    await database.write(lambda tx: tx.accounts.set_password(account.id, other))
    await accounts.refresh()
    assert [session.ended for session in sessions] == [["password"]] * 3
    checks.close()


async def test_many_at_once_come_in_while_the_hash_is_renewed(database, anna):
    accounts, checks = await changed_parameters(database)
    came = await asyncio.gather(*(accounts.sign_in("anna", "geheim12", LAPTOP) for _ in range(20)))
    assert {account.login for account in came} == {"anna"}
    assert "m=16," in await hash_of(database, "anna")
    checks.close()


async def test_a_password_that_is_changed_meanwhile_stays_changed(database, anna, monkeypatch):
    accounts, checks = await changed_parameters(database)
    other = PasswordHasher(memory_kib=16, passes=1).hash("anders12")
    hashed = checks.hashed

    async def meanwhile(password):
        renewed = await hashed(password)
        await database.write(lambda tx: tx.accounts.set_password(anna.id, other))
        return renewed

    monkeypatch.setattr(checks, "hashed", meanwhile)
    with pytest.raises(SignInFailed):
        await accounts.sign_in("anna", "geheim12", LAPTOP)
    assert await hash_of(database, "anna") == other
    checks.close()


async def test_a_wrong_password_renews_nothing(database, anna):
    accounts, checks = await changed_parameters(database)
    former = await hash_of(database, "anna")
    with pytest.raises(SignInFailed):
        await accounts.sign_in("anna", "falsch12", LAPTOP)
    assert await hash_of(database, "anna") == former
    checks.close()


# ---------------------------------------------------------------- guessing


class Pauses:
    """A clock that stands, and who waits by it."""

    def __init__(self):
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)

    def attempts(self, checks):
        return Attempts(checks, clock=lambda: 0.0, sleep=self.sleep)


async def test_whoever_is_guessed_at_takes_the_same_way(database, anna, hasher):
    """As many hashes, the same pauses, one answer: known, unknown, disabled, without a grant."""

    def add(tx):
        account = tx.accounts.add("ben", "Ben", "staff", hasher.hash("geheim12"))
        tx.accounts.grant(account.id, tx.mailboxes.find("support").id, Right.RESPOND)
        tx.accounts.set_disabled(account.id, disabled=True)

    await database.write(add)
    ways = []
    for login, last in (
        ("anna", "falsch12"),
        ("nobody", "geheim12"),
        ("ben", "geheim12"),
        ("anna*sales", "geheim12"),
    ):
        slow, pauses, told = Slow(hasher), Pauses(), []
        checks = PasswordChecks(slow)
        accounts = Accounts(database, checks, attempts=pauses.attempts(checks), told=told.append)
        for password in (*(f"wrong {number}" for number in range(9)), last):
            with pytest.raises(SignInFailed):
                await accounts.sign_in(login, password, LAPTOP)
        assert not accounts.knows(LAPTOP.address)
        ways.append((len(slow.checked), pauses.slept, told))
        checks.close()
    assert ways == [ways[0]] * 4
    assert ways[0][0] == 10 and len(ways[0][1]) > 2


async def test_who_hangs_up_has_failed(database, anna, hasher):
    """Else it would be the way to have work done for nothing."""
    may_end = threading.Event()

    class Held(Slow):
        def verify(self, password, password_hash):
            may_end.wait(PATIENCE_S)
            return super().verify(password, password_hash)

    pauses, told = Pauses(), []
    checks = PasswordChecks(Held(hasher))
    accounts = Accounts(database, checks, attempts=pauses.attempts(checks), told=told.append)
    for number in range(9):
        may_end.clear()
        asking = asyncio.ensure_future(accounts.sign_in("anna", f"wrong {number}", LAPTOP))
        while not checks._running:
            await asyncio.sleep(0.001)
        asking.cancel()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await asking
        while checks._running:
            await asyncio.sleep(0.001)
    assert told == ["left"] * 9
    assert pauses.slept
    await asyncio.gather(*accounts._late)
    records = [(one.outcome, one.detail) for one in await logged(database)]
    assert records == [("refused", {"reason": "left"})] * 9
    assert not accounts._late
    checks.close()


async def test_where_somebody_has_signed_in_is_known(accounts, anna):
    assert not accounts.knows(LAPTOP.address)
    await accounts.sign_in("anna", "geheim12", LAPTOP)
    assert accounts.knows(LAPTOP.address)
    assert not accounts.knows("198.51.100.9")
