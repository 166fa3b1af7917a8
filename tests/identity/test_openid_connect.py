"""One provider, asked and believed as far as it proves (proxyd/identity/openid_connect.py)."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from proxyd.domain.errors import Busy, ProviderUnavailable, SingleSignOnRefused
from proxyd.domain.single_sign_on import SignedOut
from proxyd.identity.bounded_http import ANSWER_LIMIT, LINES
from proxyd.identity.openid_connect import (
    FAILED_S,
    KEPT_S,
    KEYS_AGAIN_S,
    OpenIdProvider,
    RelyingParty,
)
from proxyd.service.accounts.ways_there import WaysThere
from tests.identity.fake_provider import (
    CLIENT_ID,
    ISSUER,
    KEY,
    OTHER_KEY,
    SECRET,
    FakeProvider,
    public,
)

BACK = "https://proxyd.example.test/sign-in/sso/back"
CONFIGURATION = "/staff/.well-known/openid-configuration"
US = RelyingParty(ISSUER, CLIENT_ID, SECRET, ("openid", "profile"), (("acr_values", "gold"),))
AT_ONCE_S = 0.05  # until a provider that never answers is given up


@pytest.fixture
def fake(clock):
    return FakeProvider(clock)


@pytest.fixture
def provider(fake, clock):
    return OpenIdProvider(US, fake.transport, clock)


@pytest.fixture
def way(clock):
    return WaysThere(clock).begin(BACK, "/", "192.0.2.7")


async def identity(provider, fake, way, **changed):
    returned = replace(fake.sign_in(await provider.address(way)), **changed)
    return await provider.identity(way, returned)


async def refusal(provider, fake, way, **changed):
    with pytest.raises(SingleSignOnRefused) as refused:
        await identity(provider, fake, way, **changed)
    return refused.value.reason


async def trouble(work):
    with pytest.raises(ProviderUnavailable) as failed:
        await work
    return failed.value.reason


def answering(status, **facts):
    async def answer(_request):
        return httpx2.Response(status, **facts)

    return answer


async def never(_request):
    await asyncio.Event().wait()
    raise AssertionError


async def test_there_and_back(provider, fake, way):
    address = await provider.address(way)
    asked = parse_qs(urlsplit(address).query)
    assert asked["scope"] == ["openid profile"] and asked["redirect_uri"] == [BACK]
    assert asked["client_id"] == [CLIENT_ID] and asked["acr_values"] == ["gold"]
    assert asked["state"] == [way.state] and asked["nonce"] == [way.nonce]
    assert way.verifier not in address
    found = await identity(provider, fake, way)
    assert (found.issuer, found.subject) == (ISSUER, "a-1")
    (request,) = fake.exchanged
    basic = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {basic}"
    form = parse_qs(request.content.decode())
    assert form["code"] == ["a-code"] and form["redirect_uri"] == [BACK]
    assert SECRET not in repr(US) and SECRET not in request.content.decode()
    assert way.verifier not in repr(way) and way.state not in repr(way)


async def test_how_long_ago_the_provider_may_have_asked(fake, clock, way):
    provider = OpenIdProvider(replace(US, max_age_s=600), fake.transport, clock)
    assert parse_qs(urlsplit(await provider.address(way)).query)["max_age"] == ["600"]
    assert await refusal(provider, fake, way) == "auth_time"
    fake.claims = {"auth_time": clock.now // 1_000_000}
    await identity(provider, fake, way)


async def test_the_secret_in_the_body_where_only_that_is_offered(provider, fake, way):
    fake.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await identity(provider, fake, way)
    assert parse_qs(fake.exchanged[0].content.decode())["client_secret"] == [SECRET]


# ------------------------------------------------------------------ whose answer it is


async def test_an_answer_of_another_provider_is_refused(provider, fake, way):
    assert await refusal(provider, fake, way, issuer="https://evil.example") == "another provider"
    await identity(provider, fake, way, issuer="")  # which this one does not promise to name
    assert len(fake.exchanged) == 1, "the code goes to nobody"


async def test_who_promises_to_name_itself_has_to(provider, fake, way):
    fake.metadata = {"authorization_response_iss_parameter_supported": True}
    assert await refusal(provider, fake, way, issuer="") == "another provider"
    await identity(provider, fake, way)


async def test_the_provider_refuses(provider, fake, way):
    assert await refusal(provider, fake, way, error="access_denied") == (
        "the provider says access_denied"
    )
    for word in ("<script>\r\n", "anything_else"):
        told = await refusal(provider, fake, way, error=word)
        assert told == "the provider says what is no error's name"
    assert await refusal(provider, fake, way, code="") == "code"
    assert await refusal(provider, fake, way, code="x" * 5000) == "code"
    fake.answers["/staff/token"] = answering(400, json={"error": "invalid_grant"})
    assert await refusal(provider, fake, way) == "the provider says invalid_grant"


@pytest.mark.parametrize("token", [{}, {"access_token": "x"}, {"id_token": "x"}, {"id_token": 5}])
async def test_a_token_that_is_none(provider, fake, way, token):
    fake.answers["/staff/token"] = answering(200, json=token)
    assert await refusal(provider, fake, way) == "token"


# ------------------------------------------------------------------ what it says of itself


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": ISSUER + "/"},
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://id.example.test/token"},
        {"token_endpoint": "http://127.0.0.1/token"},  # this issuer is not on this machine
        {"token_endpoint": "https://user:pass@id.example.test/token"},
        {"token_endpoint": "https://id.example.test/to ken"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"jwks_uri": "https://"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://id.example.test/" + "x" * 2000},
        {"end_session_endpoint": "http://id.example.test/out"},
    ],
    ids=range(13),
)
async def test_what_it_must_not_say_of_itself(provider, fake, way, said):
    fake.metadata = said
    assert "its " in await trouble(provider.address(way))


@pytest.mark.parametrize(
    "answer",
    [
        answering(302, headers={"location": "https://evil.example/"}),
        answering(404),
        answering(500),
        answering(200, content=b"not json"),
        answering(200, content=b"[]"),
        answering(200, content=b"[" * 100_000),
        answering(200, content=b" " * (ANSWER_LIMIT + 1)),
        answering(200, content=b"x", headers={"content-encoding": "gzip"}),
    ],
    ids=["redirect", "missing", "broken", "no-json", "list", "deep", "long", "packed"],
)
@pytest.mark.parametrize("path", [CONFIGURATION, "/staff/keys", "/staff/token"])
async def test_what_is_no_answer(provider, fake, way, path, answer):
    fake.answers[path] = answer
    if path == "/staff/token":
        with pytest.raises((ProviderUnavailable, SingleSignOnRefused)):
            await identity(provider, fake, way)
    else:
        await trouble(identity(provider, fake, way))
    assert not any("evil" in path for path in fake.asked)


@pytest.mark.parametrize("path", [CONFIGURATION, "/staff/keys", "/staff/token"])
async def test_a_provider_that_never_answers_is_given_up(fake, clock, way, path):
    provider = OpenIdProvider(US, fake.transport, clock, seconds=AT_ONCE_S)
    fake.answers[path] = never
    assert "no answer in" in await trouble(identity(provider, fake, way))


async def test_an_answer_that_never_ends_is_given_up(fake, clock, way):
    async def drops():
        while True:
            yield b" "
            await asyncio.sleep(0)

    async def answer(_request):
        return httpx2.Response(200, content=drops())

    provider = OpenIdProvider(US, fake.transport, clock)
    fake.answers["/staff/keys"] = answer
    assert "longer than" in await trouble(identity(provider, fake, way))


async def test_nobody_there(fake, clock, way):
    async def refused(request):
        raise httpx2.ConnectError("no", request=request)

    fake.answers[CONFIGURATION] = refused
    provider = OpenIdProvider(US, fake.transport, clock)
    assert "ConnectError" in await trouble(provider.address(way))
    asked = len(fake.asked)
    await trouble(provider.address(way))
    assert len(fake.asked) == asked, "not asked again at once"
    clock.advance(seconds=FAILED_S)
    del fake.answers[CONFIGURATION]
    await provider.address(way)


# ------------------------------------------------------------------ keys


async def test_a_new_key_is_fetched_once(provider, fake, way, clock):
    await identity(provider, fake, way)
    assert fake.asked.count("/staff/keys") == 1
    fake.key, fake.header = OTHER_KEY, {"kid": "k2"}
    assert await refusal(provider, fake, way) == "key"
    assert fake.asked.count("/staff/keys") == 1, "at most once a minute"
    clock.advance(seconds=KEYS_AGAIN_S)
    assert await refusal(provider, fake, way) == "key"
    assert fake.asked.count("/staff/keys") == 2
    fake.published = [public(KEY), public(OTHER_KEY)]
    clock.advance(seconds=KEYS_AGAIN_S)
    await identity(provider, fake, way)
    assert fake.asked.count("/staff/keys") == 3


async def test_names_that_are_made_up_make_no_work(provider, fake, way):
    await identity(provider, fake, way)
    for number in range(20):
        fake.header = {"kid": f"made up {number}"}
        assert await refusal(provider, fake, way) == "key"
    assert fake.asked.count("/staff/keys") == 1


async def test_what_was_read_is_kept_for_an_hour(provider, fake, way, clock):
    for _ in range(3):
        await provider.address(way)
    assert fake.asked == [CONFIGURATION]
    clock.advance(seconds=KEPT_S)
    await asyncio.gather(*(provider.address(way) for _ in range(5)))
    assert fake.asked == [CONFIGURATION] * 2, "read once, however many wait"


async def test_only_so_many_codes_at_a_time(fake, clock, way):
    provider = OpenIdProvider(US, fake.transport, clock)
    returned = fake.sign_in(await provider.address(way))
    going = asyncio.Event()

    async def slow(_request):
        await going.wait()
        return httpx2.Response(200, json={})

    fake.answers["/staff/token"] = slow
    many = [asyncio.ensure_future(provider.identity(way, returned)) for _ in range(LINES)]
    while fake.asked.count("/staff/token") < LINES:
        await asyncio.sleep(0)
    with pytest.raises(Busy):
        await provider.identity(way, returned)
    going.set()
    await asyncio.gather(*many, return_exceptions=True)


# ------------------------------------------------------------------ signing out


async def test_the_page_for_signing_out_there(provider, fake, clock):
    address = await provider.sign_out_address("https://proxyd.example.test/sign-in")
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{ISSUER}/out?") and asked["client_id"] == [CLIENT_ID]
    assert asked["post_logout_redirect_uri"] == ["https://proxyd.example.test/sign-in"]
    fake.metadata = {"end_session_endpoint": None}
    again = OpenIdProvider(US, fake.transport, clock)
    assert await again.sign_out_address("https://x") == "", "it has none"


async def test_a_message_that_somebody_signed_out(provider, fake):
    assert await provider.signed_out(fake.logout_token()) == SignedOut(ISSUER, "a-1", "m1")
    with pytest.raises(SingleSignOnRefused):
        await provider.signed_out(fake.id_token())
