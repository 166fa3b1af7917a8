"""What the pages ask: the services, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from admin.setup_kit import SetupKit
from proxyd.domain.single_sign_on import Button
from proxyd.domain.workflow import StatusSet
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.passkeys import Passkeys
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.service.accounts.single_sign_on import SingleSignOn
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.admin.closed_days import ClosedDaysAdmin
from proxyd.service.admin.leaving import LeaveTaking
from proxyd.service.admin.mailbox_admin import MailboxAdmin
from proxyd.service.admin.mailbox_health import MailboxHealth
from proxyd.service.admin.mailbox_probing import MailboxProbing
from proxyd.service.admin.people_directory import PeopleDirectory
from proxyd.service.admin.rule_admin import RuleAdmin
from proxyd.service.admin.session_ending import SessionEnding
from proxyd.service.audit.alarm_desk import AlarmDesk
from proxyd.service.audit.asking import Asking
from proxyd.service.audit.exports import Exports
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.overview.conversation_story import Stories
from proxyd.service.overview.live import Live
from proxyd.service.overview.overview import Overview
from proxyd.service.overview.worklist import Worklist
from proxyd.service.reports.period_report import PeriodReports


@dataclass(frozen=True, slots=True)
class OrganisationSignIn:
    """By the organisation's identity provider, and what it is called."""

    door: SingleSignOn
    button: Button


@dataclass(frozen=True, slots=True)
class WorkServices:
    """Of who looks after the shared mailboxes: what is there now, conversations, reports."""

    statuses: StatusSet
    overview: Overview
    live: Live
    list: Worklist
    stories: Stories
    reports: PeriodReports


@dataclass(frozen=True, slots=True)
class MailboxServices:
    """``health``: by mailbox id, of those that are served; ``read_days``: closed days as somebody
    typed them, and the year that is meant (raises BadInput); ``connections``: to each provider, at
    most.
    """

    admin: MailboxAdmin
    probing: MailboxProbing
    rules: RuleAdmin
    closed_days: ClosedDaysAdmin
    health: Callable[[], Mapping[int, MailboxHealth]]
    read_days: Callable[[bytes, int], Mapping[date, str]]
    connections: int


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    accounts: Accounts
    sessions: WebSessions
    factors: SecondFactors
    people: AccountAdmin
    app_passwords: AppPasswordAdmin
    own_account: OwnAccount
    directory: PeopleDirectory
    leaving: LeaveTaking
    session_ending: SessionEnding
    setup_kit: SetupKit
    asking: Asking
    exports: Exports
    alarms: AlarmDesk
    work: WorkServices
    mailboxes: MailboxServices
    organisation: OrganisationSignIn | None = None
    passkeys: Passkeys | None = None  # None: browsers make none for this console's address
