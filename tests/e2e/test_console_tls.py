"""The console outside of this machine: TLS of its own, with the certificate of the mail doors."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.conftest import Company
from tests.patience import PATIENCE_S

CONSOLE = '[console]\nlisten = "0.0.0.0:0"\n'


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=1, more=CONSOLE)


def test_it_speaks_tls_and_nothing_else(company: Company) -> None:
    port = company.proxy.ports["console"]
    trust = ssl.create_default_context(cafile=str(company.proxy.certificates.ca))
    page = httpx.get(f"https://localhost:{port}/sign-in", verify=trust, timeout=PATIENCE_S)
    assert page.status_code == 200 and "__Host-proxyd-form=" in page.headers["set-cookie"]
    assert "Secure" in page.headers["set-cookie"]
    assert page.headers["strict-transport-security"]
    plain = http.client.HTTPConnection("localhost", port, timeout=PATIENCE_S)
    plain.request("GET", "/sign-in")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        plain.getresponse()
    plain.close()


def test_another_name_of_this_machine_is_answered_nothing(company: Company) -> None:
    port = company.proxy.ports["console"]
    trust = ssl.create_default_context(cafile=str(company.proxy.certificates.ca))
    trust.check_hostname = False
    for host in (f"127.0.0.1:{port}", "evil.example"):
        answer = httpx.get(
            f"https://localhost:{port}/", verify=trust, headers={"host": host}, timeout=PATIENCE_S
        )
        assert answer.status_code == 421 and not answer.content
