"""Ben leaves while his Thunderbird and a script of his are at work: one command, and Anna has his
work; then the real password changes, and her clients notice nothing.
"""

from __future__ import annotations

import imaplib
import json
import smtplib
import time
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import Installation
from tests.e2e.test_main_job import flags_of, uid_of
from tests.e2e.thunderbird.program import Thunderbird
from tests.e2e.thunderbird.test_two_colleagues import ON_DEMAND, arrives
from tests.patience import until


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=1)


def idling(client: imaplib.IMAP4) -> None:
    client.select("INBOX")
    client.send(b"i1 IDLE\r\n")
    assert client.readline().startswith(b"+")


def told(client: imaplib.IMAP4, word: bytes) -> float:
    """When the client was told a line with this word."""
    while word not in (line := client.readline()):
        assert line, f"the connection is gone, and nothing told of {word!r}"
    return time.monotonic()


def the_end(client: imaplib.IMAP4) -> float:
    lines = []
    while line := client.readline():
        lines.append(line)
    assert lines[-1].startswith(b"* BYE")
    return time.monotonic()


def doors(company: Company) -> int:
    """Connections to the door for mail clients."""
    (line,) = [
        line
        for line in company.proxy.http("/metrics")[1].splitlines()
        if line.startswith('proxyd_sessions{door="imap"}')
    ]
    return int(float(line.split()[-1]))


def measured(proxy: Installation) -> dict[str, list[float]]:
    """Seconds from the command's own record to the others, as the access log has them."""
    records = proxy.audit()
    (left,) = [r for r in records if dict(r["detail"]).get("did") == "user leave"]  # type: ignore[call-overload]
    began = datetime.fromisoformat(str(left["at"]))
    after: dict[str, list[float]] = {}
    for record in records:
        if int(str(record["number"])) > int(str(left["number"])):
            at = datetime.fromisoformat(str(record["at"])) - began
            after.setdefault(str(record["action"]), []).append(at.total_seconds())
    return after


def test_one_command_and_a_new_password(company: Company, seat: Callable[..., Thunderbird]) -> None:
    proxy, provider = company.proxy, company.dovecot
    theirs = arrives(company, "an order")
    ben = seat(company, ON_DEMAND, "ben")
    ben.see("the order", lambda: ben.row("an order"))
    with proxy.imap("ben") as script, proxy.imap("anna") as anna, proxy.smtp("ben") as smtp:
        script.select("INBOX")
        uid = uid_of(script, theirs)
        assert script.uid("STORE", uid, "+FLAGS", "($assignee-ben)")[0] == "OK"
        idling(script)
        idling(anna)
        assert doors(company) > 2, "Thunderbird is there as well"

        began = time.monotonic()
        said = json.loads(
            proxy.command("user", "leave", "ben", "--hand-over-to", "anna", "--yes", "--json")
        )
        command_s = time.monotonic() - began
        handed_s = told(anna, b"$assignee-anna") - began
        ended_s = the_end(script) - began
        until(lambda: doors(company) == 1, "his Thunderbird is in still")
        thunderbird_s = time.monotonic() - began
        assert smtp.noop()[0] == 421
        print(f"the command took {command_s:.2f} s; then {handed_s:.2f}, {ended_s:.2f}, ",
              f"{thunderbird_s:.2f}; {measured(proxy)}")  # fmt: skip
        (conversation,) = said["conversations"]
        assert (conversation["status"], conversation["assignee"]) == ("open", "anna")
        assert said["sessions_ended"] >= 2
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), proxy.imap("ben"):
            pass
        with pytest.raises(smtplib.SMTPAuthenticationError), proxy.smtp("ben"):
            pass

        provider.set_password(provider.user, "another secret")
        proxy.command("mailbox", "set", "support", "--password-stdin", stdin="another secret\n")
        provider.drop_connections()
        arrives(company, "what comes later")
        told(anna, b"EXISTS")
        anna.send(b"DONE\r\n")
        told(anna, b"i1 OK")
        assert anna.uid("FETCH", uid, "(BODY.PEEK[])")[0] == "OK"
        assert "$assignee-anna" in flags_of(anna, uid)
    names = {record["actor"] for record in proxy.audit("--person", "ben")}
    assert names == {"ben"}, "the log keeps the name"
