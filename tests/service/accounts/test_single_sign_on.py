"""Who comes in by the provider's word, and who does not: each on record
(service/accounts/single_sign_on.py).

The provider is one in memory, behind the real adapter.
"""

from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from proxyd.domain.errors import BadInput, NotFound, ProviderUnavailable, SingleSignOnRefused
from proxyd.domain.networks import stored_networks
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.single_sign_on import WAY_S, Returned, Rules
from proxyd.domain.types import Origin
from proxyd.identity.id_token import LOGOUT_EVENT
from proxyd.identity.openid_connect import OpenIdProvider, RelyingParty
from proxyd.service.accounts.single_sign_on import SingleSignOn, binding_of, unbind
from proxyd.service.actor import Actor
from tests.identity.fake_provider import CLIENT_ID, ISSUER, OTHER_KEY, SECRET, FakeProvider

HERE = Origin("web", "192.0.2.7", "Firefox")
BACK = "https://proxyd.example.test/sign-in/sso/back"
ADMIN = Actor("root@cli")


@pytest.fixture
def fake(clock):
    return FakeProvider(clock)


@pytest.fixture
def provider(fake, clock):
    return OpenIdProvider(RelyingParty(ISSUER, CLIENT_ID, SECRET), fake.transport, clock)


@pytest.fixture
def door(database, provider, clock):
    return SingleSignOn(database, provider, Rules(), clock)


@pytest.fixture
async def people(database):
    def add(tx):
        return [tx.accounts.add(login, login.title(), "staff", "h") for login in ("anna", "ben")]

    return await database.write(add)


async def comes(door, fake, where="/", origin=HERE):
    sent = await door.begin(BACK, where, origin)
    return await door.finish(fake.sign_in(sent.address), sent.browser, origin)


async def refusal(door, fake, origin=HERE):
    with pytest.raises(SingleSignOnRefused) as refused:
        await comes(door, fake, origin=origin)
    return refused.value.reason


async def records(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery()))
    return [one.record for one in found]


async def newest(database):
    return (await records(database))[-1]


async def bindings(database, people):
    return [await database.read(lambda tx, a=a: tx.identities.of(a.id)) for a in people]


async def test_the_first_time_binds_and_the_next_ones_do_not(door, fake, people, database, clock):
    came = await comes(door, fake, "/me")
    assert (came.account, came.factors, came.where) == (people[0], ("single-sign-on",), "/me")
    bound, login = await records(database)
    assert (bound.action, bound.actor, bound.detail) == (
        "admin",
        "anna",
        {"did": "user single-sign-on bound", "login": "anna", "issuer": ISSUER, "subject": "a-1"},
    )
    assert (login.action, login.outcome, login.actor, login.origin) == ("login", "ok", "anna", HERE)
    assert login.detail == {"way": "single-sign-on", "factors": ["single-sign-on"]}
    clock.advance(seconds=5)
    await comes(door, fake)
    assert len(await records(database)) == 3
    binding, none = await bindings(database, people)
    assert (binding.subject, binding.used_us, none) == ("a-1", clock.now, None)


async def test_who_is_renamed_there_is_the_same_here(door, fake, people):
    await comes(door, fake)
    fake.login = "ben"
    assert (await comes(door, fake)).account.login == "anna"


async def test_a_login_that_is_given_to_somebody_else_lets_nobody_in(door, fake, people, database):
    """Anna has gone from the provider, and another Anna is there: no way into the first one's."""
    await comes(door, fake)
    fake.subject = "a-2"
    assert await refusal(door, fake) == "bound to another"
    record = await newest(database)
    assert (record.action, record.outcome, record.actor) == ("login", "refused", "anna")
    assert record.detail == {
        "way": "single-sign-on",
        "reason": "bound to another",
        "subject": "a-2",
    }
    await unbind(database, "Anna", by=ADMIN)
    assert (await comes(door, fake)).account.login == "anna"


async def test_another_issuer_is_another_person(database, fake, people, clock, door):
    await comes(door, fake)
    await database.write(lambda tx: tx.identities.unbind(people[0].id))
    await database.write(lambda tx: tx.identities.bind(people[0].id, "https://old.test", "a-1"))
    assert await refusal(door, fake) == "bound to another"


@pytest.mark.parametrize("what", ["disabled", "left", "network", "removed", "unknown"])
@pytest.mark.parametrize("before", [False, True], ids=["new", "bound"])
async def test_who_does_not_come_in(door, fake, people, database, what, before):
    if before:
        await comes(door, fake)

    def change(tx):
        if what == "disabled":
            tx.accounts.set_disabled(people[0].id, True)
        if what == "left":
            tx.accounts.set_left(people[0].id, 1)
        if what == "network":
            tx.accounts.set_networks(people[0].id, stored_networks(["198.51.100.0/24"]))
        if what == "removed":
            tx.accounts.remove(people[0].id)

    await database.write(change)
    if what == "unknown":
        fake.login, fake.subject = "zoe", "z-1"
    reason = await refusal(door, fake)
    expected = {"left": "disabled", "removed": "unknown"}.get(what, what)
    assert reason == expected
    record = await newest(database)
    assert (record.outcome, record.detail["reason"]) == ("refused", expected)
    assert record.actor == ("zoe" if what == "unknown" else "anna")
    _, ben = await bindings(database, people)
    assert ben is None


# ------------------------------------------------------------------ forged


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        ({"header": {"alg": "none"}}, "algorithm"),
        ({"header": {"alg": "HS256"}, "key": b"public"}, "algorithm"),
        ({"claims": {"iss": "https://evil.example"}}, "iss"),
        ({"claims": {"aud": "another"}}, "aud"),
        ({"claims": {"azp": "another"}}, "azp"),
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"exp": 1}}, "exp"),
        ({"header": {"kid": "k9"}}, "key"),
        ({"key": OTHER_KEY}, "signature"),
        ({"claims": {"at_hash": "AAAA"}}, "at_hash"),
    ],
    ids=["none", "hs256", "iss", "aud", "azp", "nonce", "exp", "kid", "signature", "at_hash"],
)
async def test_a_forged_token_is_refused_with_a_record(
    door, fake, people, database, forged, reason
):
    for name, value in forged.items():
        setattr(fake, name, value)
    if "nonce" in fake.claims:
        fake.claims = {"nonce": "another"}
    assert await refusal(door, fake) == reason
    (record,) = await records(database)
    assert (record.action, record.outcome, record.origin) == ("login", "refused", HERE)
    assert record.detail == {"way": "single-sign-on", "reason": reason}
    assert await bindings(database, people) == [None, None]


async def test_a_state_counts_once(door, fake, people, database):
    sent = await door.begin(BACK, "/", HERE)
    returned = fake.sign_in(sent.address)
    await door.finish(returned, sent.browser, HERE)
    with pytest.raises(SingleSignOnRefused, match="not expected"):
        await door.finish(returned, sent.browser, HERE)
    assert (await newest(database)).detail["reason"] == "not expected"
    assert len(fake.exchanged) == 1


@pytest.mark.parametrize("browser", ["", "another", "ブラウザ"])
async def test_a_state_of_another_browser(door, fake, people, database, browser):
    sent = await door.begin(BACK, "/", HERE)
    returned = fake.sign_in(sent.address)
    with pytest.raises(SingleSignOnRefused, match="another browser"):
        await door.finish(returned, browser, HERE)
    with pytest.raises(SingleSignOnRefused, match="not expected"):
        await door.finish(returned, sent.browser, HERE)
    assert fake.exchanged == []


async def test_too_late(door, fake, people, clock):
    sent = await door.begin(BACK, "/", HERE)
    clock.advance(seconds=WAY_S)
    with pytest.raises(SingleSignOnRefused, match="not expected"):
        await door.finish(fake.sign_in(sent.address), sent.browser, HERE)


async def test_who_was_never_sent(door, database):
    with pytest.raises(SingleSignOnRefused, match="not expected"):
        await door.finish(Returned("made up", "code"), "made up", HERE)
    assert (await newest(database)).outcome == "refused"


async def test_the_mix_up_of_two_providers(door, fake, people):
    sent = await door.begin(BACK, "/", HERE)
    returned = replace(fake.sign_in(sent.address), issuer="https://evil.example")
    with pytest.raises(SingleSignOnRefused, match="another provider"):
        await door.finish(returned, sent.browser, HERE)
    assert fake.exchanged == [], "the code does not go to either"


async def test_a_provider_that_is_down_is_on_record(door, fake, database):
    async def broken(_request):
        return httpx2.Response(500)

    fake.answers["/staff/.well-known/openid-configuration"] = broken
    with pytest.raises(ProviderUnavailable):
        await door.begin(BACK, "/", HERE)
    record = await newest(database)
    assert (record.action, record.outcome) == ("login", "failed")
    assert "answered 500" in record.detail["reason"]
    assert len(door._ways) == 0


async def test_who_listens_hears_of_each(database, provider, fake, people, clock):
    heard, outcomes = [], []
    door = SingleSignOn(
        *(database, provider, Rules(), clock),
        told=outcomes.append,
        refused=lambda origin, reason, login: heard.append((origin.address, reason, login)),
    )
    await comes(door, fake)
    fake.subject = "a-2"
    await refusal(door, fake)
    fake.claims = {"aud": "x"}
    await refusal(door, fake)
    assert outcomes == ["ok", "refused", "refused"]
    assert heard == [
        ("192.0.2.7", "single-sign-on-bound-to-another", "anna"),
        ("192.0.2.7", "single-sign-on-aud", ""),
    ]


async def test_no_secret_is_on_record(door, fake, people, database):
    fake.claims = {"email": "anna@private.example"}
    await comes(door, fake)
    told = str(await records(database))
    for secret in (SECRET, "a-code", "an access token", fake.nonce, "private.example"):
        assert secret not in told


# ------------------------------------------------------------------ what the provider says besides


async def test_a_second_factor_there_counts_here(database, provider, fake, people, clock):
    rules = Rules(second_factor=(("amr", "mfa"), ("acr", "gold")))
    door = SingleSignOn(database, provider, rules, clock)
    assert (await comes(door, fake)).factors == ("single-sign-on",)
    for said in ({"amr": ["pwd", "mfa"]}, {"acr": "gold"}):
        fake.claims = said
        assert (await comes(door, fake)).factors == ("single-sign-on", "single-sign-on-factor")
    for said in ({"amr": "no mfa"}, {"amr": ["pwd"]}, {"acr": "silver"}, {"mfa": True}):
        fake.claims = said
        assert (await comes(door, fake)).factors == ("single-sign-on",)


async def test_what_is_required_is_required_each_time(database, provider, fake, people, clock):
    door = SingleSignOn(database, provider, Rules(require=(("hd", "example.com"),)), clock)
    assert await refusal(door, fake) == "required hd"
    fake.claims = {"hd": "example.com"}
    await comes(door, fake)
    fake.claims = {"hd": "evil.example"}
    assert await refusal(door, fake) == "required hd"


async def test_signed_out_there_is_told_once(door, fake, people, database):
    await comes(door, fake)
    token = fake.logout_token()
    account = await door.signed_out(token, HERE)
    assert account is not None and account.login == "anna"
    record = await newest(database)
    assert (record.action, record.outcome, record.actor) == ("logout", "ok", "anna")
    with pytest.raises(SingleSignOnRefused, match="sent twice"):
        await door.signed_out(token, HERE)
    assert (await newest(database)).outcome == "refused"
    assert await door.signed_out(fake.logout_token(sub="z-9", jti="m2"), HERE) is None
    with pytest.raises(SingleSignOnRefused):
        await door.signed_out(fake.logout_token(events={LOGOUT_EVENT: 1}, jti="m3"), HERE)


# ------------------------------------------------------------------ unbinding


async def test_an_admin_takes_the_binding_away(door, fake, people, database):
    await comes(door, fake)
    account, binding = await binding_of(database, " Anna ")
    assert account.login == "anna" and binding is not None and binding.subject == "a-1"
    assert (await unbind(database, "anna", by=ADMIN)).login == "anna"
    record = await newest(database)
    assert (record.actor, record.detail) == (
        "root@cli",
        {"did": "user single-sign-on unbound", "login": "anna"},
    )
    assert (await binding_of(database, "anna"))[1] is None
    with pytest.raises(BadInput, match="bound to nobody"):
        await unbind(database, "anna", by=ADMIN)
    with pytest.raises(NotFound):
        await unbind(database, "zoe", by=ADMIN)
    with pytest.raises(NotFound):
        await binding_of(database, "zoe")
