"""What the console's pages about shared mailboxes ask, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from admin.web.services import MailboxServices
from proxyd.calendars.countries import CountryCalendar
from proxyd.calendars.own_days import read_days
from proxyd.domain.ports.database import Database
from proxyd.domain.ports.secrets import Sealer
from proxyd.domain.types import Clock
from proxyd.service.admin.closed_days import ClosedDaysAdmin, OfficeCheck
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.mailbox_health import MailboxHealth
from proxyd.service.admin.mailbox_probing import MailboxProbing
from proxyd.service.admin.rule_admin import RuleAdmin
from proxyd.settings import Settings
from proxyd.upstream.probe import ProviderProbe


def mailbox_services(
    settings: Settings,
    store: Database,
    sealer: Sealer,
    admin: MailboxAdmin,
    clock: Clock,
    health: Callable[[], Mapping[int, MailboxHealth]],
) -> MailboxServices:
    calendar = CountryCalendar()
    # Passwords of its own: who reads them first is told which are new, and that is the mailrooms.
    passwords = MailboxPasswords(store, sealer)
    probe = ProviderProbe(float(settings.upstream.connect_s))
    return MailboxServices(
        admin,
        MailboxProbing(store, admin, passwords, probe),
        RuleAdmin(store, settings.workflow.status_set, clock, calendar),
        ClosedDaysAdmin(store, OfficeCheck(calendar, clock)),
        health,
        _days,
        settings.upstream.connections,
    )


def _days(text: bytes, year: int) -> Mapping[date, str]:
    return read_days(text, year).days
