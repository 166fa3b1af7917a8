"""``[single_sign_on]``: the organisation's identity provider, and whether what is said of it fits.

Each finding is (key, what is wrong, what to write instead). Must never hold the client's secret:
that stands in a file of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cryptography import x509
from pydantic import AfterValidator, Field

from proxyd.domain.web_address import is_safe
from proxyd.settings_section import Section
from proxyd.settings_values import OptionalPath, wrong

Finding = tuple[str, str, str]
SECRET_LIMIT = 1000  # characters; providers make 32 to 64
_OTHERS = 0o077  # permission bits of group and others


def _issuer(value: str) -> str:
    if not value or (is_safe(value) and "?" not in value):
        return value
    raise wrong(
        f"{value!r} is not an issuer",
        'write what the provider calls "issuer", as "https://id.example.com/realms/staff"',
    )


def _domain(value: str) -> str:
    if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", value):
        return value
    raise wrong(f"{value!r} is not a domain", 'write it in small letters, as "example.com"')


def _said(value: str) -> str:
    name, equals, wanted = value.partition("=")
    if equals and name and wanted and value.isprintable():
        return value
    raise wrong(f"{value!r} is not claim and value", 'write it as "hd=example.com"')


def _scope(value: str) -> str:
    if re.fullmatch(r"[!#-\[\]-~]+", value):  # RFC 6749 §3.3
        return value
    raise wrong(f"{value!r} is not a scope", 'write one word each, as "profile"')


Domain = Annotated[str, AfterValidator(_domain)]
Said = Annotated[str, AfterValidator(_said)]
Scope = Annotated[str, AfterValidator(_scope)]


class SingleSignOnSettings(Section):
    """Signing in to the web pages by the organisation's identity provider (OpenID Connect), see
    docs/single-sign-on.md. Off without an issuer.
    """

    issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        default="",
        max_length=500,
        description='As the provider writes it, as "https://id.example.com/realms/staff".',
    )
    client_id: str = Field(
        default="", max_length=255, description="What the provider calls this installation."
    )
    client_secret_file: OptionalPath = Field(
        default=None,
        description="File with the secret that the provider gave for it, readable by proxyd only.",
    )
    name: str = Field(
        default="", max_length=60, description='On the button: "Sign in with NAME". Empty: SSO.'
    )
    name_ja: str = Field(
        default="", max_length=60, description="The same on Japanese pages. Empty: as name."
    )
    scopes: tuple[Scope, ...] = Field(
        default=("openid", "profile", "email"),
        strict=False,
        max_length=20,
        description="What the provider is asked for.",
    )
    login_claim: str = Field(
        default="preferred_username",
        min_length=1,
        max_length=60,
        description='Where the login stands, when somebody comes for the first time. With "email" '
        "only addresses count that the provider has verified.",
    )
    domains: tuple[Domain, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Where the login is an address: of these domains, and the login is what stands "
        "before the @.",
    )
    require: tuple[Said, ...] = Field(
        default=(),
        strict=False,
        max_length=50,
        description="What the provider must say of each person, as "
        '["hd=example.com", "groups=mail"]. Several values of one claim: one of them.',
    )
    second_factor: tuple[Said, ...] = Field(
        default=(),
        strict=False,
        max_length=50,
        description="By which of these the provider tells that it asked for a second factor, as "
        '["amr=mfa"]. Without it a person is asked for the own one, who has one here.',
    )
    acr_values: str = Field(
        default="",
        max_length=500,
        description="How people have to sign in there, as the provider calls it. Sent along; to "
        "insist, name it under require, too.",
    )
    max_age_s: int = Field(
        default=0,
        ge=0,
        le=30 * 86_400,
        description="Seconds since the provider last asked a person who they are; beyond, it has "
        "to ask again. 0: as long as the provider likes.",
    )
    ca_file: OptionalPath = Field(
        default=None,
        description="PEM file of the authority that signed the provider's certificate, where it is "
        "your own.",
    )
    logout: bool = Field(
        default=True, description="Offer to sign out at the provider, too, after signing out here."
    )


def claims_of(said: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """``name=value`` taken apart."""
    parts = (one.partition("=") for one in said)
    return tuple((name, value) for name, _, value in parts)


# ------------------------------------------------------------------ the configuration alone


def unfinished(sso: SingleSignOnSettings, *, console: bool) -> Iterator[Finding]:
    """``console``: whether it is switched on."""
    if not sso.issuer:
        for key in ("client_id", "client_secret_file"):
            if getattr(sso, key):
                instead = "write the provider's issuer; without one nobody signs in there"
                yield "single_sign_on.issuer", "is missing", instead
                return
        return
    if not console:
        yield (
            "single_sign_on.issuer",
            "is set, but the console is off, where people would sign in",
            'switch it on, for example listen = "127.0.0.1:8025" in [console]',
        )
    if not sso.client_id:
        yield "single_sign_on.client_id", "is missing", "write what the provider gave"
    if sso.client_secret_file is None:
        instead = "put the secret that the provider gave into a file, and name that"
        yield "single_sign_on.client_secret_file", "is missing", instead
    if "openid" not in sso.scopes:
        yield "single_sign_on.scopes", 'has no "openid"', "add it: without it nobody is named"
    if sso.login_claim == "email" and not sso.domains:
        yield (
            "single_sign_on.domains",
            "is missing, and login_claim is an address: anybody's at that provider would count",
            'write your own, as ["example.com"]',
        )
    if sso.login_claim == "email" and "email" not in sso.scopes:
        yield "single_sign_on.scopes", 'has no "email"', "add it, or choose another login_claim"


# ------------------------------------------------------------------ this machine


def secret_of(file: Path) -> str:
    """Raises OSError; ValueError with what is wrong with it."""
    with file.open("rb") as stream:
        octets = stream.read(SECRET_LIMIT + 2)
    secret = octets.decode("ascii", "replace").rstrip("\r\n")
    if not secret or not (secret.isascii() and secret.isprintable()) or len(secret) > SECRET_LIMIT:
        raise ValueError("does not hold one line with a secret")
    return secret


def files_at_fault(sso: SingleSignOnSettings, now: datetime) -> Iterator[Finding]:
    if sso.client_secret_file is not None:
        yield from _secret(sso.client_secret_file)
    if sso.ca_file is not None:
        yield from _authority(sso.ca_file, now)


def _secret(file: Path) -> Iterator[Finding]:
    key = "single_sign_on.client_secret_file"
    try:
        secret_of(file)
        if file.stat().st_mode & _OTHERS:
            yield key, f"{file} is open to other users", f"run: chmod 600 {file}"
    except OSError as error:
        instead = "write the path of a file that proxyd can read"
        yield key, f"{file} can't be read ({error.strerror})", instead
    except ValueError as error:
        yield key, f"{file} {error}", "write the provider's secret into it, and nothing else"


def _authority(file: Path, now: datetime) -> Iterator[Finding]:
    key = "single_sign_on.ca_file"
    name_it = "name the PEM file that starts with -----BEGIN CERTIFICATE-----"
    try:
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        yield key, f"{file} can't be read ({error.strerror})", name_it
        return
    except ValueError:
        yield key, f"{file} is not a PEM certificate", name_it
        return
    ends = certificates[0].not_valid_after_utc
    if now > ends:
        yield key, f"{file} expired on {ends:%Y-%m-%d}", "name that of a newer authority"
