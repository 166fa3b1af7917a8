"""A real Dovecot for the adapter's tests, one per run, and mailboxes in front of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import pytest
import pytest_asyncio
import uvloop

from proxyd.domain.types import Server
from proxyd.upstream.mailbox import ImapUpstream
from proxyd.upstream.timings import Timings
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates, make_ca
from tests.servers.dovecot import Dovecot

# Pauses are short: tests wait for what people would not. What ends a wait for a server that works
# is long: a busy machine is no silent server. A test of silence says how long it listens.
QUICK = Timings(
    connect=PATIENCE_S,
    greeting=PATIENCE_S,
    stall=PATIENCE_S,
    idle_renew=30.0,
    poll=0.05,
    retry_first=0.05,
    retry_most=0.2,
    logout=0.2,
    smtp_reply=PATIENCE_S,
    smtp_kept_reply=PATIENCE_S,
    smtp_final=PATIENCE_S,
)


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The server's loop: its transports differ from asyncio's in details that matter here."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def shared_dovecot(certificates: Certificates) -> Iterator[Dovecot]:
    users = {f"user{number}@example.test": "upstream secret" for number in range(200)}
    with Dovecot(certificates=certificates, users=users) as dovecot:
        yield dovecot


_numbers = itertools.count()


@pytest.fixture
def dovecot(shared_dovecot: Dovecot) -> Dovecot:
    """Each test has a user, and so a mailbox, of its own."""
    shared_dovecot.user = f"user{next(_numbers)}@example.test"
    return shared_dovecot


def server_of(dovecot: Dovecot, security: str = "tls") -> Server:
    port = dovecot.tls_port if security == "tls" else dovecot.plain_port
    return Server("localhost", port, security, dovecot.user, dovecot.ca_file)


OpenMailbox = Callable[..., ImapUpstream]


@pytest_asyncio.fixture
async def open_mailbox(dovecot: Dovecot) -> AsyncIterator[OpenMailbox]:
    """Makes ImapUpstreams, of ``dovecot`` unless another server is given."""
    opened: list[ImapUpstream] = []

    def open_one(server: Server | None = None, **options: object) -> ImapUpstream:
        arguments = {"timings": QUICK, **options}
        password = arguments.pop("password", lambda: dovecot.password)
        one = ImapUpstream(server or server_of(dovecot), password, **arguments)  # type: ignore[arg-type]
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        await one.close()


@pytest_asyncio.fixture
async def mailbox(open_mailbox: OpenMailbox) -> ImapUpstream:
    return open_mailbox()


async def eventually(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait until ``true()`` is, or fail."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)
