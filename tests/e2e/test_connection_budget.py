"""Fifty clients idle and read at once; the provider counts three connections (issue, point 7)."""

from __future__ import annotations

import threading

import pytest

from tests.e2e.conftest import Company
from tests.patience import PATIENCE_S

CLIENTS = 50
CONNECTIONS = 3


@pytest.fixture(scope="module")
def company(found_company: object) -> Company:
    # A provider that would refuse a fourth connection.
    return found_company(count=200, max_connections=CONNECTIONS)  # type: ignore[operator,no-any-return]


def test_fifty_clients_need_three_connections(company: Company) -> None:
    most = 0
    failures: list[str] = []
    all_in = threading.Barrier(CLIENTS + 1, timeout=PATIENCE_S)
    read = threading.Barrier(CLIENTS + 1, timeout=PATIENCE_S)

    def work(number: int) -> None:
        try:
            with company.proxy.imap(("anna", "ben")[number % 2]) as client:
                client.select('"Status/Open"' if number % 5 == 0 else "INBOX")
                all_in.wait()
                for uid in range(1 + number, 11 + number):
                    answer, data = client.uid("FETCH", str(uid), "(BODY.PEEK[])")
                    assert answer == "OK"
                    assert data[0] is None or b"Message-ID" in data[0][1]
                client.send(b"i1 IDLE\r\n")
                assert client.readline().startswith(b"+")
                read.wait()
                while not client.readline().startswith(b"* "):
                    pass
        except Exception as error:  # told by the test, not lost in the thread
            failures.append(f"client {number}: {error!r}")
            all_in.abort()
            read.abort()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    all_in.wait()
    while any(thread.is_alive() for thread in threads):
        most = max(most, company.dovecot.connections())
        if read.n_waiting == CLIENTS:
            read.wait()
            company.dovecot.deliver(b"Subject: wake up\nMessage-ID: <wake@x>\n\nx\n")
        if read.broken:
            break
        threads[0].join(0.02)
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not failures
    assert 1 <= most <= CONNECTIONS
