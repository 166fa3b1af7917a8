"""Passkeys: made, used, refused, taken away (service/accounts/passkeys.py)."""

from __future__ import annotations

import asyncio
import json
from ipaddress import ip_network

import pyotp
import pytest

from proxyd.domain.errors import (
    AlreadyExists,
    BadInput,
    NeedsAppPassword,
    NotFound,
    PasskeyRefused,
    SignInFailed,
)
from proxyd.domain.passkey import ANSWER_S, MOST, RESPONSE_MOST, site_of
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.second_factor import SecondFactor
from proxyd.domain.types import Origin
from proxyd.domain.web_session import PASSKEY
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.passkeys import Passkeys
from proxyd.service.accounts.second_factors import RECOVERY, SecondFactors, forget_apps
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.one_time_codes import OneTimeCodes
from proxyd.store.secrets import Sealer
from proxyd.store.webauthn_reader import WebauthnReader
from tests.servers.authenticator import BE, BS, UP, UV, Authenticator, b64, unb64

SITE = site_of("https://console.example.test/")
WEB = Origin("web", "192.0.2.7", "Firefox", "s1")
BY = Actor("anna", WEB)
ADMIN = Actor("root@cli")
TAB = "tab-1"


@pytest.fixture
def passkeys(database, clock):
    return Passkeys(database, WebauthnReader(), OneTimeCodes(), clock, SITE)


@pytest.fixture
def factors(database, keys, clock):
    return SecondFactors(database, Sealer(keys), OneTimeCodes(), clock, "x")


@pytest.fixture
async def anna(database):
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "h"))


@pytest.fixture
async def ben(database):
    return await database.write(lambda tx: tx.accounts.add("ben", "Ben", "admin", "h"))


async def made(passkeys, account, device, name="Laptop", asker=TAB):
    by = Actor(account.login, WEB)
    options = await passkeys.begin_registration(account, by=by, asker=asker)
    answer = device.make(options)
    return await passkeys.finish_registration(account, answer, name, by=by, asker=asker)


async def used(passkeys, device, account=None, origin=WEB, asker=TAB):
    options = await passkeys.begin_sign_in(origin=origin, asker=asker, account=account)
    answer = device.sign(options)
    return await passkeys.finish_sign_in(answer, origin=origin, asker=asker, account=account)


@pytest.fixture
async def laptop(passkeys, anna):
    device = Authenticator()
    await made(passkeys, anna, device)
    return device


async def records(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery()))
    return [one.record for one in found]


async def last(database):
    return (await records(database))[-1]


# ---------------------------------------------------------------- what is right


async def test_made_and_come_in_with(passkeys, anna, clock, database):
    device = Authenticator()
    done = await made(passkeys, anna, device)
    assert len(set(done.recovery_codes)) == 10 and done.recovery_codes[0] not in repr(done)
    assert await passkeys.of(anna.id) == [done.passkey]
    assert (done.passkey.name, done.passkey.created_us) == ("Laptop", clock.now)
    record = await last(database)
    assert (record.action, record.actor, record.outcome) == ("admin", "anna", "ok")
    assert record.detail == {
        "did": "second factor added",
        "login": "anna",
        "factor": PASSKEY,
        "passkey": "Laptop",
        "passkey_number": done.passkey.id,
    }
    came = await used(passkeys, device)
    assert (came.account.login, came.factors) == ("anna", (PASSKEY,))
    record = await last(database)
    assert (record.action, record.actor, record.outcome) == ("login", "anna", "ok")
    assert record.detail["passkey"] == "Laptop" and record.origin == WEB
    (one,) = await passkeys.of(anna.id)
    assert (one.last_use.at_us, one.last_use.address) == (clock.now, "192.0.2.7")


async def test_what_browsers_are_asked(passkeys, anna, laptop):
    asked = json.loads(await passkeys.begin_registration(anna, by=BY, asker=TAB))
    assert asked["rp"] == {"id": "console.example.test", "name": "proxyd"}
    assert asked["user"]["name"] == "anna" and b"anna" not in unb64(asked["user"]["id"])
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["attestation"] == "none"
    assert [one["id"] for one in asked["excludeCredentials"]] == [b64(laptop.credential)]
    known = json.loads(await passkeys.begin_sign_in(origin=WEB, asker=TAB))
    assert known["userVerification"] == "required" and known["rpId"] == "console.example.test"
    assert known["allowCredentials"] == []  # nobody learns who has one
    theirs = json.loads(await passkeys.begin_sign_in(origin=WEB, asker=TAB, account=anna))
    assert [one["id"] for one in theirs["allowCredentials"]] == [b64(laptop.credential)]
    assert len({one["challenge"] for one in (asked, known, theirs)}) == 3


async def test_as_the_second_factor_of_who_is_known(passkeys, anna, laptop, database):
    came = await used(passkeys, laptop, account=anna)
    assert came.account.login == "anna"
    record = await last(database)
    assert (record.action, record.detail["factor"]) == ("factor", PASSKEY)
    laptop.handle = None  # then a device need not say who it is
    assert await used(passkeys, laptop, account=anna)


async def test_a_handle_is_random_and_one_for_a_person(passkeys, anna, ben):
    devices = [Authenticator(credential=bytes([n]) * 16) for n in range(3)]
    await made(passkeys, anna, devices[0], "one")
    await made(passkeys, anna, devices[1], "two")
    await made(passkeys, ben, devices[2], "one")
    handles = [device.handle for device in devices]
    assert handles[0] == handles[1] != handles[2] and len(handles[0]) == 32
    assert (await used(passkeys, devices[2])).account.login == "ben"
    assert (await used(passkeys, devices[1])).passkey.name == "two"


async def test_one_that_is_synced_has_no_counter(passkeys, anna):
    device = Authenticator(counting=False, flags=UP | UV | BE | BS)
    assert (await made(passkeys, anna, device)).passkey.synced
    for _ in range(3):
        assert await used(passkeys, device)


# ---------------------------------------------------------------- recovery codes, other factors


async def test_recovery_codes_come_with_the_first_factor_and_go_with_the_last(
    passkeys, factors, anna, database
):
    first = await made(passkeys, anna, Authenticator())
    assert await factors.of(anna.id) == SecondFactor(None, 10, 1)
    assert await factors.has_second_factor(anna.id)
    second = await made(passkeys, anna, Authenticator(credential=b"2" * 16), "Key")
    assert second.recovery_codes == ()
    assert await factors.check(anna, first.recovery_codes[0], by=BY) == RECOVERY
    assert (await factors.of(anna.id)).recovery_codes == 9
    assert len(await factors.new_recovery_codes(anna, by=BY)) == 10
    await passkeys.remove(anna, first.passkey.id, by=BY)
    assert (await factors.of(anna.id)).recovery_codes == 10
    await passkeys.remove(anna, second.passkey.id, by=BY)
    assert await factors.of(anna.id) == SecondFactor()
    assert await database.read(lambda tx: tx.second_factors.of(anna.id).recovery_codes) == 0
    with pytest.raises(BadInput, match="no second factor"):
        await factors.new_recovery_codes(anna, by=BY)


async def test_an_admin_takes_all_away(passkeys, factors, anna, laptop, database):
    await factors.remove_all("Anna", by=ADMIN)
    assert await factors.of(anna.id) == SecondFactor()
    record = await last(database)
    assert (record.actor, record.detail["did"]) == ("root@cli", "second factor removed")
    assert record.detail["passkey"] == "Laptop"
    with pytest.raises(SignInFailed):
        await used(passkeys, laptop)
    for login, error in (("anna", BadInput), ("nobody", NotFound)):
        with pytest.raises(error):
            await factors.remove_all(login, by=ADMIN)


# ---------------------------------------------------------------- what is refused, making one


BAD_NEW = {
    "another origin": (lambda d, o: _with(d, origin="https://evil.test").make(o), "origin"),
    "a port more": (lambda d, o: _with(d, origin=f"{SITE.origin}:8443").make(o), "origin"),
    "in a frame": (lambda d, o: _with(d, cross_origin=True).make(o), "origin"),
    "for another site": (lambda d, o: _with(d, rp_id="example.test").make(o), "site"),
    "nobody looked": (lambda d, o: _with(d, flags=UP).make(o), "not-verified"),
    "another algorithm": (lambda d, o: _with(d, algorithm=-999).make(o), "algorithm"),
    "a weak algorithm": (lambda d, o: _with(d, algorithm=-65535).make(o), "algorithm"),
    "another challenge": (lambda d, o: d.make(o, challenge=b64(b"x" * 32)), "challenge"),
    "signed in instead": (lambda d, o: d.make(o, type="webauthn.get"), "malformed"),
    "a long id": (lambda d, o: _with(d, credential=b"i" * 1024).make(o), "malformed"),
    "no id": (lambda d, o: _with(d, credential=b"").make(o), "malformed"),
    "garbage": (lambda d, o: "garbage", "malformed"),
    "nothing": (lambda d, o: "", "malformed"),
    "null": (lambda d, o: "null", "malformed"),
    "deep": (lambda d, o: "[" * 16_000, "malformed"),
    "1 MB": (lambda d, o: d.make(o, padding="x" * 1_000_000), "too-long"),
    "an octet more": (lambda d, o: "x" * (RESPONSE_MOST + 1), "too-long"),
    "a number for octets": (lambda d, o: _part(d.make(o), "clientDataJSON", 7), "malformed"),
    "no base64": (lambda d, o: _part(d.make(o), "attestationObject", "é"), "malformed"),
    "deep CBOR": (
        lambda d, o: _part(d.make(o), "attestationObject", b64(b"\x81" * 9000)),
        "malformed",
    ),
    "another's id": (lambda d, o: _id(d.make(o), b"another"), "malformed"),
}


def _with(device, **changes):
    for name, value in changes.items():
        setattr(device, name, value)
    return device


def _part(answer, name, value):
    told = json.loads(answer)
    told["response"][name] = value
    return json.dumps(told)


def _id(answer, credential):
    told = json.loads(answer)
    told["id"] = told["rawId"] = b64(credential)
    return json.dumps(told)


@pytest.mark.parametrize("what", BAD_NEW)
async def test_a_bad_new_one_is_refused_recorded_and_not_kept(passkeys, anna, database, what):
    answered, reason = BAD_NEW[what]
    options = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    answer = answered(Authenticator(), options)
    with pytest.raises(PasskeyRefused) as refused:
        await passkeys.finish_registration(anna, answer, "Laptop", by=BY, asker=TAB)
    assert refused.value.reason == reason
    (record,) = await records(database)
    assert (record.action, record.actor, record.outcome) == ("factor", "anna", "refused")
    assert record.detail == {"factor": PASSKEY, "login": "anna", "reason": reason}
    assert await passkeys.of(anna.id) == []
    assert await database.read(lambda tx: tx.passkeys.handle(anna.id)) is None


async def test_a_question_is_answered_once_in_time_by_who_was_asked(
    passkeys, anna, ben, clock, database
):
    device = Authenticator()
    options = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    answer = device.make(options)
    for account, asker in ((anna, "tab-2"), (ben, TAB)):
        by = Actor(account.login, WEB)
        options = await passkeys.begin_registration(anna, by=BY, asker=TAB)
        with pytest.raises(PasskeyRefused, match="challenge"):
            await passkeys.finish_registration(
                account, device.make(options), "Laptop", by=by, asker=asker
            )
        with pytest.raises(PasskeyRefused, match="challenge"):  # and it is used up by that
            await passkeys.finish_registration(
                anna, device.make(options), "Laptop", by=BY, asker=TAB
            )
    await passkeys.finish_registration(anna, answer, "Laptop", by=BY, asker=TAB)
    with pytest.raises(PasskeyRefused, match="challenge"):
        await passkeys.finish_registration(anna, answer, "Again", by=BY, asker=TAB)
    late = Authenticator(credential=b"late" * 4)
    options = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    clock.advance(seconds=ANSWER_S)
    with pytest.raises(PasskeyRefused, match="challenge"):
        await passkeys.finish_registration(anna, late.make(options), "Late", by=BY, asker=TAB)
    # A question for signing in makes no passkey, nor the other way round.
    known = json.loads(await passkeys.begin_sign_in(origin=WEB, asker=TAB, account=anna))
    options = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    mixed = late.make(options, challenge=known["challenge"])
    with pytest.raises(PasskeyRefused, match="challenge"):
        await passkeys.finish_registration(anna, mixed, "Mixed", by=BY, asker=TAB)
    assert [one.name for one in await passkeys.of(anna.id)] == ["Laptop"]
    assert (await database.read(lambda tx: tx.passkeys.of(ben.id))) == []


async def test_a_device_is_one_person_s(passkeys, anna, ben, laptop, database):
    options = await passkeys.begin_registration(ben, by=Actor("ben", WEB), asker=TAB)
    with pytest.raises(PasskeyRefused, match="owner"):
        await passkeys.finish_registration(
            ben, laptop.make(options), "Mine", by=Actor("ben", WEB), asker=TAB
        )
    assert (await last(database)).detail["reason"] == "owner"
    assert await passkeys.of(ben.id) == []
    assert await database.read(lambda tx: tx.passkeys.handle(ben.id)) is None


async def test_names_and_how_many(passkeys, anna, laptop):
    options = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    answer = Authenticator(credential=b"2" * 16).make(options)
    for name in ("", "x" * 61, "7", "a\u202eb", "LAPTOP"):
        with pytest.raises(AlreadyExists if name == "LAPTOP" else BadInput):
            await passkeys.finish_registration(anna, answer, name, by=BY, asker=TAB)
    # A slip in the name does not cost the answer.
    done = await passkeys.finish_registration(anna, answer, " 電話 ", by=BY, asker=TAB)
    assert done.passkey.name == "電話"
    for number in range(3, MOST + 1):
        await made(passkeys, anna, Authenticator(credential=bytes([number]) * 16), f"No. {number}")
    with pytest.raises(BadInput, match="has 20 passkeys"):
        await passkeys.begin_registration(anna, by=BY, asker=TAB)


async def test_two_at_once_for_who_had_none(passkeys, anna):
    """The second would be kept by its device under a handle that nobody has."""
    one = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    two = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    devices = Authenticator(credential=b"1" * 16), Authenticator(credential=b"2" * 16)
    await passkeys.finish_registration(anna, devices[0].make(one), "one", by=BY, asker=TAB)
    with pytest.raises(PasskeyRefused):
        await passkeys.finish_registration(anna, devices[1].make(two), "two", by=BY, asker=TAB)
    assert [p.name for p in await passkeys.of(anna.id)] == ["one"]


async def test_who_was_shut_out_meanwhile_makes_none(passkeys, anna, database):
    options = await passkeys.begin_registration(anna, by=BY, asker=TAB)
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    with pytest.raises(PasskeyRefused):
        await passkeys.finish_registration(
            anna, Authenticator().make(options), "x", by=BY, asker=TAB
        )
    assert await passkeys.of(anna.id) == []


# ---------------------------------------------------------------- what is refused, coming in


BAD_KNOWN = {
    "another origin": (lambda d, o: _with(d, origin="https://evil.test").sign(o), "origin"),
    "in a frame": (lambda d, o: _with(d, cross_origin=True).sign(o), "origin"),
    "for another site": (lambda d, o: _with(d, rp_id="example.test").sign(o), "site"),
    "nobody looked": (lambda d, o: _with(d, flags=UP).sign(o), "not-verified"),
    "nobody there": (lambda d, o: _with(d, flags=UV).sign(o), "signature"),
    "another challenge": (lambda d, o: d.sign(o, challenge=b64(b"x" * 32)), "challenge"),
    "another key": (lambda d, o: _with(d, key=Authenticator().key).sign(o), "signature"),
    "as a new one": (lambda d, o: d.sign(o, type="webauthn.create"), "signature"),
    "unknown": (lambda d, o: _with(d, credential=b"unknown" * 3).sign(o), "unknown"),
    "nobody's": (lambda d, o: d.sign(o, named=False), "owner"),
    "another's": (lambda d, o: _with(d, handle=b"h" * 32).sign(o), "owner"),
    "counter back": (lambda d, o: _with(d, counter=0).sign(o), "counter"),
    "counter to nothing": (lambda d, o: _with(d, counter=0, counting=False).sign(o), "counter"),
    "garbage": (lambda d, o: "garbage", "malformed"),
    "nothing": (lambda d, o: "", "malformed"),
    "a list": (lambda d, o: "[]", "malformed"),
    "1 MB": (lambda d, o: d.sign(o, padding="x" * 1_000_000), "too-long"),
    "a number for octets": (lambda d, o: _part(d.sign(o), "clientDataJSON", 7), "malformed"),
    "a handle that is none": (lambda d, o: _part(d.sign(o), "userHandle", "x"), "malformed"),
    "short data": (lambda d, o: _part(d.sign(o), "authenticatorData", "AAAA"), "signature"),
    "no signature": (lambda d, o: _part(d.sign(o), "signature", ""), "signature"),
}


@pytest.mark.parametrize("what", BAD_KNOWN)
async def test_a_bad_answer_opens_nothing_and_is_recorded(passkeys, anna, laptop, database, what):
    answered, reason = BAD_KNOWN[what]
    before = await database.read(lambda tx: tx.passkeys.of(anna.id))
    known = len(await records(database))
    options = await passkeys.begin_sign_in(origin=WEB, asker=TAB)
    answer = answered(laptop, options)
    with pytest.raises(SignInFailed) as failed:
        await passkeys.finish_sign_in(answer, origin=WEB, asker=TAB)
    assert type(failed.value) is SignInFailed and failed.value.args == ()
    record = (await records(database))[known]
    assert (record.action, record.outcome) == ("login", "refused")
    assert (record.detail["reason"], record.detail["factor"]) == (reason, PASSKEY)
    assert await database.read(lambda tx: tx.passkeys.of(anna.id)) == before


async def test_an_answer_opens_once_in_time_for_who_was_asked(passkeys, anna, laptop, clock):
    options = await passkeys.begin_sign_in(origin=WEB, asker=TAB)
    answer = laptop.sign(options)
    assert await passkeys.finish_sign_in(answer, origin=WEB, asker=TAB)
    for again in (answer, laptop.sign(options)):
        with pytest.raises(SignInFailed):
            await passkeys.finish_sign_in(again, origin=WEB, asker=TAB)
    options = await passkeys.begin_sign_in(origin=WEB, asker=TAB)
    with pytest.raises(SignInFailed):  # who answers in another browser was lured there
        await passkeys.finish_sign_in(laptop.sign(options), origin=WEB, asker="tab-2")
    options = await passkeys.begin_sign_in(origin=WEB, asker=TAB)
    clock.advance(seconds=ANSWER_S)
    with pytest.raises(SignInFailed):
        await passkeys.finish_sign_in(laptop.sign(options), origin=WEB, asker=TAB)
    # What proves who is there signs nobody in, nor the other way round.
    options = await passkeys.begin_sign_in(origin=WEB, asker=TAB, account=anna)
    with pytest.raises(SignInFailed):
        await passkeys.finish_sign_in(laptop.sign(options), origin=WEB, asker=TAB)
    options = await passkeys.begin_sign_in(origin=WEB, asker=TAB)
    with pytest.raises(SignInFailed):
        await passkeys.finish_sign_in(laptop.sign(options), origin=WEB, asker=TAB, account=anna)
    assert await used(passkeys, laptop)


async def test_somebody_else_s_passkey_is_no_second_factor(passkeys, anna, ben, laptop, database):
    await made(passkeys, ben, Authenticator(credential=b"ben" * 8), "Ben's secret phone")
    with pytest.raises(SignInFailed):
        await used(passkeys, laptop, account=ben)
    record = await last(database)
    assert (record.action, record.actor, record.detail["reason"]) == ("factor", "ben", "owner")
    assert "passkey" not in record.detail  # what Anna calls her devices


async def test_who_may_not_come_in_hears_the_same(passkeys, anna, laptop, database):
    async def reason():
        with pytest.raises(SignInFailed) as failed:
            await used(passkeys, laptop)
        assert type(failed.value) is SignInFailed and failed.value.args == ()
        return (await last(database)).detail["reason"]

    await database.write(lambda tx: tx.accounts.set_networks(anna.id, [ip_network("10.0.0.0/8")]))
    assert await reason() == "network"
    await database.write(lambda tx: tx.accounts.set_networks(anna.id, []))
    await database.write(lambda tx: tx.accounts.set_disabled(anna.id, True))
    assert await reason() == "disabled"
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    assert await reason() == "unknown"


async def test_a_counter_that_goes_back_is_an_alarm(passkeys, anna, laptop, database, caplog):
    laptop.counter = 9
    assert await used(passkeys, laptop)
    laptop.counter = 4
    with pytest.raises(SignInFailed):
        await used(passkeys, laptop)
    alarm = await last(database)
    assert (alarm.action, alarm.actor) == ("alarm", "anna")
    assert alarm.detail == {
        "what": "passkey-counter-back",
        "passkey": "Laptop",
        "passkey_number": alarm.detail["passkey_number"],
        "kept": 10,
        "told": 5,
    }
    assert "went back from 10 to 5" in caplog.text
    laptop.counter = 10
    assert await used(passkeys, laptop)  # the one that goes on is let in


# ---------------------------------------------------------------- renamed and removed


async def test_renamed_and_removed(passkeys, anna, ben, laptop, database):
    (one,) = await passkeys.of(anna.id)
    assert (await passkeys.rename(anna, one.id, " Work  laptop ", by=BY)).name == "Work laptop"
    told = (await last(database)).detail
    assert (told["did"], told["passkey"], told["name"]) == (
        "second factor renamed",
        "Laptop",
        "Work laptop",
    )
    count = len(await records(database))
    await passkeys.rename(anna, one.id, "Work laptop", by=BY)  # nothing is changed
    assert len(await records(database)) == count
    await made(passkeys, anna, Authenticator(credential=b"2" * 16), "Key")
    with pytest.raises(AlreadyExists):
        await passkeys.rename(anna, one.id, "KEY", by=BY)
    for number in (one.id, 999):
        with pytest.raises(NotFound):
            await passkeys.remove(ben, number, by=Actor("ben", WEB))
        with pytest.raises(NotFound):
            await passkeys.rename(ben, number, "x", by=Actor("ben", WEB))
    await passkeys.remove(anna, one.id, by=BY)
    assert (await last(database)).detail["did"] == "second factor removed"
    with pytest.raises(SignInFailed):
        await used(passkeys, laptop)
    assert [p.name for p in await passkeys.of(anna.id)] == ["Key"]


async def test_a_change_is_in_force_at_once(database, clock, anna):
    looked = []

    async def refresh():
        looked.append(await database.read(lambda tx: tx.mailboxes.epoch()))

    passkeys = Passkeys(database, WebauthnReader(), OneTimeCodes(), clock, SITE, refresh=refresh)
    done = await made(passkeys, anna, Authenticator())
    await passkeys.remove(anna, done.passkey.id, by=BY)
    assert len(looked) == 2 and looked[0] < looked[1]


async def test_sign_ins_are_told_as_those_with_a_password(database, clock, anna):
    told, refused = [], []
    passkeys = Passkeys(
        *(database, WebauthnReader(), OneTimeCodes(), clock, SITE),
        told=told.append,
        refused=lambda *facts: refused.append(facts),
    )
    device = Authenticator()
    await made(passkeys, anna, device)
    await used(passkeys, device)
    await used(passkeys, device, account=anna)  # a second factor is no sign-in
    device.counter = 0
    for account in (None, anna):
        with pytest.raises(SignInFailed):
            await used(passkeys, device, account=account)
    with pytest.raises(SignInFailed):
        await passkeys.finish_sign_in("garbage", origin=WEB, asker=TAB)
    assert told == ["ok", "refused", "refused"]
    assert refused == [(WEB, "passkey-counter", "anna"), (WEB, "passkey-malformed", "")]


async def test_of_two_answers_with_one_counter_one_is_taken(passkeys, anna, laptop):
    """Of a copy and its original, at the same time."""
    answers = []
    for _ in range(2):
        options = await passkeys.begin_sign_in(origin=WEB, asker=TAB)
        laptop.counter = 7
        answers.append(laptop.sign(options))
    done = await asyncio.gather(
        *(passkeys.finish_sign_in(one, origin=WEB, asker=TAB) for one in answers),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["CameIn", "SignInFailed"]


class Connection:
    """An OpenSession."""

    def __init__(self):
        self.ended = []

    def end(self, reason):
        self.ended.append(reason)


async def test_mail_goes_by_application_passwords_from_the_first_one_on(database, clock, hasher):
    accounts = Accounts(database, PasswordChecks(hasher))
    people = AccountAdmin(database, accounts._checks, accounts.refresh)
    passkeys = Passkeys(
        *(database, WebauthnReader(), OneTimeCodes(), clock, SITE), refresh=accounts.refresh
    )
    word = "seven green kettles"
    mail, connection = Origin("imap", "192.0.2.7"), Connection()
    anna = (await people.add("anna", "Anna", by=ADMIN, role="staff", password=word)).account
    accounts.register(await accounts.sign_in("anna", word, mail), connection)
    done = await made(passkeys, anna, Authenticator())
    assert connection.ended == ["app-password-needed"]
    with pytest.raises(NeedsAppPassword):
        await accounts.sign_in("anna", word, mail)
    account = await accounts.sign_in("anna", word, WEB)
    assert account.second_factor and account.passkeys
    await passkeys.remove(anna, done.passkey.id, by=BY)
    assert not (await accounts.sign_in("anna", word, mail)).second_factor


async def test_a_lost_master_key_leaves_passkeys_and_their_recovery_codes(
    passkeys, factors, anna, laptop, database, clock
):
    offered = await factors.offer_app(anna, by=BY)
    code = pyotp.TOTP(offered.secret).at(clock.now // 1_000_000)
    assert await factors.confirm_app(anna, code, by=BY) == ()  # they were given before
    assert await database.write(forget_apps) == 1
    assert await factors.of(anna.id) == SecondFactor(None, 10, 1)
    assert await used(passkeys, laptop)
