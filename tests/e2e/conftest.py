"""The pieces of an installation, each started once per test file and stopped by its pid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.corpus import mails
from tests.e2e.installation import Installation
from tests.servers.certificates import Certificates, make_lasting_ca
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink
from tests.servers.turned_clock import TurnedClock


@dataclass
class Company:
    """proxyd, the provider behind it, and the outside world that gets the mail."""

    proxy: Installation
    dovecot: Dovecot
    sink: SmtpSink


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_lasting_ca(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def found_company(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Callable[..., Company]]:
    """Makes companies: ``found_company(count=1000)``; all of them are closed at the end.

    ``before``: mails, and the folders in which they lie before proxyd comes. ``maker``: of the
    provider, from what is left.
    """
    companies: list[Company] = []
    running = ExitStack()

    def found(
        *,
        count: int = 20,
        more: str = "",
        before: Sequence[tuple[bytes, str]] = (),
        clock: TurnedClock | None = None,
        maker: Callable[..., Dovecot] = Dovecot,
        **dovecot: object,
    ) -> Company:
        directory: Path = tmp_path_factory.mktemp("company")
        provider = maker(certificates=certificates, **dovecot)
        sink = SmtpSink(certificates=certificates, user=provider.user, password=provider.password)
        installed = Installation(directory, certificates, more, clock)
        company = Company(installed, provider, sink)
        companies.append(company)
        provider.start()
        running.enter_context(sink.in_thread())
        for raw, _, _ in mails(count):
            provider.deliver(raw)
        for raw, folder in before:
            provider.deliver(raw, folder)
        user = provider.user.replace("@", "%40")
        url = f"smtps://{user}@127.0.0.1:{sink.port}"
        company.proxy.set_up(provider, url, provider.password)
        company.proxy.start()
        company.proxy.wait_synced(count)
        return company

    yield found
    for company in companies:
        company.proxy.close()
        company.dovecot.close()
    running.close()


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    """One company with a thousand mails for a whole test file."""
    return found_company(count=1000)
