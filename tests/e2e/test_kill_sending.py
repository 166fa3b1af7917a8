"""kill -9 at each point of a sending, always the same ones: in the end one copy lies in Sent, or
the log says that nobody can know whether the mail went out. Nothing goes out twice.
"""

from __future__ import annotations

import imaplib
import signal
import smtplib
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.patience import PATIENCE_S, until

# Whether the mail has gone out, and whether proxyd knows; and so what a program that tries again
# hears: 250, or 550 (it may have gone out: only a person may send it again).
POINTS = {
    "before the provider is asked": (0, False),
    "after the provider's 250": (1, False),
    "before the copy is looked for": (1, True),
    "before the copy is stored": (1, True),
    "within the copy": (1, True),
    "after the OK to the copy": (1, True),
    "before the copy is recorded": (1, True),
}


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=1)


def mail_of(name: str, answers: str = "") -> bytes:
    reply = f"In-Reply-To: {answers}\r\n" if answers else ""
    return (
        f"From: {ADDRESS}\r\nTo: a@b.example\r\nSubject: {name}\r\n"
        f"Message-ID: <{name}@example.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0900\r\n"
        f"{reply}\r\n{name}\r\n"
    ).encode()


def heard(office: Company, login: str, mail: bytes) -> tuple[int, str]:
    """What its sender hears; 0 where the line broke."""
    try:
        with office.proxy.smtp(login) as client:
            client.sendmail(ADDRESS, ["a@b.example"], mail)
    except smtplib.SMTPDataError as refused:
        return refused.smtp_code, refused.smtp_error.decode()
    except (smtplib.SMTPServerDisconnected, OSError):
        return 0, ""
    return 250, ""


def send(office: Company, name: str) -> int:
    return heard(office, "anna", mail_of(name))[0]


def gone_out(office: Company, name: str) -> int:
    wanted = f"<{name}@example.test>".encode()
    return sum(wanted in mail.message for mail in office.sink.received)


def copies(office: Company, name: str) -> int:
    with office.proxy.imap("anna") as client:
        assert client.select("Sent", readonly=True)[0] == "OK"
        return len(client.search(None, f'HEADER Message-ID "{name}@"')[1][0].split())


def at_the_provider(office: Company, name: str) -> int:
    client = imaplib.IMAP4("127.0.0.1", office.dovecot.plain_port, timeout=PATIENCE_S)
    try:
        client.login(office.dovecot.user, office.dovecot.password)
        client.select("Sent", readonly=True)
        return len(client.search(None, f'HEADER Message-ID "{name}@"')[1][0].split())
    finally:
        client.shutdown()


@pytest.mark.parametrize("point", POINTS)
def test_one_copy_or_it_is_said_that_nobody_knows(office: Company, point: str) -> None:
    proxy, (out, known) = office.proxy, POINTS[point]
    name = point.replace(" ", "-").replace("'", "")
    proxy.stop()
    proxy.start(dies=point)
    code = send(office, name)
    assert proxy.died() == -signal.SIGKILL
    assert code in ((0, 250) if known else (0,)), "what is not recorded is not acknowledged"
    assert gone_out(office, name) == out
    proxy.start()
    if known:
        until(lambda: copies(office, name) == 1, "no copy in Sent")
    else:
        records = proxy.audit("--message", f"{name}@example.test")
        assert any(one["action"] == "send" and one["detail"].get("uncertain") for one in records)
    assert send(office, name) == (250 if known else 550)
    assert gone_out(office, name) == out
    with proxy.imap("anna") as client:  # as mail programs file what they have sent
        assert client.append("Sent", "(\\Seen)", None, mail_of(name))[0] == "OK"
    with suppress(AssertionError):
        until(lambda: copies(office, name) != 1, seconds=1)
    assert copies(office, name) == at_the_provider(office, name) == 1
    assert "Traceback" not in proxy.log()


def test_who_answers_what_may_be_answered_is_told(office: Company) -> None:
    """One answer, and whoever gives a second one knows of the first."""
    asked = "<asked@b.example>"
    header = f"From: a@b.example\r\nTo: {ADDRESS}\r\nSubject: Q\r\nMessage-ID: {asked}\r\n"
    office.dovecot.deliver(f"{header}\r\n?\r\n".encode())
    proxy = office.proxy
    with proxy.imap("ben") as client:

        def came() -> bool:
            client.select("INBOX", readonly=True)
            return client.search(None, f'HEADER Message-ID "{asked}"')[1] != [b""]

        until(came, "the mail did not come")
    proxy.stop()
    proxy.start(dies="after the provider's 250")
    assert heard(office, "anna", mail_of("hers", asked)) == (0, "")
    assert proxy.died() == -signal.SIGKILL
    proxy.start()
    proxy.wait_synced(0)
    code, text = heard(office, "ben", mail_of("his", asked))
    assert code == 550 and "may have answered in this conversation" in text
    code, text = heard(office, "anna", mail_of("hers-in-other-words", asked))
    assert code == 550 and "You may have answered" in text
    names = ("hers", "his", "hers-in-other-words")
    assert [gone_out(office, name) for name in names] == [1, 0, 0]
