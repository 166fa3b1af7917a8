"""Tokens that are good, and forged ones of every kind (proxyd/identity/id_token.py)."""

from __future__ import annotations

import base64
import json

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from proxyd.domain.errors import SingleSignOnRefused
from proxyd.identity.id_token import ALGORITHMS, TOKEN_LIMIT, UnknownKey, Verifier, keys_of
from tests.identity.fake_provider import (
    ACCESS_TOKEN,
    CLIENT_ID,
    ISSUER,
    KEY,
    OTHER_KEY,
    FakeProvider,
    encoded,
    half_hash,
    public,
    signed,
)

NONCE = "n-1"


@pytest.fixture
def provider(clock):
    return FakeProvider(clock, nonce=NONCE)


def verified(provider, token=None, published=None):
    keys = keys_of({"keys": provider.published if published is None else published})
    verifier = Verifier(ISSUER, CLIENT_ID)
    now_s = provider.clock.now // 1_000_000
    token = provider.id_token() if token is None else token
    return verifier.id_token(token, keys, nonce=NONCE, access_token=ACCESS_TOKEN, now_s=now_s)


def refusal(provider, token=None, published=None):
    with pytest.raises(SingleSignOnRefused) as refused:
        verified(provider, token, published)
    return refused.value.reason


def test_a_good_one_says_who_it_is(provider):
    claims = verified(provider)
    assert claims["sub"] == "a-1" and claims["preferred_username"] == "anna"
    provider.claims = {"aud": [CLIENT_ID], "azp": CLIENT_ID, "at_hash": None}
    assert verified(provider)["azp"] == CLIENT_ID


def made_key(algorithm):
    kind, curve, _ = ALGORITHMS[algorithm]
    if kind == "RSA":
        return KEY
    made = ECKey if kind == "EC" else OKPKey
    return made.generate_key(curve, {"kid": "k1"})


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_each_algorithm_that_is_allowed_works(provider, algorithm):
    provider.key, provider.header = made_key(algorithm), {"alg": algorithm}
    provider.claims = {"at_hash": None}
    assert verified(provider, published=[public(provider.key)])["sub"] == "a-1"


def test_alg_none_is_no_signature(provider):
    for name in ("none", "None", "NONE", ""):
        token = provider.id_token().split(".")
        header = base64.urlsafe_b64encode(json.dumps({"alg": name}).encode()).rstrip(b"=").decode()
        assert refusal(provider, f"{header}.{token[1]}.") == "algorithm"
        assert refusal(provider, f"{header}.{token[1]}.{token[2]}") == "algorithm"


def test_hs256_with_the_public_key_as_the_secret(provider):
    pem = KEY.as_pem(private=False)
    provider.key, provider.header = pem, {"alg": "HS256"}
    assert refusal(provider) == "algorithm"
    # also where the provider lists the secret among its keys
    secret = {"kty": "oct", "kid": "k1", "k": encoded(pem)}
    assert refusal(provider, published=[secret]) == "algorithm"
    provider.header = {"alg": "HS512", "kid": None}
    assert refusal(provider) == "algorithm"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://id.example.test/other"}, "iss"),
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": [CLIENT_ID, "another"]}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": None}, "aud"),
        ({"azp": "another"}, "azp"),
        ({"azp": ""}, "azp"),
        ({"nonce": "n-2"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": [NONCE]}, "nonce"),
        ({"nonce": "\ud800"}, "nonce"),
        ({"exp": 1}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "2999-01-01"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 1e300}, "exp"),
        ({"exp": -1}, "exp"),
        ({"iat": 1}, "iat"),
        ({"iat": None}, "iat"),
        ({"iat": 2_000_000_000}, "iat"),
        ({"nbf": 2_000_000_000}, "nbf"),
        ({"at_hash": half_hash("another access token")}, "at_hash"),
        ({"at_hash": ""}, "at_hash"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": "a\x00b"}, "sub"),
        ({"sub": "花子"}, "sub"),
    ],
)
def test_what_a_claim_must_not_say(provider, claims, reason):
    provider.claims = claims
    assert refusal(provider) == reason


def test_a_minute_is_forgiven_to_clocks(provider):
    now_s = provider.clock.now // 1_000_000
    provider.claims = {"exp": now_s - 59, "iat": now_s + 60, "nbf": now_s + 60}
    assert verified(provider)
    provider.claims = {"exp": now_s - 60}
    assert refusal(provider) == "exp"
    provider.claims = {"iat": now_s + 61}
    assert refusal(provider) == "iat"


def test_the_provider_asked_who_it_is_lately(provider):
    """Where that is demanded, it has to say so."""
    now_s = provider.clock.now // 1_000_000
    keys = keys_of({"keys": provider.published})
    demanding = Verifier(ISSUER, CLIENT_ID, max_age_s=600)

    def claims():
        token = provider.id_token()
        facts = {"nonce": NONCE, "access_token": ACCESS_TOKEN, "now_s": now_s}
        return demanding.id_token(token, keys, **facts)

    provider.claims = {"auth_time": now_s - 600}
    assert claims()
    for told in (None, 0, now_s - 661, "now", True):
        provider.claims = {"auth_time": told}
        with pytest.raises(SingleSignOnRefused, match="auth_time"):
            claims()


def test_signed_by_somebody_else(provider):
    provider.key = OTHER_KEY
    assert refusal(provider) == "signature"
    head, body, signature = provider.id_token().split(".")
    assert refusal(provider, f"{head}.{body}.{'A' * len(signature)}") == "signature"
    assert refusal(provider, f"{head}.{body}.") == "signature"
    provider.key = KEY
    head, body, signature = provider.id_token().split(".")
    changed = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed["sub"] = "b-2"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    assert refusal(provider, f"{head}.{forged}.{signature}") == "signature"


def test_the_key_is_the_one_that_is_named(provider):
    provider.header = {"kid": "k9"}
    with pytest.raises(UnknownKey):
        verified(provider)
    provider.header = {"kid": ["k1"]}
    assert refusal(provider) == "key"
    provider.header = {"kid": None}
    assert verified(provider)  # the only one
    with pytest.raises(UnknownKey):
        verified(provider, published=[public(KEY), public(OTHER_KEY)])
    provider.header = {}
    assert verified(provider, published=[public(OTHER_KEY), public(KEY)])


def test_keys_in_the_header_are_not_looked_at(provider):
    provider.key = OTHER_KEY
    for header in ({"jwk": public(OTHER_KEY)}, {"jku": "https://evil.example/keys"}, {"x5u": "x"}):
        provider.header = header
        assert refusal(provider) == "signature"


@pytest.mark.parametrize(
    "header", [{"crit": ["b64"], "b64": False}, {"crit": []}, {"alg": None}, {"alg": ["RS256"]}]
)
def test_what_a_header_must_not_say(provider, header):
    head, body, signature = provider.id_token().split(".")
    told = {"alg": "RS256", "kid": "k1", **header}
    head = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    assert refusal(provider, f"{head}.{body}.{signature}") == "algorithm"


def test_another_kind_of_token_is_none(provider):
    for typ in ("at+jwt", "logout+jwt", "JWE", 5):
        provider.header = {"typ": typ}
        if isinstance(typ, str):
            assert refusal(provider) == "type"


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "a.b.c.d.e", "é.b.c", "bnVsbA.e30.", "W10.e30.", "{}.{}.x",
     "W" * 60_000 + ".e30.x", "x" * (TOKEN_LIMIT + 1)],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_token(provider, token):
    assert refusal(provider, token) in ("token", "algorithm")


def test_a_payload_that_is_no_object(provider):
    from joserfc import jws

    for payload in (b"[]", b"null", b"", b"\xff", b"[" * 20_000):
        token = jws.serialize_compact({"alg": "RS256", "kid": "k1"}, payload, KEY)
        assert refusal(provider, token) in ("signature", "token")


def test_keys_that_are_of_no_use_are_left_out():
    small = RSAKey.generate_key(1024, {"kid": "small"}, auto_kid=False)
    listed = [
        public(KEY),
        public(small),
        public(KEY) | {"use": "enc"},
        KEY.as_dict(private=True),  # a provider that publishes its private key has none
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        {"kty": "RSA"},
        {"kty": ["RSA"]},
        "RSA",
        None,
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    ]
    assert [key.kid for key in keys_of({"keys": listed})] == ["k1"]
    for said in ({}, {"keys": None}, {"keys": "x"}, {"keys": {}}):
        assert keys_of(said) == []


def test_a_key_for_another_algorithm_does_not_count(provider):
    with pytest.raises(UnknownKey):
        verified(provider, published=[public(KEY) | {"alg": "PS256"}])


# ------------------------------------------------------------------ signing out


def signed_out(provider, token):
    now_s = provider.clock.now // 1_000_000
    keys = keys_of({"keys": provider.published})
    return Verifier(ISSUER, CLIENT_ID).logout_token(token, keys, now_s=now_s)


def test_the_provider_says_that_somebody_signed_out(provider):
    provider.header = {"typ": "logout+jwt"}
    assert signed_out(provider, provider.logout_token())["sub"] == "a-1"
    assert signed_out(provider, provider.logout_token(exp=None))["sub"] == "a-1"


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"nonce": NONCE}, "nonce"),
        ({"events": None}, "events"),
        ({"events": {"http://schemas.openid.net/event/other": {}}}, "events"),
        ({"events": ["http://schemas.openid.net/event/backchannel-logout"]}, "events"),
        ({"sub": None, "sid": "s1"}, "sub"),
        ({"jti": None}, "jti"),
        ({"aud": "another"}, "aud"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"iat": 1}, "iat"),
        ({"iat": 1, "exp": None}, "iat"),
        ({"exp": 1}, "exp"),
    ],
)
def test_what_is_no_word_of_signing_out(provider, others, reason):
    with pytest.raises(SingleSignOnRefused) as refused:
        signed_out(provider, provider.logout_token(**others))
    assert refused.value.reason == reason


def test_an_id_token_signs_nobody_out(provider):
    with pytest.raises(SingleSignOnRefused):
        signed_out(provider, provider.id_token())


def test_a_logout_token_signs_nobody_in(provider):
    token = provider.logout_token()
    assert refusal(provider, token) == "nonce"
    unsigned = signed({"alg": "none"}, {"sub": "a-1"}, None)
    assert refusal(provider, unsigned) == "algorithm"
