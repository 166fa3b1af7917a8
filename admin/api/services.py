"""What the API asks: the services, by name.

What changes something is made for each request, over that request's own database: so its first
change and its Idempotency-Key are one transaction (service/once.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from admin.health import Checks
from proxyd.domain.ports.database import Database
from proxyd.domain.ports.webhooks import NoticePost
from proxyd.domain.types import Clock
from proxyd.service.accounts.api_tokens import ApiTokens
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.api_token_admin import ApiTokenAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.admin.leaving import LeaveTaking
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from proxyd.service.admin.rule_admin import RuleAdmin
from proxyd.service.audit.audit import Audit
from proxyd.service.audit.conversation_access import ConversationAccess
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.mail.conversation_wishes import ConversationWishes
from proxyd.service.once import Once
from proxyd.service.reports.load import Loads
from proxyd.service.reports.response_times import ResponseTimes
from proxyd.service.webhooks.webhook_admin import WebhookAdmin


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
    token_admin: Callable[[Database], ApiTokenAdmin]
    leaving: Callable[[Database], LeaveTaking]
    mailboxes: Callable[[Database], MailboxAdmin]
    rules: Callable[[Database], RuleAdmin]
    webhooks: Callable[[Database], WebhookAdmin]
    post: NoticePost
    conversations: ConversationAccess
    wishes: ConversationWishes
    response_times: ResponseTimes
    loads: Loads
    health: Callable[[], Checks]
