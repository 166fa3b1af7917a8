"""An identity provider in memory, which says whatever a test wants: right by default.

Its answers go through the real adapter; only the network is not there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from proxyd.domain.single_sign_on import Returned
from tests.conftest import FakeClock

ISSUER = "https://id.example.test/staff"
CLIENT_ID = "proxyd"
SECRET = "a secret of the client's"
ACCESS_TOKEN = "an access token"

# 2,048 bits each take a while to make: once for all tests.
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})

Answer = Callable[[httpx2.Request], Awaitable[httpx2.Response]]


def half_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return encoded(digest[:16])


def public(key: Any) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """A token of any kind, also such as no library makes. "none" has no signature at all."""
    kept = {name: value for name, value in header.items() if value is not None}
    text = f"{encoded(json.dumps(kept).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{text}.{encoded(_signature(kept['alg'], text.encode(), key))}"


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _signature(algorithm: str, text: bytes, key: Any) -> bytes:
    if algorithm == "none":
        return b""
    if algorithm.startswith("HS"):
        return hmac.digest(key, text, "sha" + algorithm[2:])
    if algorithm == "RS256":
        return bytes(key.private_key.sign(text, PKCS1v15(), SHA256()))
    return bytes(JWSRegistry.algorithms[algorithm].sign(text, key))


@dataclass
class FakeProvider:
    """``answers``: by path, in place of the right ones. ``asked``: the paths that were."""

    clock: FakeClock
    login: str = "anna"
    subject: str = "a-1"
    claims: dict[str, Any] = field(default_factory=dict)  # None takes one away
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    published: list[dict[str, Any]] = field(default_factory=lambda: [public(KEY)])
    metadata: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    exchanged: list[httpx2.Request] = field(default_factory=list)
    nonce: str = ""
    challenge: str = ""

    def transport(self) -> httpx2.AsyncBaseTransport:
        return httpx2.MockTransport(self._answer)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.answers:
            return await self.answers[path](request)
        if path == "/staff/.well-known/openid-configuration":
            return httpx2.Response(200, json=self.about())
        if path == "/staff/keys":
            return httpx2.Response(200, json={"keys": self.published})
        if path == "/staff/token":
            return self._token(request)
        return httpx2.Response(404)

    def about(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "end_session_endpoint": f"{ISSUER}/out",
            **self.metadata,
        }

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        self.exchanged.append(request)
        form = parse_qs(request.content.decode())
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        assert encoded(digest) == self.challenge
        told = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": self.id_token()}
        return httpx2.Response(200, json=told)

    def id_token(self) -> str:
        now_s = self.clock.now // 1_000_000
        claims = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": self.subject,
            "nonce": self.nonce,
            "iat": now_s,
            "exp": now_s + 300,
            "at_hash": half_hash(ACCESS_TOKEN),
            "preferred_username": self.login,
            **self.claims,
        }
        return self.signed({k: v for k, v in claims.items() if v is not None})

    def signed(self, claims: dict[str, Any]) -> str:
        return signed({"alg": "RS256", "kid": "k1", **self.header}, claims, self.key)

    def logout_token(self, **others: Any) -> str:
        now_s = self.clock.now // 1_000_000
        event = {"http://schemas.openid.net/event/backchannel-logout": {}}
        claims = {"iss": ISSUER, "aud": CLIENT_ID, "sub": self.subject, "jti": "m1"}
        claims |= {"iat": now_s, "exp": now_s + 120, "events": event, **others}
        return self.signed({k: v for k, v in claims.items() if v is not None})

    def sign_in(self, address: str) -> Returned:
        """What the person's browser brings back, after it was sent to ``address``."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{ISSUER}/authorize?")
        assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
        self.nonce, self.challenge = asked["nonce"], asked["code_challenge"]
        return Returned(asked["state"], "a-code", ISSUER)
