"""Whatever a provider says: it is believed, or refused with a reason, and nothing else happens."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import ProviderUnavailable, SingleSignOnRefused
from proxyd.domain.single_sign_on import (
    EMAIL,
    Identity,
    Rules,
    check_required,
    gave_second_factor,
    login_of,
)
from proxyd.identity.bounded_http import json_object
from proxyd.identity.discovery import metadata_of
from proxyd.identity.id_token import LOGOUT_EVENT, Verifier, keys_of
from tests.identity.fake_provider import ACCESS_TOKEN, CLIENT_ID, ISSUER, KEY, public, signed

NOW_S = 1_750_000_000
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
GOOD = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "sub": "a-1",
    "nonce": "n",
    "iat": NOW_S,
    "exp": NOW_S + 60,
    "azp": CLIENT_ID,
    "auth_time": NOW_S,
    "nbf": NOW_S,
    "jti": "m",
    "events": {LOGOUT_EVENT: {}},
}
KEYS = keys_of({"keys": [public(KEY)]})
HEADER = {"alg": "RS256", "kid": "k1"}


@given(st.sampled_from([*GOOD, "at_hash"]), ANYTHING)
def test_any_value_of_any_claim(name, value):
    claims = {**GOOD, name: value}
    verifier = Verifier(ISSUER, CLIENT_ID, max_age_s=60)
    token = signed(HEADER, claims, KEY)
    facts = {"nonce": "n", "access_token": ACCESS_TOKEN, "now_s": NOW_S}
    with contextlib.suppress(SingleSignOnRefused):
        assert verifier.id_token(token, KEYS, **facts)["sub"] == claims["sub"]
    without = {key: value for key, value in claims.items() if key != "nonce"}
    with contextlib.suppress(SingleSignOnRefused):
        said = verifier.logout_token(signed(HEADER, without, KEY), KEYS, now_s=NOW_S)
        assert said["sub"] == claims["sub"]


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "zip"]), ANYTHING))
def test_any_header(header):
    """Only those that could be signed at all: the others are below."""
    told = {**HEADER, **header, "alg": "RS256"}
    facts = {"nonce": "n", "access_token": ACCESS_TOKEN, "now_s": NOW_S}
    with contextlib.suppress(SingleSignOnRefused):
        Verifier(ISSUER, CLIENT_ID).id_token(signed(told, GOOD, KEY), KEYS, **facts)
        assert told.get("kid") in ("k1", None) and told.get("crit") is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"))
def test_any_text_is_no_token(text):
    facts = {"nonce": "n", "access_token": ACCESS_TOKEN, "now_s": NOW_S}
    with contextlib.suppress(SingleSignOnRefused):
        Verifier(ISSUER, CLIENT_ID).id_token(text, KEYS, **facts)
        raise AssertionError("believed")


@given(ANYTHING, st.sampled_from(["kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"]), ANYTHING)
def test_any_list_of_keys(listed, name, value):
    keys_of({"keys": listed})
    for one in keys_of({"keys": [{**public(KEY), name: value}]}):
        assert one.key_type == "RSA"


@given(
    st.sampled_from(
        [
            *("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"),
            *("end_session_endpoint", "token_endpoint_auth_methods_supported"),
        ]
    ),
    ANYTHING | st.from_regex(r"https?://[\w.:@\[\]-]*/?"),
)
def test_any_configuration(name, value):
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    said = {"issuer": ISSUER, **{one: f"{ISSUER}/{one}" for one in names}, name: value}
    with contextlib.suppress(ProviderUnavailable):
        about = metadata_of(said, ISSUER)
        assert all(one.startswith("https://") for one in (about.token, about.keys))


@given(ANYTHING, ANYTHING)
def test_any_claims_of_a_person(value, verified):
    claims = {"email": value, "email_verified": verified, "groups": value}
    said = Identity(ISSUER, "a-1", claims)
    rules = Rules(EMAIL, ("example.com",), (("groups", "x"),), (("groups", "y"),))
    for work in (login_of, check_required, gave_second_factor):
        with contextlib.suppress(SingleSignOnRefused):
            work(said, rules)


@given(st.binary() | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_octets(octets):
    with contextlib.suppress(ProviderUnavailable):
        assert isinstance(json_object(octets, "x"), dict)
