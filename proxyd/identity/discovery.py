"""What the provider says of itself (OpenID Connect Discovery 1.0 §4).

Invariant: the issuer in it is, to the letter, the one that is configured (§4.3), and each address
is https; http only where the provider runs on this very machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.domain.errors import ProviderUnavailable
from proxyd.domain.web_address import is_near, is_safe

PATH = "/.well-known/openid-configuration"
ADDRESS_LIMIT = 2000  # what browsers and servers take


@dataclass(frozen=True, slots=True)
class Metadata:
    """``names_issuer``: each answer to a browser says whose it is (RFC 9207 §3)."""

    issuer: str
    authorization: str
    token: str
    keys: str
    end_session: str  # "" where there is none
    secret_in_body: bool  # client_secret_post, where Basic is not offered
    names_issuer: bool


def configuration_address(issuer: str) -> str:
    return issuer.rstrip("/") + PATH


def metadata_of(said: dict[str, object], issuer: str) -> Metadata:
    """Raises ProviderUnavailable for what is none, or somebody else's."""
    if said.get("issuer") != issuer:
        raise ProviderUnavailable("its issuer is not the one of single_sign_on.issuer")
    methods = said.get("token_endpoint_auth_methods_supported")
    offered = methods if isinstance(methods, list) else ["client_secret_basic"]  # §3
    return Metadata(
        issuer,
        _address(said, "authorization_endpoint", issuer),
        _address(said, "token_endpoint", issuer),
        _address(said, "jwks_uri", issuer),
        _address(said, "end_session_endpoint", issuer) if said.get("end_session_endpoint") else "",
        "client_secret_basic" not in offered and "client_secret_post" in offered,
        said.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(said: dict[str, object], key: str, issuer: str) -> str:
    address = said.get(key)
    if isinstance(address, str) and len(address) <= ADDRESS_LIMIT:
        near = is_near(issuer)
        if is_safe(address) and (address.startswith("https:") or (near and is_near(address))):
            return address
    raise ProviderUnavailable(f"its {key} is no address with https")
