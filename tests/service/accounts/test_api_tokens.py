"""Whose token a program shows, and whether it lets it in (service/accounts/api_tokens.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.api_token import DAY_US, ApiScope, made_token
from proxyd.domain.errors import SignInFailed, StoreUnavailable
from proxyd.domain.networks import parsed_networks
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Role
from proxyd.service.accounts.api_tokens import ApiTokens
from proxyd.service.actor import Actor
from proxyd.service.admin.api_token_admin import ApiTokenAdmin, NewApiToken

BY = Actor("root@cli")
HERE = {"address": "192.0.2.7", "client": "robot/1"}


@pytest.fixture
async def made(database, clock) -> NewApiToken:
    await database.write(lambda tx: tx.accounts.add("otto", "Otto", Role.AUDITOR, "h"))
    admin = ApiTokenAdmin(database, clock)
    scopes = (ApiScope.LOG_READ,)
    return await admin.add("otto", "SIEM", scopes, by=BY, expires_us=clock.now + DAY_US)


@pytest.fixture
def heard() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def tokens(database, clock, heard) -> ApiTokens:
    def refused(origin, reason, login):
        heard.append((origin.door, reason, login))

    return ApiTokens(database, clock, refused)


async def logins(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="login")))
    return [(one.record.outcome, one.record.detail.get("reason", "")) for one in found]


async def test_who_shows_it_is_let_in_and_that_is_on_record(database, clock, made, tokens):
    found = await tokens.come_in(made.secret, **HERE)
    assert found.account.login == "otto" and found.allowed == {ApiScope.LOG_READ}
    assert await logins(database) == [("ok", "")]
    (stored,) = await database.read(lambda tx: tx.api_tokens.all())
    assert (stored.used_us, stored.used_address) == (clock.now, "192.0.2.7")


async def test_what_can_t_be_recorded_lets_nobody_in(database, made, tokens, monkeypatch):
    async def write(_work):
        raise StoreUnavailable("full")

    monkeypatch.setattr(database, "write", write)
    with pytest.raises(StoreUnavailable):
        await tokens.come_in(made.secret, **HERE)


@pytest.mark.parametrize("reason", ["token-unknown", "token-expired", "disabled", "network"])
async def test_refused_on_record_and_told(database, clock, made, tokens, heard, reason):
    secret, number = made.secret, made.token.account.id
    if reason == "token-unknown":
        secret = made_token()
    elif reason == "token-expired":
        clock.advance(us=DAY_US)
    elif reason == "disabled":
        await database.write(lambda tx: tx.accounts.set_disabled(number, True))
    else:
        networks = parsed_networks(["198.51.100.0/24"])
        await database.write(lambda tx: tx.accounts.set_networks(number, networks))
    with pytest.raises(SignInFailed):
        await tokens.come_in(secret, **HERE)
    assert await logins(database) == [("refused", reason)]
    assert heard == [("api", reason, "" if reason == "token-unknown" else "otto")]
    with pytest.raises(SignInFailed):
        await tokens.come_in(secret, **HERE, flood=True)
    assert len(await logins(database)) == 1, "a flood is no flood of records"


@pytest.mark.parametrize("shown", ["", "proxyd_", "x" * 56, "proxyd_" + "0" * 49])
async def test_what_is_no_token_is_not_even_looked_for(database, tokens, monkeypatch, shown):
    monkeypatch.setattr(database, "read", None)
    with pytest.raises(SignInFailed):
        await tokens.come_in(shown, **HERE)


async def test_still_good(database, clock, made, tokens):
    found = await tokens.come_in(made.secret, **HERE)
    number = found.account.id
    assert await tokens.still_good(found, address="192.0.2.7")
    await database.write(lambda tx: tx.accounts.set_role(number, Role.STAFF))
    assert not await tokens.still_good(found, address="192.0.2.7")
    await database.write(lambda tx: tx.accounts.set_role(number, Role.AUDITOR))
    await database.write(lambda tx: tx.api_tokens.remove(found.number))
    assert not await tokens.still_good(found, address="192.0.2.7")
