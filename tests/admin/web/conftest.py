"""The console in process: real services on a real database, a browser that keeps cookies."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
import pytest

from admin.setup_kit import SetupKit
from admin.web.console import Console
from admin.web.place import Place
from admin.web.services import ConsoleServices, MailboxServices, OrganisationSignIn, WorkServices
from proxyd.app.log_services import LogServices
from proxyd.calendars.countries import CountryCalendar
from proxyd.calendars.own_days import read_days
from proxyd.domain.client_facts import ClientServer
from proxyd.domain.errors import Busy
from proxyd.domain.passkey import site_of
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.single_sign_on import Button, Rules
from proxyd.domain.types import Account, Right, Role
from proxyd.domain.workflow import SHIPPED
from proxyd.identity.openid_connect import OpenIdProvider, RelyingParty
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.accounts.attempts import Attempts
from proxyd.service.accounts.passkeys import Passkeys
from proxyd.service.accounts.second_factors import SecondFactors
from proxyd.service.accounts.single_sign_on import SingleSignOn
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.app_password_admin import AppPasswordAdmin
from proxyd.service.admin.client_setup import ClientSetup, Reached
from proxyd.service.admin.closed_days import ClosedDaysAdmin, OfficeCheck
from proxyd.service.admin.leaving import LeaveTaking
from proxyd.service.admin.mailbox_admin import MailboxAdmin, MailboxPasswords
from proxyd.service.admin.mailbox_health import MailboxHealth
from proxyd.service.admin.mailbox_input import MailboxWishes
from proxyd.service.admin.mailbox_probing import MailboxProbing
from proxyd.service.admin.people_directory import PeopleDirectory
from proxyd.service.admin.rule_admin import RuleAdmin
from proxyd.service.admin.session_ending import SessionEnding
from proxyd.service.admin.tag_tokens import TagTokens
from proxyd.service.audit.own_account import OwnAccount
from proxyd.service.overview.conversation_story import Stories
from proxyd.service.overview.lasting import LastingSessions
from proxyd.service.overview.live import Live
from proxyd.service.overview.overview import LogNow, Overview, Watched
from proxyd.service.overview.provider_now import ProviderNow
from proxyd.service.overview.worklist import Worklist
from proxyd.service.password_checks import PasswordChecks
from proxyd.service.reports.period_report import PeriodReports
from proxyd.store.one_time_codes import OneTimeCodes
from proxyd.store.secrets import Sealer, subject_digest
from proxyd.store.webauthn_reader import WebauthnReader
from tests.admin.web.played_probe import PlayedProbe
from tests.identity.fake_provider import CLIENT_ID, ISSUER, SECRET, FakeProvider

ORIGIN = "https://console.example.test"
PASSWORD = "seven green kettles"
BY = Actor("root@cli")
REACHED = Reached(
    "Example Inc.",
    ClientServer("mail.example.test", 993, "tls"),
    ClientServer("mail.example.test", 465, "tls"),
    "",
    "",
)
MAILBOX_PASSWORD = "at the provider 1"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Browser:
    """As a browser does it: cookies, fetch metadata, forms with the token of their page."""

    console: Console
    origin: str = ORIGIN
    address: str = "192.0.2.7"
    headers: dict[str, str] = field(default_factory=lambda: {"user-agent": "Firefox 200"})
    page: httpx.Response | None = None

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.console, client=(self.address, 4711))
        self.client = httpx.AsyncClient(transport=transport, base_url=self.origin)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        sent = {**self.headers, "sec-fetch-site": "none", **headers}
        self.page = await self.client.get(path, headers=sent)
        return self.page

    async def post(self, path: str, /, **fields: str) -> httpx.Response:
        """The form of the page that is open."""
        return await self.send(path, {"form_token": self.token(), **fields})

    async def send(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        sent = {**self.headers, "sec-fetch-site": "same-origin", "origin": self.origin, **headers}
        answer = await self.client.post(path, data=fields, headers=sent)
        if answer.status_code == 303:
            answer = await self.get(answer.headers["location"], **{"sec-fetch-site": "same-origin"})
        elif answer.headers.get("content-type", "").startswith("text/html"):
            self.page = answer
        return answer

    def token(self) -> str:
        assert self.page is not None
        found = _TOKEN.search(self.page.text)
        assert found, self.page.text
        return found[1]

    def problems(self) -> list[str]:
        assert self.page is not None
        return [
            html.unescape(one) for one in re.findall(r'class="wrong"[^>]*>([^<]+)<', self.page.text)
        ]

    def told(self, identity: str) -> str:
        """The text of the element with that id."""
        assert self.page is not None
        found = re.search(rf'id="{identity}">([^<]+)<', self.page.text)
        assert found, self.page.text
        return html.unescape(found[1])

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/sign-in")
        return await self.post("/sign-in", login=login, password=password)

    def cookie(self, name: str = "__Host-proxyd") -> str:
        return self.client.cookies.get(name) or ""


@dataclass
class Company:
    """The console, its services, and who works there."""

    console: Console
    services: ConsoleServices
    database: Any
    clock: Any
    provider: FakeProvider  # the organisation's
    log: LogServices
    probe: PlayedProbe  # of mailboxes' servers
    health: dict[int, MailboxHealth]  # of mailboxes, as the pages are told

    async def account(self, login: str) -> Account:
        return await self.services.people.find(login)

    async def records(self, **query: Any) -> list[Any]:
        found = await self.database.read(lambda tx: tx.log.search(LogQuery(**query)))
        return [one.record for one in found]

    def browser(self, **options: Any) -> Browser:
        return Browser(self.console, **options)

    def code(self, secret: str) -> str:
        """What the app shows, some time after the last one."""
        self.clock.advance(seconds=60)
        return pyotp.TOTP(secret).at(self.clock.now // 1_000_000)

    async def with_factor(self, login: str) -> tuple[str, list[str]]:
        """The app's secret, and the recovery codes."""
        account = await self.account(login)
        offered = await self.services.factors.offer_app(account, by=BY)
        codes = await self.services.factors.confirm_app(account, self.code(offered.secret), by=BY)
        return offered.secret, list(codes)


def mailbox_services(
    database: Any,
    sealer: Sealer,
    clock: Any,
    probe: PlayedProbe,
    health: dict[int, MailboxHealth],
) -> MailboxServices:
    """As proxyd/app/mailbox_services.py, with a provider that does as a test says."""
    calendar = CountryCalendar()
    check = OfficeCheck(calendar, clock)
    admin = MailboxAdmin(database, sealer, check=check)
    passwords = MailboxPasswords(database, sealer)
    return MailboxServices(
        admin,
        MailboxProbing(database, admin, passwords, probe),
        RuleAdmin(database, SHIPPED, clock, calendar),
        ClosedDaysAdmin(database, check),
        lambda: health,
        lambda text, year: read_days(text, year).days,
        3,
    )


async def _no_pause(_seconds: float) -> None:
    return


@pytest.fixture
def rooms() -> dict[int, Any]:
    """Mailboxes that are served, by number; a test puts some in."""
    return {}


@pytest.fixture
def provider_facts() -> dict[int, ProviderNow]:
    """What is told of providers, by the number of the mailbox."""
    return {}


def work_of(database: Any, clock: Any, rooms: Any, providers: Any) -> WorkServices:
    """Whoever listens hears one moment: then it ends, as a page must come to its end in a test."""
    watched = Watched(lambda: providers, lambda: 0, lambda: LogNow(None))
    overview = Overview(database, SHIPPED, watched, clock)

    async def ended(_seconds: float) -> None:
        raise Busy("the test is over")

    return WorkServices(
        statuses=SHIPPED,
        overview=overview,
        live=Live(overview, LastingSessions(database, clock), ended),
        list=Worklist(database, SHIPPED, lambda: rooms, clock),
        stories=Stories(database),
        reports=PeriodReports(database, SHIPPED, clock),
    )


@pytest.fixture
def place() -> Place:
    return Place(ORIGIN)


def _openid(provider: FakeProvider, clock: Any) -> OpenIdProvider:
    party = RelyingParty(ISSUER, CLIENT_ID, SECRET, ("openid",))
    return OpenIdProvider(party, provider.transport, clock)


@pytest.fixture
async def company(
    database, keys, clock, hasher, place, tmp_path, rooms, provider_facts
) -> AsyncIterator[Company]:
    checks = PasswordChecks(hasher)
    accounts = Accounts(database, checks, attempts=Attempts(checks, sleep=_no_pause))
    people = AccountAdmin(database, checks, accounts.refresh)
    setup = ClientSetup(database, SHIPPED, REACHED)
    log = LogServices(database, tmp_path, clock, subject_digest(keys.digest), list)
    provider, probe = FakeProvider(clock), PlayedProbe()
    health: dict[int, MailboxHealth] = {}
    mailboxes = mailbox_services(database, Sealer(keys), clock, probe, health)
    services = ConsoleServices(
        accounts=accounts,
        sessions=WebSessions(database, clock),
        factors=SecondFactors(
            database, Sealer(keys), OneTimeCodes(), clock, "mail.example.test", accounts.refresh
        ),
        people=people,
        app_passwords=AppPasswordAdmin(database, accounts.refresh),
        own_account=OwnAccount(database),
        directory=PeopleDirectory(database, clock),
        leaving=LeaveTaking(*(database, checks, SHIPPED.answered, clock), refresh=accounts.refresh),
        session_ending=SessionEnding(database, accounts),
        setup_kit=SetupKit(setup, TagTokens(database, setup, keys.tags)),
        asking=log.asking,
        exports=log.exports,
        alarms=log.alarms,
        work=work_of(database, clock, rooms, provider_facts),
        mailboxes=mailboxes,
        passkeys=Passkeys(
            *(database, WebauthnReader(), OneTimeCodes(), clock, site_of(ORIGIN)),
            refresh=accounts.refresh,
        ),
        organisation=OrganisationSignIn(
            SingleSignOn(database, _openid(provider, clock), Rules(), clock),
            Button("Example Inc.", "例示株式会社", signs_out=True),
        ),
    )
    box = MailboxWishes("support@example.test", "imap://support@127.0.0.1:1", "smtp://127.0.0.1:1")
    await mailboxes.admin.add("support", box, MAILBOX_PASSWORD, by=BY)
    for login, name, role in (
        ("anna", "Anna Sato", Role.STAFF),
        ("ben", "Ben Mori", Role.STAFF),
        ("ada", "Ada Admin", Role.ADMIN),
        ("otto", "Otto Auditor", Role.AUDITOR),
    ):
        grants = {"support": Right.RESPOND} if role is Role.STAFF else {}
        await people.add(login, name, by=BY, role=role, grants=grants, password=PASSWORD)
    console = Console(services, place)
    yield Company(console, services, database, clock, provider, log, probe, health)
    await log.exports.close()
    await mailboxes.probing.close()


@pytest.fixture
def browser(company: Company) -> Browser:
    return company.browser()


@pytest.fixture
async def anna(browser: Browser) -> Browser:
    await browser.sign_in("anna")
    return browser


Make = Callable[..., Browser]
