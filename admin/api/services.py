"""What the API asks: the services, by name.

What changes something is made for each request, over that request's own database: so its first
change and its Idempotency-Key are one transaction (service/once.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxyd.domain.ports.database import Database
from proxyd.domain.types import Clock
from proxyd.service.accounts.api_tokens import ApiTokens
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.audit.audit import Audit
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.once import Once


@dataclass(frozen=True, slots=True)
class ApiServices:
    store: Database
    clock: Clock
    tokens: ApiTokens
    once: Once
    audit: Audit
    own_account: OwnAccount
    people: Callable[[Database], AccountAdmin]
    app_passwords: Callable[[Database], AppPasswordAdmin]
