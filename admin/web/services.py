"""What the pages ask: the services, by name."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.passkeys import Passkeys
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.audit.own_account import OwnAccount


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    accounts: Accounts
    sessions: WebSessions
    factors: SecondFactors
    people: AccountAdmin
    app_passwords: AppPasswordAdmin
    own_account: OwnAccount
    passkeys: Passkeys | None = None  # None: browsers make none for this console's address
