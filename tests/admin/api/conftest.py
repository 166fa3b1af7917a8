"""The API in process: real services on a real database, behind the console's door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from admin.api.api import Api
from admin.api.rates import Rate, Rates
from admin.api.route import PREFIX
from admin.api.services import ApiServices
from admin.health import Checks
from admin.web.console import Console
from admin.web.place import Place
from proxyd.app.api import ApiParts, api_services
from proxyd.calendars.countries import CountryCalendar
from proxyd.domain.api_token import OF_ROLE, ApiScope
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.webhooks import NotTaken
from proxyd.domain.types import Account, Right, Role, SeenMode, Server, SharedMailbox
from proxyd.service.accounts.accounts import Accounts
from proxyd.service.actor import Actor
from proxyd.service.admin.account_admin import AccountAdmin
from proxyd.service.admin.api_token_admin import ApiTokenAdmin
from proxyd.service.audit.audit import Audit
from proxyd.service.password_checks import PasswordChecks
from proxyd.settings import WorkflowSettings

ORIGIN = "https://console.example.test"
ADDRESS = "192.0.2.7"
PASSWORD = "seven green kettles"
BY = Actor("root@cli")
SERVER = Server("127.0.0.1", 1, "plain", "support")
NEVER_TOO_OFTEN = Rates(*(Rate(10_000, 1_000.0),) * 4)
PEOPLE = {"anna": Role.STAFF, "ben": Role.STAFF, "ada": Role.ADMIN, "otto": Role.AUDITOR}
OF = {Role.STAFF: "anna", Role.ADMIN: "ada", Role.AUDITOR: "otto"}


@dataclass
class Client:
    """A program with a token, or with none."""

    console: Console
    token: str = ""
    address: str = ADDRESS

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.console, client=(self.address, 4711))
        self.http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    @property
    def authorized(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"user-agent": "robot/1", **more.pop("headers", {})}
        if self.token:
            headers = {**self.authorized, **headers}
        return await self.http.request(method, PREFIX + path, headers=headers, **more)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.ask("GET", path, params=query)

    async def post(self, path: str, body: Any = None, key: str = "") -> httpx.Response:
        return await self.send("POST", path, body, key)

    async def put(self, path: str, body: Any, key: str = "") -> httpx.Response:
        return await self.send("PUT", path, body, key)

    async def delete(self, path: str, key: str = "") -> httpx.Response:
        return await self.send("DELETE", path, None, key)

    async def send(self, method: str, path: str, body: Any, key: str) -> httpx.Response:
        headers = {"idempotency-key": key} if key else {}
        more = {} if body is None else {"json": body}
        return await self.ask(method, path, headers=headers, **more)


@dataclass
class Company:
    services: ApiServices
    tokens: ApiTokenAdmin
    database: Any
    clock: Any
    console: Console
    hasher: Any
    chat: Chat
    seconds: list[float]  # of the limits' clock

    def limited(self, rates: Rates) -> None:
        api = Api(self.services, Place(ORIGIN), rates, lambda: self.seconds[0])
        self.console = Console(None, Place(ORIGIN), (), api=api)  # type: ignore[arg-type]

    async def token(self, login: str, *scopes: ApiScope, **more: Any) -> str:
        """With all that the role may, unless said otherwise."""
        wanted = scopes or tuple(OF_ROLE[PEOPLE[login]])
        name = f"robot {len(await self.tokens.of(login))}"
        return (await self.tokens.add(login, name, wanted, by=BY, **more)).secret

    async def client(self, login: str, *scopes: ApiScope, **more: Any) -> Client:
        return Client(self.console, await self.token(login, *scopes), **more)

    async def records(self, **query: Any) -> list[Any]:
        found = await self.database.read(lambda tx: tx.log.search(LogQuery(**query)))
        return [one.record for one in found]

    async def people(self) -> AccountAdmin:
        return self.services.people(self.database)

    async def accounts(self) -> list[Account]:
        return await self.database.read(lambda tx: tx.accounts.all())


async def _well() -> list[str]:
    return []


async def _ready() -> list[str]:
    return ["support: the provider can't be used"]


class Chat:
    """Takes notices, unless told not to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refuses = ""

    async def post(self, _url: str, _fields: Mapping[str, str], body: bytes) -> None:
        if self.refuses:
            raise NotTaken(self.refuses)
        self.taken.append(body)


@pytest.fixture
async def company(database, keys, clock, hasher, sealer) -> Company:
    checks = PasswordChecks(hasher)
    accounts = Accounts(database, checks)
    chat = Chat()
    services = api_services(
        ApiParts(
            store=database,
            sealer=sealer,
            clock=clock,
            checks=checks,
            audit=Audit(database),
            statuses=WorkflowSettings().status_set,
            calendar=CountryCalendar(),
            post=chat,
            refresh=accounts.refresh,
            refused=lambda *_: None,
            counters=dict,
            health=lambda: Checks(_well, _ready, None, lambda: ["a word to the wise"]),
        )
    )
    box = SharedMailbox(
        0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
    )
    await database.write(lambda tx: tx.mailboxes.add(box, b"sealed"))
    people = services.people(database)
    for login, role in PEOPLE.items():
        grants = {"support": Right.RESPOND} if role is Role.STAFF else {}
        name = f"{login.title()} Example"
        await people.add(login, name, by=BY, role=role, grants=grants, password=PASSWORD)
    tokens = ApiTokenAdmin(database, clock)
    made = Company(services, tokens, database, clock, None, hasher, chat, [0.0])  # type: ignore[arg-type]
    made.limited(NEVER_TOO_OFTEN)
    return made


@pytest.fixture
async def ada(company: Company) -> Client:
    return await company.client("ada")


@pytest.fixture
async def otto(company: Company) -> Client:
    return await company.client("otto")


@pytest.fixture
async def anna(company: Company) -> Client:
    return await company.client("anna")


@pytest.fixture
def nobody(company: Company) -> Client:
    return Client(company.console)
