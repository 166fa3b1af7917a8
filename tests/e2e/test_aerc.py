"""aerc, a program with a screen and typed commands: opens a folder, reads, flags, moves."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD
from tests.e2e.programs import counted, forked
from tests.patience import PATIENCE_S, until

MAILS = 12
MAIL = (
    b"From: Customer <c@customer.example.org>\nSubject: %b\nMessage-ID: <%b@example.test>\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n\nwhat-the-customer-wrote\n"
)
# Without another program for the mail's text; words have no spaces: those are not painted again.
SETTINGS = "[viewer]\npager = cat\n[filters]\ntext/plain = cat\n"
ACCOUNT = """\
[office]
source = imaps://anna:{password}@localhost:{port}
default = {folder}
from = Support <support@example.test>
"""


class Aerc:
    """On a terminal of its own; its files are below ``home``."""

    def __init__(self, home: Path, port: int, ca: Path, folder: str) -> None:
        files = home / "aerc"
        files.mkdir(parents=True)
        (files / "aerc.conf").write_text(SETTINGS)
        account = files / "accounts.conf"
        password = PASSWORD.replace(" ", "%20")
        account.write_text(ACCOUNT.format(password=password, port=port, folder=folder))
        account.chmod(0o600)  # it refuses to read any other
        self.painted = b""
        names = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
        own = dict.fromkeys(names, str(home))
        self.pid, self._terminal = forked(["aerc"], {**own, "SSL_CERT_FILE": str(ca)})

    def sees(self, text: str) -> None:
        """Waits until it was painted since the last time something was typed."""
        deadline = time.monotonic() + PATIENCE_S
        while text.encode() not in self.painted:
            assert time.monotonic() < deadline, self.painted.decode(errors="replace")[-3000:]
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.painted += os.read(self._terminal, 65_536)

    def does(self, command: str) -> None:
        self.painted = b""
        os.write(self._terminal, b":" + command.encode() + b"\r")

    def close(self) -> None:
        os.kill(self.pid, 15)
        os.close(self._terminal)  # else it may wait for ever to paint its farewell
        until(lambda: os.waitpid(self.pid, os.WNOHANG)[0])


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(params=["INBOX", "Status/Unassigned"])
def case(
    office: Company, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, Aerc]]:
    name = request.param.rpartition("/")[2].lower()
    before = counted(office.proxy, "INBOX")
    office.dovecot.deliver(MAIL % (f"seen-from-{name}".encode(), name.encode()))
    office.proxy.wait_synced(before + 1)
    port, ca = office.proxy.ports["imap-tls"], office.proxy.certificates.ca
    aerc = Aerc(tmp_path, port, ca, request.param)
    yield name, aerc
    aerc.close()


def test_aerc_reads_flags_and_moves_a_mail(office: Company, case: tuple[str, Aerc]) -> None:
    name, aerc = case
    proxy, provider = office.proxy, office.dovecot
    which = f"HEADER Message-ID <{name}@example.test>"
    aerc.sees(f"seen-from-{name}")  # the newest is the first, and chosen
    aerc.does("view")
    aerc.sees("what-the-customer-wrote")
    aerc.does("close")
    aerc.sees(f"seen-from-{name}")
    aerc.does("flag -x Flagged")
    query = ("search", "-u", provider.user, "mailbox", "INBOX", "FLAGGED", "HEADER", "Message-ID")
    until(lambda: provider.doveadm(*query, f"<{name}@example.test>").split())
    aerc.does("move Status/Done")
    until(lambda: counted(proxy, "Status/Done", which) == 1)
    assert counted(proxy, "Status/Open", which) == 0
    assert counted(proxy, "INBOX", which) == 1
    assert provider.count("INBOX", f"<{name}@example.test>") == 1
    moved = proxy.audit("--action", "move", "--message", f"<{name}@example.test>")
    assert [record["outcome"] for record in moved] == ["ok"]
