"""A signed word of the provider's, verified (OpenID Connect Core §3.1.3.7; RFC 8725).

Pure but for the keys that are given. joserfc verifies; which algorithms, which key and what every
claim has to say is decided here. Must never believe the header: it only chooses among what is
allowed anyway.

Invariants
- Public-key signatures alone: "none" is no algorithm, and an HS256 that was made with a public key
  finds no secret here to agree with (RFC 8725 §3.1).
- The key is the one that the header names; without a name it is the only one that fits.
- The audience is this client and nobody else besides.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from proxyd.domain.errors import SingleSignOnRefused
from proxyd.domain.single_sign_on import CLAIM_LIMIT

Key = RSAKey | ECKey | OKPKey

# Algorithm → kind of key, its curve, and the hash of at_hash (Core §3.1.3.6).
ALGORITHMS: Final = {
    "RS256": ("RSA", "", "sha256"),
    "RS384": ("RSA", "", "sha384"),
    "RS512": ("RSA", "", "sha512"),
    "PS256": ("RSA", "", "sha256"),
    "PS384": ("RSA", "", "sha384"),
    "PS512": ("RSA", "", "sha512"),
    "ES256": ("EC", "P-256", "sha256"),
    "ES384": ("EC", "P-384", "sha384"),
    "ES512": ("EC", "P-521", "sha512"),
    "EdDSA": ("OKP", "Ed25519", "sha512"),
    "Ed25519": ("OKP", "Ed25519", "sha512"),
}
LEAST_RSA_BITS: Final = 2048  # RFC 7518 §3.3
TOKEN_LIMIT: Final = 32 * 1024  # a person with hundreds of groups
LEEWAY_S: Final = 60  # of two clocks
FRESH_S: Final = 600  # an ID token was made for this very sign-in

_KINDS: Final[dict[str, type[Key]]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_TYPES: Final = ("jwt", "id_token+jwt", "application/jwt")
_LOGOUT_TYPES: Final = ("jwt", "logout+jwt", "application/logout+jwt")
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


class UnknownKey(SingleSignOnRefused):
    """None of the keys is the one that is named: perhaps there are newer ones."""

    def __init__(self) -> None:
        super().__init__("key")


def keys_of(said: dict[str, object]) -> list[Key]:
    """Those of a JWK set (RFC 7517) that may sign; what is of no use here is left out."""
    listed = said.get("keys")
    found = []
    for one in listed if isinstance(listed, list) else []:
        key = _maybe_key(one) if isinstance(one, dict) else None
        if key is not None:
            found.append(key)
    return found


def _maybe_key(said: dict[str, object]) -> Key | None:
    kind = _KINDS.get(str(said.get("kty")))
    if kind is None or said.get("use", "sig") != "sig" or "d" in said:
        return None
    names = ("kty", "kid", "alg", "n", "e", "crv", "x", "y")
    try:
        key = kind.import_key({name: str(said[name]) for name in names if name in said})
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA_BITS:
        return None
    return key


class Verifier:
    """For one provider and one client. Each method raises SingleSignOnRefused, UnknownKey."""

    def __init__(self, issuer: str, client_id: str, *, max_age_s: int = 0) -> None:
        """``max_age_s``: as RelyingParty's."""
        self._max_age_s = max_age_s
        self._issuer = issuer
        self._client_id = client_id

    def id_token(
        self, token: str, keys: Sequence[Key], *, nonce: str, access_token: str, now_s: int
    ) -> dict[str, object]:
        """Its claims."""
        algorithm, claims = self._signed(token, keys, _TYPES, now_s)
        _check_end(claims, now_s)
        if not _is(claims.get("nonce"), nonce):
            raise SingleSignOnRefused("nonce")
        if _time(claims, "iat") < now_s - FRESH_S - LEEWAY_S:
            raise SingleSignOnRefused("iat")
        if self._max_age_s and _time(claims, "auth_time") < now_s - self._max_age_s - LEEWAY_S:
            raise SingleSignOnRefused("auth_time")
        azp = claims.get("azp")
        if azp is not None and azp != self._client_id:
            raise SingleSignOnRefused("azp")
        said = claims.get("at_hash")
        if said is not None and not _is(said, _half_hash(access_token, algorithm)):
            raise SingleSignOnRefused("at_hash")
        _check_word(claims, "sub")
        return claims

    def logout_token(self, token: str, keys: Sequence[Key], *, now_s: int) -> dict[str, object]:
        """Its claims (Back-Channel Logout §2.6). One that names a session but no person is refused:
        sessions of the provider's are not known here. ``exp`` is younger than many providers, so
        that a message without one is taken while it is fresh.
        """
        _, claims = self._signed(token, keys, _LOGOUT_TYPES, now_s)
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise SingleSignOnRefused("events")
        if "exp" in claims:
            _check_end(claims, now_s)
        if "nonce" in claims:  # an ID token, which browsers have seen
            raise SingleSignOnRefused("nonce")
        if _time(claims, "iat") < now_s - FRESH_S - LEEWAY_S:
            raise SingleSignOnRefused("iat")
        _check_word(claims, "sub")
        _check_word(claims, "jti")
        return claims

    def _signed(
        self, token: str, keys: Sequence[Key], types: Sequence[str], now_s: int
    ) -> tuple[str, dict[str, object]]:
        """Algorithm and claims: signed, for us, of this provider, and not of the future."""
        header = header_of(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or "crit" in header:
            raise SingleSignOnRefused("algorithm")
        typ = header.get("typ", "JWT")
        if not isinstance(typ, str) or typ.lower() not in types:
            raise SingleSignOnRefused("type")
        key = _chosen(keys, algorithm, header.get("kid"))
        registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            raise SingleSignOnRefused("signature") from None
        if claims.get("iss") != self._issuer:
            raise SingleSignOnRefused("iss")
        if claims.get("aud") not in (self._client_id, [self._client_id]):
            raise SingleSignOnRefused("aud")
        if _time(claims, "iat") > now_s + LEEWAY_S:
            raise SingleSignOnRefused("iat")
        if "nbf" in claims and _time(claims, "nbf") > now_s + LEEWAY_S:
            raise SingleSignOnRefused("nbf")
        return algorithm, claims


def header_of(token: str) -> dict[str, object]:
    """Of a compact JWS (RFC 7515 §3.1). Raises SingleSignOnRefused."""
    if len(token) > TOKEN_LIMIT or token.count(".") != 2 or not token.isascii():
        raise SingleSignOnRefused("token")
    head = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SingleSignOnRefused("token")
    return found


def _chosen(keys: Sequence[Key], algorithm: str, kid: object) -> Key:
    kind, curve, _ = ALGORITHMS[algorithm]
    fitting = [
        key
        for key in keys
        if key.key_type == kind
        and key.get("alg") in (None, algorithm)
        and (not curve or key.get("crv") == curve)
        and (kid is None or key.kid == kid)
    ]
    if len(fitting) != 1:
        raise UnknownKey
    return fitting[0]


def _half_hash(text: str, algorithm: str) -> str:
    digest = hashlib.new(ALGORITHMS[algorithm][2], text.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _is(said: object, wanted: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(_octets(said), _octets(wanted))


def _octets(text: str) -> bytes:
    """JSON may hold what is no character, as "\\ud800" does."""
    return text.encode("utf-8", "surrogatepass")


def _time(claims: dict[str, object], name: str) -> int:
    """RFC 7519 §2, NumericDate. Raises SingleSignOnRefused."""
    said = claims.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said < 2**40:
        raise SingleSignOnRefused(name)
    return int(said)


def _check_end(claims: dict[str, object], now_s: int) -> None:
    """Raises SingleSignOnRefused."""
    if _time(claims, "exp") <= now_s - LEEWAY_S:
        raise SingleSignOnRefused("exp")


def _check_word(claims: dict[str, object], name: str) -> None:
    """At most 255 ASCII characters (Core §2). Raises SingleSignOnRefused."""
    said = claims.get(name)
    plain = isinstance(said, str) and said.isascii() and said.isprintable()
    if not plain or not 0 < len(str(said)) <= CLAIM_LIMIT:
        raise SingleSignOnRefused(name)
