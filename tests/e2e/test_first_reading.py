"""A big folder is read for the first time, and the proxy is killed in the middle of it.

What was read stays read, under the same UIDs; what is not read yet comes; nothing comes twice. And
what others do at the provider meanwhile (a direct connection moves mails) is followed: a mail keeps
its state wherever it lies.
"""

from __future__ import annotations

import imaplib
from collections.abc import Iterator

import pytest

from tests.e2e import hammers
from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.patience import PATIENCE_S, until

MAILS = 3_000
KILLS = 2


@pytest.fixture(scope="module")
def office(found_company: object) -> Iterator[Company]:
    company: Company = found_company(count=1)  # type: ignore[operator]
    yield company
    assert "Traceback" not in company.proxy.log()


@pytest.fixture
def direct(office: Company) -> Iterator[imaplib.IMAP4]:
    """The provider, without the proxy between."""
    client = imaplib.IMAP4(office.dovecot.host, office.dovecot.plain_port, timeout=PATIENCE_S)
    client.login(office.dovecot.user, office.dovecot.password)
    yield client
    client.shutdown()


def read_so_far(office: Company, view: str) -> dict[int, str]:
    with office.proxy.imap("anna") as client:
        if client.select(view)[0] != "OK" or not client.untagged_responses["EXISTS"][-1].strip(
            b"0"
        ):
            return {}
        return hammers.uid_map(client)


def test_killed_in_the_middle(office: Company, direct: imaplib.IMAP4) -> None:
    proxy = office.proxy
    ok(direct.create("Old"))
    ids = [f"old-{number}@big.example" for number in range(MAILS)]
    for message_id in ids:
        office.dovecot.deliver(hammers.mail(message_id), "Old")
    proxy.kill()
    proxy.start()
    seen: dict[int, str] = {}

    def reads_on() -> bool:
        now = read_so_far(office, "Old")
        assert seen.items() <= now.items(), "a UID of before is another mail's, or gone"
        seen.update(now)
        return bool(now)

    for _ in range(KILLS):
        until(reads_on, "nothing is read")
        proxy.kill()
        proxy.start()
    until(lambda: reads_on() and len(seen) == MAILS, lambda: f"{len(seen)} of {MAILS}")
    assert sorted(seen.values()) == sorted(ids), "once each"
    # It numbered them while they came, not always one after the other.
    ok(direct.select("Old", readonly=True))
    theirs = hammers.uid_map(direct)
    assert [seen[uid] for uid in sorted(seen)] == [theirs[uid] for uid in sorted(theirs)]


def test_a_mail_that_others_move_keeps_its_state(office: Company, direct: imaplib.IMAP4) -> None:
    proxy = office.proxy
    with proxy.imap("anna") as client:
        ok(client.select("INBOX"))
        ok(client.store("1", "+FLAGS", "($status-hold $assignee-anna \\Seen)"))
    ok(direct.select("INBOX"))
    ok(direct.uid("MOVE", "1", "Archive"))
    ok(direct.unselect())
    there: dict[int, str] = {}
    until(lambda: there.update(read_so_far(office, "Archive")) or there, "it has not come")
    assert len(there) == 1
    with proxy.imap("anna") as client:
        ok(client.select("Archive"))
        (found,) = hammers.flags(client).values()
        assert {"$status-hold", "$assignee-anna", "\\Seen"} <= found
    ok(direct.rename("Archive", "Kept"))
    until(lambda: read_so_far(office, "Kept"), "the renamed folder is not read")
    with proxy.imap("anna") as client:
        ok(client.select("Kept"))
        (found,) = hammers.flags(client).values()
        assert {"$status-hold", "$assignee-anna", "\\Seen"} <= found
