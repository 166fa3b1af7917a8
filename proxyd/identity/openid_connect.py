"""One OpenID Connect provider (ports.identities.IdentityProvider): authorisation code with PKCE.

Authlib speaks OAuth 2.0 over httpx2; what comes back is verified in ``id_token``. What the provider
says of itself, and its keys, are fetched when somebody needs them and kept a while.

Invariants
- Keys are fetched anew for a name that is not among them, at most once a minute: whoever makes
  names up makes no work for the provider.
- A provider that did not answer is not asked again for some seconds; meanwhile everybody hears so
  at once, and nobody waits in a line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx2
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from proxyd.domain.errors import Busy, ProviderUnavailable, SingleSignOnRefused
from proxyd.domain.single_sign_on import Identity, Returned, SignedOut, Way
from proxyd.domain.types import Clock
from proxyd.identity.bounded_http import ANSWER_S, LINES, BoundedTransport, NewTransport, get_json
from proxyd.identity.discovery import Metadata, configuration_address, metadata_of
from proxyd.identity.id_token import Key, UnknownKey, Verifier, keys_of

T = TypeVar("T")

KEPT_S = 3600  # providers announce a new key days before they sign with it
KEYS_AGAIN_S = 60
FAILED_S = 5
CODE_LIMIT = 4096  # Microsoft's have 1,500 letters


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """As the provider knows this installation. ``asks``: further parameters, such as acr_values.
    ``max_age_s``: since the provider asked the person who they are; 0: as long ago as it likes.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    asks: tuple[tuple[str, str], ...] = ()
    max_age_s: int = 0


class OpenIdProvider:
    def __init__(
        self, client: RelyingParty, new: NewTransport, clock: Clock, *, seconds: float = ANSWER_S
    ) -> None:
        self._client = client
        self._new = new
        self._seconds = seconds
        self._clock = clock
        self._verifier = Verifier(client.issuer, client.client_id, max_age_s=client.max_age_s)
        self._metadata = _Kept[Metadata](self._read_metadata, clock)
        self._keys = _Kept[list[Key]](self._read_keys, clock)
        self._exchanges = 0

    @property
    def issuer(self) -> str:
        return self._client.issuer

    async def address(self, way: Way) -> str:
        """See IdentityProvider."""
        about = await self._metadata.get()
        asks = dict(self._client.asks)
        if self._client.max_age_s:
            asks["max_age"] = str(self._client.max_age_s)
        async with self._speaking(about, way.redirect) as speaking:
            address, _ = speaking.create_authorization_url(
                about.authorization,
                state=way.state,
                code_verifier=way.verifier,
                nonce=way.nonce,
                **asks,
            )
        return str(address)

    async def identity(self, way: Way, returned: Returned) -> Identity:
        """See IdentityProvider."""
        about = await self._metadata.get()
        named = returned.issuer or about.names_issuer  # RFC 9207 §2.4: whose answer is it?
        if named and returned.issuer != about.issuer:
            raise SingleSignOnRefused("another provider")
        if returned.error:
            raise SingleSignOnRefused(f"the provider says {_word(returned.error)}")
        if not 0 < len(returned.code) <= CODE_LIMIT or not returned.code.isprintable():
            raise SingleSignOnRefused("code")
        token = await self._exchanged(about, way, returned.code)
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise SingleSignOnRefused("token")
        claims = await self._verified(
            lambda keys: self._verifier.id_token(
                id_token, keys, nonce=way.nonce, access_token=access_token, now_s=self._now_s()
            )
        )
        return Identity(about.issuer, str(claims["sub"]), claims)

    async def sign_out_address(self, back: str) -> str:
        """See IdentityProvider. No token is kept, so the provider may ask the person once."""
        about = await self._metadata.get()
        if not about.end_session:
            return ""
        asked = [("client_id", self._client.client_id), ("post_logout_redirect_uri", back)]
        return str(add_params_to_uri(about.end_session, asked))

    async def signed_out(self, token: str) -> SignedOut:
        """See IdentityProvider."""
        claims = await self._verified(
            lambda keys: self._verifier.logout_token(token, keys, now_s=self._now_s())
        )
        return SignedOut(self.issuer, str(claims["sub"]), str(claims["jti"]))

    # ------------------------------------------------------------ what the provider is asked

    async def _exchanged(self, about: Metadata, way: Way, code: str) -> dict[str, Any]:
        """What the token endpoint gives for the code. Raises Busy, too."""
        if self._exchanges >= LINES:
            raise Busy
        self._exchanges += 1
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._speaking(about, way.redirect) as speaking,
            ):
                given = await speaking.fetch_token(
                    about.token, code=code, code_verifier=way.verifier
                )
        except OAuthError as error:
            raise SingleSignOnRefused(f"the provider says {_word(error.error)}") from None
        except TimeoutError:
            raise ProviderUnavailable(f"{about.token}: no answer in time") from None
        except (httpx2.HTTPError, OSError, ValueError, RecursionError, AttributeError) as error:
            raise ProviderUnavailable(f"{about.token}: {type(error).__name__}") from None
        finally:
            self._exchanges -= 1
        return dict(given) if isinstance(given, dict) else {}

    def _speaking(self, about: Metadata, redirect: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._client.client_id,
            self._client.secret,
            scope=" ".join(self._client.scopes),
            redirect_uri=redirect,
            token_endpoint_auth_method=(
                "client_secret_post" if about.secret_in_body else "client_secret_basic"
            ),
            code_challenge_method="S256",
            transport=BoundedTransport(self._new()),
            trust_env=False,
            timeout=None,  # ours is one for all of it
        )

    async def _verified(
        self, verify: Callable[[list[Key]], dict[str, object]]
    ) -> dict[str, object]:
        try:
            return verify(await self._keys.get())
        except UnknownKey:
            return verify(await self._keys.get(not_older_s=KEYS_AGAIN_S))

    async def _read_metadata(self) -> Metadata:
        address = configuration_address(self.issuer)
        said = await get_json(self._new, address, seconds=self._seconds)
        return metadata_of(said, self.issuer)

    async def _read_keys(self) -> list[Key]:
        about = await self._metadata.get()
        return keys_of(await get_json(self._new, about.keys, seconds=self._seconds))

    def _now_s(self) -> int:
        return self._clock() // 1_000_000


class _Kept(Generic[T]):
    """What was read of the provider, for a while; read once, however many wait for it."""

    def __init__(self, read: Callable[[], Awaitable[T]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._read_us = 0
        self._failed: tuple[int, str] | None = None

    async def get(self, *, not_older_s: int = KEPT_S) -> T:
        """Raises ProviderUnavailable."""
        async with self._lock:
            now_us = self._clock()
            if self._value is not None and now_us - self._read_us < not_older_s * 1_000_000:
                return self._value
            if self._failed is not None and now_us - self._failed[0] < FAILED_S * 1_000_000:
                raise ProviderUnavailable(self._failed[1])
            try:
                self._value = await self._read()
            except ProviderUnavailable as error:
                self._failed = (self._clock(), error.reason)
                raise
            self._read_us, self._failed = self._clock(), None
            return self._value


# RFC 6749 §4.1.2.1, §5.2; OpenID Connect Core §3.1.2.6. Who comes back could write any word.
_ERRORS = frozenset(
    (
        *("access_denied", "invalid_request", "unauthorized_client", "unsupported_response_type"),
        *("invalid_scope", "server_error", "temporarily_unavailable", "invalid_client"),
        *("invalid_grant", "unsupported_grant_type", "interaction_required", "login_required"),
        *("account_selection_required", "consent_required"),
    )
)


def _word(said: object) -> str:
    """An error's name as the standards have it: it stands in the log."""
    return said if isinstance(said, str) and said in _ERRORS else "what is no error's name"
