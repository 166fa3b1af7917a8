"""Single sign-on, put together from the settings."""

from __future__ import annotations

from collections.abc import Callable

from admin.web.services import OrganisationSignIn
from proxyd.domain.ports.database import Database
from proxyd.domain.single_sign_on import Button, Rules
from proxyd.domain.types import Clock, Origin
from proxyd.service.accounts.single_sign_on import SingleSignOn
from proxyd.settings_single_sign_on import SingleSignOnSettings, claims_of, secret_of


def organisation(
    settings: SingleSignOnSettings,
    store: Database,
    clock: Clock,
    *,
    told: Callable[[str], None] = lambda _outcome: None,
    refused: Callable[[Origin, str, str], None] = lambda _origin, _reason, _login: None,
) -> OrganisationSignIn | None:
    """None where it is off. Raises OSError, ValueError: the secret or the authority is not there
    (``proxyd check`` says so in a sentence).
    """
    if not settings.issuer or settings.client_secret_file is None:
        return None
    # Half a second and ten megabytes, for those who use it.
    from proxyd.identity.bounded_http import network  # noqa: PLC0415
    from proxyd.identity.openid_connect import OpenIdProvider, RelyingParty  # noqa: PLC0415

    asks = (("acr_values", settings.acr_values),) if settings.acr_values else ()
    secret = secret_of(settings.client_secret_file)
    party = RelyingParty(
        *(settings.issuer, settings.client_id, secret, settings.scopes, asks),
        max_age_s=settings.max_age_s,
    )
    rules = Rules(
        settings.login_claim,
        settings.domains,
        claims_of(settings.require),
        claims_of(settings.second_factor),
    )
    provider = OpenIdProvider(party, network(settings.ca_file), clock)
    door = SingleSignOn(store, provider, rules, clock, told=told, refused=refused)
    return OrganisationSignIn(door, button(settings))


def button(settings: SingleSignOnSettings) -> Button:
    name = settings.name or "SSO"
    return Button(name, settings.name_ja or name, settings.logout)
