"""Who somebody is by the word of the organisation's identity provider (OpenID Connect). Pure.

What the provider says was verified before it comes here (proxyd/identity); here is decided what it
is worth: which login it means, whether it says what is required, whether a second factor was given.
Must never take a login from a claim that the person could have chosen: an address counts only in
the organisation's own domains, and only where the provider has verified it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from proxyd.domain.errors import SingleSignOnRefused

EMAIL: Final = "email"
CLAIM_LIMIT: Final = 255  # OpenID Connect Core §2 bounds sub; what is longer names nobody here

# From "to the provider" to "back": a password, a code from a phone, a page of consent.
WAY_S: Final = 600
# Begun and not come back, at one place (an office behind one address) and in all: 1 KiB each.
WAYS_OF_A_PLACE: Final = 200
WAYS: Final = 10_000

# What is in ``Way.where`` and longer than this was never a page of ours.
WHERE_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Rules:
    """``login_claim``: where the login stands. ``domains``: of addresses that count, lower case.
    ``require``: claims that must be there, each with this value (or a list that holds it); several
    values of one claim are alternatives. ``second_factor``: the same, of which one is enough.
    """

    login_claim: str = "preferred_username"
    domains: tuple[str, ...] = ()
    require: tuple[tuple[str, str], ...] = ()
    second_factor: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """What the organisation's sign-in is called on the pages, by language; and whether signing out
    there is offered after signing out here.
    """

    en: str
    ja: str
    signs_out: bool


@dataclass(frozen=True, slots=True)
class Way:
    """Somebody has gone to the provider and is expected back, with the same browser."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)  # RFC 7636
    browser: str = field(repr=False)  # what its cookie holds
    redirect: str  # where the provider sends them back to
    where: str  # the page of ours that they wanted
    begun_us: int
    place: str  # the browser's address


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brought back from the provider, as it stands in the address."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    issuer: str = ""  # RFC 9207
    error: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Of a verified ID token: whom it is about, and all it says of them."""

    issuer: str
    subject: str
    claims: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The provider says so itself (OpenID Connect Back-Channel Logout). ``once``: this message."""

    issuer: str
    subject: str
    once: str


def login_of(identity: Identity, rules: Rules) -> str:
    """The login that the provider means. Raises SingleSignOnRefused."""
    said = identity.claims.get(rules.login_claim)
    if not isinstance(said, str) or not said or len(said) > CLAIM_LIMIT:
        raise SingleSignOnRefused("no-login")
    if rules.login_claim == EMAIL and identity.claims.get("email_verified") is not True:
        raise SingleSignOnRefused("address-not-verified")
    if not said.isascii():  # else two people could be one after lower()
        raise SingleSignOnRefused("no-login")
    name, at, domain = said.lower().rpartition("@")
    if not at:
        return domain
    if domain not in rules.domains:
        raise SingleSignOnRefused("domain")
    return name


def check_required(identity: Identity, rules: Rules) -> None:
    """Raises SingleSignOnRefused where the provider does not say what is required."""
    for claim in dict.fromkeys(name for name, _ in rules.require):
        wanted = [value for name, value in rules.require if name == claim]
        if not any(says(identity, claim, value) for value in wanted):
            raise SingleSignOnRefused(f"required {claim}")


def gave_second_factor(identity: Identity, rules: Rules) -> bool:
    """Whether the provider says that it asked for one (acr, amr: RFC 8176)."""
    return any(says(identity, claim, value) for claim, value in rules.second_factor)


def says(identity: Identity, claim: str, value: str) -> bool:
    said = identity.claims.get(claim)
    return value in said if isinstance(said, list) else said == value


def own_path(where: str) -> str:
    """``where`` if it is a path of ours, else "/". Browsers read // and /\\ as another host."""
    plain = where.isascii() and where.isprintable() and "\\" not in where
    ours = where.startswith("/") and not where.startswith("//")
    return where if plain and ours and len(where) <= WHERE_LIMIT else "/"
