"""aerc, a program with a screen and typed commands: opens a folder, reads, flags, moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.aerc_program import aerc
from tests.e2e.conftest import Company
from tests.e2e.programs import Terminal, counted
from tests.patience import until

MAILS = 12
MAIL = (
    b"From: Customer <c@customer.example.org>\nSubject: %b\nMessage-ID: <%b@example.test>\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n\nwhat-the-customer-wrote\n"
)
# Without another program for the mail's text; words have no spaces: those are not painted again.
SETTINGS = "[viewer]\npager = cat\n[filters]\ntext/plain = cat\n"


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(params=["INBOX", "Status/Unassigned"])
def case(
    office: Company, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, Terminal]]:
    name = request.param.rpartition("/")[2].lower()
    before = counted(office.proxy, "INBOX")
    office.dovecot.deliver(MAIL % (f"seen-from-{name}".encode(), name.encode()))
    office.proxy.wait_synced(before + 1)
    program = aerc(tmp_path, office.proxy, request.param, settings=SETTINGS)
    yield name, program
    program.close()


def test_aerc_reads_flags_and_moves_a_mail(office: Company, case: tuple[str, Terminal]) -> None:
    name, program = case
    proxy, provider = office.proxy, office.dovecot
    which = f"HEADER Message-ID <{name}@example.test>"
    program.sees(f"seen-from-{name}")  # the newest is the first, and chosen
    program.types(":view\r")
    program.sees("what-the-customer-wrote")
    program.types(":close\r")
    program.sees(f"seen-from-{name}")
    program.types(":flag -x Flagged\r")
    query = ("search", "-u", provider.user, "mailbox", "INBOX", "FLAGGED", "HEADER", "Message-ID")
    until(lambda: provider.doveadm(*query, f"<{name}@example.test>").split())
    program.types(":move Status/Done\r")
    until(lambda: counted(proxy, "Status/Done", which) == 1)
    assert counted(proxy, "Status/Open", which) == 0
    assert counted(proxy, "INBOX", which) == 1
    assert provider.count("INBOX", f"<{name}@example.test>") == 1
    moved = proxy.audit("--action", "move", "--message", f"<{name}@example.test>")
    assert [record["outcome"] for record in moved] == ["ok"]
