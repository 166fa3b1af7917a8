"""A submission door over real TLS, with fakes behind it, and clients to knock at it."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import uvloop

from proxyd.domain.errors import SignInFailed
from proxyd.domain.types import Account, Origin, Right, Role
from proxyd.service.api.sign_in import OpenSession
from proxyd.service.api.submission import Envelope, SenderNotAllowed, Submitted
from smtp_frontend.options import ListenAddress, Meter, Options
from smtp_frontend.server import SmtpServer, listen
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates, make_ca

T = TypeVar("T")
HANAKO = Account(1, "hanako", "Hanako Sato", Role.STAFF, False, {1: Right.RESPOND})
ADDRESSES = ("support@example.test", "help@example.test")
NOW = 1_750_000_000_000_000


@dataclass
class FakeSignIn:
    """One login. ``trouble`` is raised instead, once set."""

    sessions: list[tuple[Account, OpenSession]] = field(default_factory=list)
    attempts: list[tuple[str, str, Origin]] = field(default_factory=list)
    trouble: Exception | None = None

    async def sign_in(self, login: str, password: str, origin: Origin) -> Account:
        self.attempts.append((login, password, origin))
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        if (login, password) != ("hanako", "pässword 1"):
            raise SignInFailed
        return HANAKO

    def knows(self, address: str) -> bool:
        return False

    def register(self, account: Account, session: OpenSession) -> None:
        self.sessions.append((account, session))

    async def identified(self, account: Account, session: OpenSession, client: str) -> None:
        raise AssertionError("only IMAP has a command for it")

    def unregister(self, account: Account, session: OpenSession) -> None:
        self.sessions.remove((account, session))


@dataclass
class FakeSubmission:
    submitted: list[tuple[Account, Envelope, Origin]] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    trouble: BaseException | None = None
    repeated: bool = False
    lang: str = "en"
    hold: asyncio.Event | None = None

    def allowed_senders(self, account: Account) -> Sequence[str]:
        return ADDRESSES

    def language(self, account: Account) -> str:
        return self.lang

    def check_sender(self, account: Account, sender: str) -> None:
        if sender and sender.lower() not in ADDRESSES:
            raise SenderNotAllowed(sender, ADDRESSES, self.lang)

    async def record_refused_sender(
        self, account: Account, refusal: SenderNotAllowed, origin: Origin
    ) -> None:
        if self.trouble:
            raise self.trouble
        self.refused.append((account.login, refusal.sender, origin.door))

    async def submit(self, account: Account, envelope: Envelope, origin: Origin) -> Submitted:
        self.submitted.append((account, envelope, origin))
        if self.hold:
            await self.hold.wait()
        if self.trouble:
            raise self.trouble
        return Submitted("id@example.test", repeated=self.repeated)


@dataclass
class Site:
    """The door and what stands behind it."""

    tls_port: int
    starttls_port: int
    trust: ssl.SSLContext
    sign_in: FakeSignIn
    submission: FakeSubmission
    server: SmtpServer
    counted: list[tuple[str, str]]
    open_sessions: list[int]

    async def with_client(self, work: Callable[[smtplib.SMTP], T]) -> T:
        """``work`` in a thread, with a client on the TLS port that is signed in."""

        def run() -> T:
            with self.client() as client:
                sign_in(client)
                return work(client)

        return await asyncio.to_thread(run)

    def client(self) -> smtplib.SMTP_SSL:
        client = smtplib.SMTP_SSL(
            "localhost", self.tls_port, context=self.trust, timeout=PATIENCE_S
        )
        client.ehlo("pc.example")
        return client

    async def raw(self, *, tls: bool = False) -> Raw:
        if tls:
            opened = await asyncio.open_connection(
                "127.0.0.1", self.tls_port, ssl=self.trust, server_hostname="localhost"
            )
        else:
            opened = await asyncio.open_connection("127.0.0.1", self.starttls_port)
        raw = Raw(*opened)
        assert (await raw.reply()).startswith("220 ")
        return raw


def sign_in(client: smtplib.SMTP) -> None:
    """smtplib's own login() takes ASCII passwords only."""
    word = b64encode("\0hanako\0pässword 1".encode()).decode()
    code, text = client.docmd("AUTH", f"PLAIN {word}")
    assert code == 235, text


@dataclass
class Raw:
    """Bytes as typed."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def reply(self) -> str:
        """One reply, all its lines; "" when the server closed."""
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), PATIENCE_S)).decode()
            lines.append(line)
            if line[3:4] != "-":
                return "".join(lines).rstrip("\r\n")

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def ask(self, line: str | bytes) -> str:
        await self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return await self.reply()

    async def sign_in(self) -> None:
        assert (await self.ask("EHLO pc.example")).startswith("250")
        assert (await self.ask("AUTH PLAIN AGhhbmFrbwBww6Rzc3dvcmQgMQ==")).startswith("235")

    async def begin_mail(self) -> None:
        assert (await self.ask("MAIL FROM:<support@example.test>")).startswith("250")
        assert (await self.ask("RCPT TO:<kunde@customer.example>")).startswith("250")

    async def closed(self) -> bool:
        """True once the server has closed (what it still says is disregarded)."""
        with suppress(ConnectionError):
            await asyncio.wait_for(self.reader.read(), PATIENCE_S)
        return True

    def close(self) -> None:
        self.writer.close()


@pytest.fixture(scope="session", params=["uvloop", "asyncio"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    """The loop of the product, and Python's own: their TLS transports are different code."""
    return (
        uvloop.EventLoopPolicy() if request.param == "uvloop" else asyncio.DefaultEventLoopPolicy()
    )


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("smtp-ca"))


MakeSite = Callable[..., Awaitable[Site]]


@pytest.fixture
async def make_site(certificates: Certificates) -> AsyncIterator[MakeSite]:
    opened: list[SmtpServer] = []

    async def make(**options: object) -> Site:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        sign_in, submission = FakeSignIn(), FakeSubmission()
        counted: list[tuple[str, str]] = []
        sessions: list[int] = []
        meter = Meter(
            command=lambda name, outcome, _seconds: counted.append((name, outcome)),
            sessions=sessions.append,
        )
        doors = [ListenAddress("127.0.0.1", 0, True), ListenAddress("127.0.0.1", 0, False)]
        chosen = Options(hostname="mail.example.test", **{"failure_delay_s": 0, **options})  # type: ignore[arg-type]
        ports, server = await listen(
            doors, sign_in, submission, context, lambda: NOW, options=chosen, meter=meter
        )
        opened.append(server)
        trust = ssl.create_default_context(cafile=certificates.ca)
        return Site(*ports, trust, sign_in, submission, server, counted, sessions)

    yield make
    for server in opened:
        await server.close()


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site()
