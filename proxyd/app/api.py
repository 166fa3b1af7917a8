"""The services of the HTTP API, put together from the proxy's parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from admin.api.services import ApiServices
from proxyd.domain.types import Clock, Origin
from proxyd.service.accounts.api_tokens import ApiTokens
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.audit.audit import Audit
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.once import Once
from proxyd.service.password_checks import PasswordChecks
from proxyd.store.database import Database
from proxyd.store.secrets import Sealer


@dataclass(frozen=True, slots=True)
class ApiParts:
    """``refresh``: what is changed takes effect in this process at once."""

    store: Database
    sealer: Sealer
    clock: Clock
    checks: PasswordChecks
    audit: Audit
    refresh: Callable[[], Awaitable[None]]
    refused: Callable[[Origin, str, str], None]


def api_services(parts: ApiParts) -> ApiServices:
    store, sealer, clock, refresh = parts.store, parts.sealer, parts.clock, parts.refresh
    return ApiServices(
        store=store,
        clock=clock,
        tokens=ApiTokens(store, clock, parts.refused),
        once=Once(store, sealer, clock),
        audit=parts.audit,
        own_account=OwnAccount(store),
        people=lambda over: AccountAdmin(over, parts.checks, refresh),
        app_passwords=lambda over: AppPasswordAdmin(over, refresh),
    )
