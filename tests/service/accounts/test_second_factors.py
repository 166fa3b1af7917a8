"""Second factors: set up, used once, taken away (service/accounts/second_factors.py)."""

from __future__ import annotations

import pyotp
import pytest

from proxyd.domain.errors import BadInput, CodesPaused, NotFound, WrongCode
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.second_factor import FREE_TRIES, SecondFactor
from proxyd.domain.types import Origin
from proxyd.service.accounts.second_factors import (
    APP,
    RECOVERY,
    SecondFactors,
    forget_apps,
    reseal_apps,
)
from proxyd.service.actor import Actor
from proxyd.store.one_time_codes import OneTimeCodes
from proxyd.store.secrets import KEY_BYTES, Keys, Sealer

BY = Actor("anna", Origin("web", "192.0.2.7", "Firefox", "s1"))
ADMIN = Actor("root@cli")


@pytest.fixture
def factors(database, keys, clock):
    return SecondFactors(database, Sealer(keys), OneTimeCodes(), clock, "mail.example.test")


@pytest.fixture
async def anna(database):
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "h"))


class App:
    """An authenticator app, with the test's clock."""

    def __init__(self, secret, clock):
        self._totp, self._clock = pyotp.TOTP(secret), clock

    def code(self, seconds=0):
        return self._totp.at(self._clock.now // 1_000_000 + seconds)

    def wrong(self):
        near = {self.code(s) for s in (-60, -30, 0, 30, 60)}
        return next(c for c in (f"{n:06}" for n in range(10)) if c not in near)


async def set_up(factors, anna, clock):
    offered = await factors.offer_app(anna, by=BY)
    app = App(offered.secret, clock)
    return app, await factors.confirm_app(anna, app.code(), by=BY)


def later(clock, seconds):
    clock.now += seconds * 1_000_000


async def records(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery()))
    return [(one.record.action, one.record.outcome, one.record.detail) for one in found]


async def test_an_app_counts_once_a_code_of_it_was_typed(factors, anna, clock):
    offered = await factors.offer_app(anna, by=BY)
    assert offered.secret in offered.address and offered.secret not in repr(offered)
    assert await factors.offered(anna) == offered
    assert not await factors.has_second_factor(anna.id)
    with pytest.raises(WrongCode):  # what is not set up lets nobody in
        await factors.check(anna, App(offered.secret, clock).code(), by=BY)
    with pytest.raises(WrongCode):
        await factors.confirm_app(anna, App(offered.secret, clock).wrong(), by=BY)
    assert not await factors.has_second_factor(anna.id)
    codes = await factors.confirm_app(anna, App(offered.secret, clock).code(), by=BY)
    assert len(set(codes)) == 10
    assert await factors.of(anna.id) == SecondFactor(clock.now, 10)
    assert await factors.has_second_factor(anna.id)
    assert await factors.offered(anna) is None  # the secret is not shown again
    for again in (factors.offer_app(anna, by=BY), factors.confirm_app(anna, "123456", by=BY)):
        with pytest.raises(BadInput, match="already"):
            await again


async def test_a_code_is_good_once_also_for_another_process(factors, anna, clock, database, keys):
    app, _ = await set_up(factors, anna, clock)
    with pytest.raises(WrongCode):  # it was used to confirm
        await factors.check(anna, app.code(), by=BY)
    later(clock, 30)
    code = app.code()
    assert await factors.check(anna, f" {code[:3]} {code[3:]}", by=BY) == APP
    again = SecondFactors(database, Sealer(keys), OneTimeCodes(), clock, "x")
    with pytest.raises(WrongCode):
        await again.check(anna, code, by=BY)
    with pytest.raises(WrongCode):  # nor one from before it, which drift would allow
        await again.check(anna, app.code(-30), by=BY)
    later(clock, 60)
    assert await again.check(anna, app.code(30), by=BY) == APP  # a phone that goes fast


async def test_recovery_codes_are_good_once_each(factors, anna, clock):
    _, codes = await set_up(factors, anna, clock)
    assert await factors.check(anna, codes[3].lower(), by=BY) == RECOVERY
    with pytest.raises(WrongCode):
        await factors.check(anna, codes[3], by=BY)
    assert (await factors.of(anna.id)).recovery_codes == 9
    new = await factors.new_recovery_codes(anna, by=BY)
    assert (await factors.of(anna.id)).recovery_codes == 10
    with pytest.raises(WrongCode):  # those from before are gone
        await factors.check(anna, codes[0], by=BY)
    assert await factors.check(anna, new[0], by=BY) == RECOVERY


async def test_tries_are_few_and_shut_nobody_out_for_good(factors, anna, clock):
    app, codes = await set_up(factors, anna, clock)
    later(clock, 30)
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongCode):
            await factors.check(anna, app.wrong(), by=BY)
    with pytest.raises(CodesPaused) as paused:  # the right one, too
        await factors.check(anna, app.code(), by=BY)
    assert paused.value.pause_s == 30
    assert await factors.check(anna, codes[0], by=BY) == RECOVERY  # which can't be guessed
    assert await factors.check(anna, app.code(), by=BY) == APP
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongCode):
            await factors.check(anna, app.wrong(), by=BY)
    later(clock, 29)
    with pytest.raises(CodesPaused):
        await factors.check(anna, app.code(), by=BY)
    later(clock, 1)
    with pytest.raises(WrongCode):
        await factors.check(anna, app.wrong(), by=BY)
    with pytest.raises(CodesPaused) as paused:
        await factors.check(anna, app.code(), by=BY)
    assert paused.value.pause_s == 60
    later(clock, 60)
    assert await factors.check(anna, app.code(), by=BY) == APP


async def test_everything_is_in_the_log_and_no_secret(factors, anna, clock, database):
    app, codes = await set_up(factors, anna, clock)
    later(clock, 30)
    await factors.check(anna, app.code(), by=BY)
    with pytest.raises(WrongCode):
        await factors.check(anna, app.code(), by=BY)
    await factors.check(anna, codes[0], by=BY)
    await factors.new_recovery_codes(anna, by=BY)
    await factors.remove("Anna", by=ADMIN)
    found = await records(database)
    assert [(action, outcome, detail.get("did", detail.get("reason"))) for action, outcome, detail
            in found] == [
        ("admin", "ok", "second factor offered"),
        ("admin", "ok", "second factor added"),
        ("factor", "ok", None),
        ("factor", "refused", "code"),
        ("factor", "ok", None),
        ("admin", "ok", "second factor renewed"),
        ("admin", "ok", "second factor removed"),
    ]  # fmt: skip
    assert found[4][2] == {"login": "anna", "factor": RECOVERY, "left": 9}
    text = repr(found)
    assert not any(one in text or one.replace("-", "") in text for one in [*codes, app.code()])


async def test_what_is_removed_is_gone(factors, anna, clock, database):
    app, codes = await set_up(factors, anna, clock)
    await factors.remove("anna", by=ADMIN)
    assert await factors.of(anna.id) == SecondFactor()
    later(clock, 30)
    for typed in (app.code(), codes[0]):
        with pytest.raises(WrongCode):
            await factors.check(anna, typed, by=BY)
    with pytest.raises(BadInput, match="no second factor"):
        await factors.remove("anna", by=ADMIN)
    with pytest.raises(BadInput, match="no second factor"):
        await factors.new_recovery_codes(anna, by=BY)
    with pytest.raises(NotFound):
        await factors.remove("nobody", by=ADMIN)
    await set_up(factors, anna, clock)
    await database.write(lambda tx: tx.accounts.remove(anna.id))
    assert await database.read(lambda tx: tx.second_factors.apps()) == {}


async def test_another_master_key(factors, anna, clock, database, keys):
    app, _ = await set_up(factors, anna, clock)
    other = Sealer(Keys.of(b"n" * KEY_BYTES))
    with pytest.raises(ValueError, match="another master key"):
        await database.write(lambda tx: reseal_apps(tx, other, other))
    await database.write(lambda tx: reseal_apps(tx, Sealer(keys), other))
    later(clock, 30)
    again = SecondFactors(database, other, OneTimeCodes(), clock, "x")
    assert await again.check(anna, app.code(), by=BY) == APP
    assert await database.write(forget_apps) == 1
    assert not await again.has_second_factor(anna.id)


async def test_secrets_are_not_in_the_database(factors, anna, clock, database):
    app, codes = await set_up(factors, anna, clock)
    octets = b"".join(p.read_bytes() for p in database.file.parent.glob(f"{database.file.name}*"))
    assert app._totp.secret.encode() not in octets
    for code in codes:
        assert code.encode() not in octets and code.replace("-", "").encode() not in octets
