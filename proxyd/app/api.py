"""The services of the HTTP API, put together from the proxy's parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from admin.api.services import ApiServices
from admin.health import Checks
from proxyd.domain.ports.calendar import Calendar
from proxyd.domain.ports.webhooks import NoticePost
from proxyd.domain.types import Clock, Origin
from proxyd.domain.workflow import StatusSet
from proxyd.service.accounts.api_tokens import ApiTokens
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.api_token_admin import ApiTokenAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.admin.closed_days import OfficeCheck
from proxyd.service.admin.leaving import LeaveTaking
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from proxyd.service.admin.rule_admin import RuleAdmin
from proxyd.service.audit.audit import Audit
from proxyd.service.audit.conversation_access import ConversationAccess
from proxyd.service.audit.history import Histories
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.mail.conversation_wishes import ConversationWishes
from proxyd.service.mail.personal_mail import Counter
from proxyd.service.once import Once
from proxyd.service.password_checks import PasswordChecks
from proxyd.service.reports.load import Loads
from proxyd.service.reports.response_times import ResponseTimes
from proxyd.service.webhooks.webhook_admin import WebhookAdmin
from proxyd.store.database import Database
from proxyd.store.secrets import Sealer


@dataclass(frozen=True, slots=True)
class ApiParts:
    """``refresh``: what is changed takes effect in this process at once. ``counters``: the
    mailboxes that are served.
    """

    store: Database
    sealer: Sealer
    clock: Clock
    checks: PasswordChecks
    audit: Audit
    statuses: StatusSet
    calendar: Calendar
    post: NoticePost
    refresh: Callable[[], Awaitable[None]]
    refused: Callable[[Origin, str, str], None]
    counters: Callable[[], Mapping[int, Counter]]
    health: Callable[[], Checks]


def api_services(parts: ApiParts) -> ApiServices:
    store, sealer, clock, refresh = parts.store, parts.sealer, parts.clock, parts.refresh
    statuses, checks, calendar = parts.statuses, parts.checks, parts.calendar
    office = OfficeCheck(calendar, clock)
    return ApiServices(
        store=store,
        clock=clock,
        tokens=ApiTokens(store, clock, parts.refused),
        once=Once(store, sealer, clock),
        audit=parts.audit,
        own_account=OwnAccount(store),
        people=lambda over: AccountAdmin(over, checks, refresh),
        app_passwords=lambda over: AppPasswordAdmin(over, refresh),
        token_admin=lambda over: ApiTokenAdmin(over, clock),
        leaving=lambda over: LeaveTaking(over, checks, statuses.answered, clock, refresh),
        mailboxes=lambda over: MailboxAdmin(over, sealer, refresh, office),
        rules=lambda over: RuleAdmin(over, statuses, clock, calendar),
        webhooks=lambda over: WebhookAdmin(over, sealer, clock),
        post=parts.post,
        conversations=ConversationAccess(store, Histories(store)),
        wishes=ConversationWishes(parts.counters),
        response_times=ResponseTimes(store, statuses, clock),
        loads=Loads(store, statuses, clock),
        health=parts.health,
    )
