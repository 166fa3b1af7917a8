"""A provider that other people wrote: there, back, renamed, made anew, and down.

The browser is one without a screen; tests/e2e/test_single_sign_on.py has a real one.
"""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from proxyd.domain.errors import ProviderUnavailable, SingleSignOnRefused
from proxyd.domain.single_sign_on import EMAIL, Returned, Rules
from proxyd.domain.types import Origin
from proxyd.identity.bounded_http import network
from proxyd.identity.openid_connect import OpenIdProvider, RelyingParty
from proxyd.service.accounts.single_sign_on import SingleSignOn
from tests.servers.absent import needs
from tests.servers.identity_provider import CLIENT_ID, SECRET, IdentityProvider, Visitor

BACK = "http://127.0.0.1:5999/sign-in/sso/back"
HERE = Origin("web", "127.0.0.1", "Firefox")


def now_us() -> int:
    return time.time_ns() // 1000


@pytest.fixture(scope="module")
def server() -> Iterator[IdentityProvider]:
    needs("glewlwyd")
    with IdentityProvider(BACK) as running:
        yield running


@pytest.fixture
async def anna(database):
    return await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "h"))


def door_to(server, database, rules=None, secret=SECRET):
    party = RelyingParty(server.issuer, CLIENT_ID, secret, ("openid",))
    provider = OpenIdProvider(party, network(None), now_us)
    return SingleSignOn(database, provider, rules or Rules(), now_us)


def returned(address: str) -> Returned:
    assert address.startswith(BACK), address
    said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return Returned(said["state"], said.get("code", ""), said.get("iss", ""), said.get("error", ""))


def signs_in(server, sent, login="anna"):
    visitor = Visitor(server)
    assert "login.html" in visitor.goes(sent.address), "it asks who is there"
    visitor.sign_in(login)
    visitor.consent()
    return returned(visitor.goes(f"{sent.address}&g_continue"))


async def test_there_and_back(server, database, anna):
    door = door_to(server, database, Rules(second_factor=(("amr", "session"),)))
    sent = await door.begin(BACK, "/me", HERE)
    back = signs_in(server, sent)
    assert back.issuer == server.issuer, "RFC 9207"
    came = await door.finish(back, sent.browser, HERE)
    assert (came.account, came.where) == (anna, "/me")
    assert came.factors == ("single-sign-on", "single-sign-on-factor"), "as amr says"
    binding = await door.of(anna.id)
    assert binding is not None and binding.issuer == server.issuer


async def test_no_secret_is_in_the_program_s_log(server, database, anna, caplog):
    """Not even at "debug", from whichever library."""
    caplog.set_level(logging.DEBUG)
    basic = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    door = door_to(server, database)
    sent = await door.begin(BACK, "/", HERE)
    back = signs_in(server, sent)
    await door.finish(back, sent.browser, HERE)
    for secret in (SECRET, basic, back.code, back.state, sent.browser, "eyJ"):
        assert secret not in caplog.text, secret


async def test_a_code_counts_once_there_too(server, database, anna):
    """The state is new, the code was used: the provider says no, and so do we."""
    door = door_to(server, database)
    sent = await door.begin(BACK, "/", HERE)
    used = signs_in(server, sent)
    await door.finish(used, sent.browser, HERE)
    again = await door.begin(BACK, "/", HERE)
    state = parse_qs(urlsplit(again.address).query)["state"][0]
    with pytest.raises(SingleSignOnRefused, match="the provider says"):
        await door.finish(replace(used, state=state), again.browser, HERE)


async def test_a_wrong_secret_is_refused(server, database, anna):
    door = door_to(server, database, secret="wrong")
    sent = await door.begin(BACK, "/", HERE)
    with pytest.raises(SingleSignOnRefused, match="the provider says"):
        await door.finish(signs_in(server, sent), sent.browser, HERE)


async def test_an_address_that_is_not_verified(server, database, anna):
    """This provider says an address, and not that it is verified."""
    door = door_to(server, database, Rules(login_claim=EMAIL, domains=("example.test",)))
    sent = await door.begin(BACK, "/", HERE)
    with pytest.raises(SingleSignOnRefused, match="address-not-verified"):
        await door.finish(signs_in(server, sent), sent.browser, HERE)


async def test_the_same_login_made_anew_is_somebody_else(server, database):
    await database.write(lambda tx: tx.accounts.add("hana", "Hana", "staff", "h"))
    server.add("hana")
    door = door_to(server, database)
    sent = await door.begin(BACK, "/", HERE)
    await door.finish(signs_in(server, sent, "hana"), sent.browser, HERE)
    server.remove("hana")
    server.add("hana")
    sent = await door.begin(BACK, "/", HERE)
    back = signs_in(server, sent, "hana")
    with pytest.raises(SingleSignOnRefused, match="bound to another"):
        await door.finish(back, sent.browser, HERE)


async def test_it_is_down_and_comes_back(server, database, anna):
    server.stop()
    try:
        with pytest.raises(ProviderUnavailable, match="ConnectError"):
            await door_to(server, database).begin(BACK, "/", HERE)
    finally:
        server.start()
    door = door_to(server, database)
    sent = await door.begin(BACK, "/", HERE)
    came = await door.finish(signs_in(server, sent), sent.browser, HERE)
    assert came.account == anna
