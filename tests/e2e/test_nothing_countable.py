"""Two shared mailboxes; who has a grant on one can't count what happens in the other.

Anna works in *support*, Sara in *sales*. Whatever arrives, is made and is sent in *sales*: nothing
that Anna's sessions can be told moves by it, and what is new to her moves as if she were alone.
"""

from __future__ import annotations

import imaplib
import re
import smtplib
import time
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.raw_line import RawLine, signed_in
from tests.patience import PATIENCE_S

SUPPORT, SALES = "support@example.test", "sales@example.test"
BUSY = 7
ITEMS = b"MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ MAILBOXID"
VIEWS = (b"INBOX", b"Status/Open", b"Status/Unassigned")


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Iterator[Company]:
    company = found_company(count=5, users={SUPPORT: "upstream secret", SALES: "upstream secret"})
    company.proxy.typed(
        "mailbox", "add", "sales", "--address", SALES,
        "--imap", f"imaps://sales%40example.test@127.0.0.1:{company.dovecot.tls_port}",
        "--smtp", f"smtps://support%40example.test@127.0.0.1:{company.sink.port}",
        "--ca-file", str(company.proxy.certificates.ca),
        "--password-stdin",
        stdin=company.dovecot.password + "\n",
    )  # fmt: skip
    company.proxy.add_person("sara", "Sara Ono", "sales:manage")
    yield company


def mail(to: str, number: int) -> bytes:
    return (
        f"From: c{number}@example.test\r\nTo: {to}\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}.{to}>\r\n\r\nHello {number}\r\n"
    ).encode()


def until(proxy: Installation, login: str, count: int, view: bytes = b"INBOX") -> None:
    """Until this person's view shows so many mails."""
    deadline = time.monotonic() + PATIENCE_S
    with signed_in(proxy, login) as line:
        while time.monotonic() < deadline:
            told = b"".join(line.ask(b"s STATUS %b (MESSAGES)" % view))
            if b"MESSAGES %d)" % count in told:
                return
            time.sleep(0.05)
    raise AssertionError(f"{login} does not see {count} mails:\n{proxy.log()}")


def told(line: RawLine) -> list[bytes]:
    """Whatever numbers and ids a client can ask for."""
    answers = [line.ask(b"t STATUS %b (%b)" % (view, ITEMS)) for view in VIEWS]
    for view in VIEWS:
        answers.append(line.ask(b"t SELECT %b (CONDSTORE)" % view))
        answers.append(line.ask(b"t FETCH 1:* (UID FLAGS MODSEQ EMAILID THREADID)"))
    answers.append(line.ask(b"t UNSELECT"))
    return [text for answer in answers for text in answer]


def number(lines: list[bytes], name: bytes) -> int:
    found = re.search(rb"%b (\d+)" % name, b" ".join(lines))
    assert found, lines
    return int(found[1])


def busy(company: Company, done: int) -> None:
    """In sales: mails come in, one is sent, and folders are made."""
    for each in range(done, done + BUSY):
        company.dovecot.deliver(mail(SALES, each), user=SALES)
    until(company.proxy, "sara", done + BUSY)
    with signed_in(company.proxy, "sara") as line:
        for each in range(done, done + BUSY):
            assert b" OK " in line.ask(b"c CREATE Made%d" % each)[-1]
    sent(company.proxy, "sara", SALES, done)


def sent(proxy: Installation, login: str, sender: str, number: int) -> list[tuple[int, bytes]]:
    with proxy.smtp(login, PASSWORD) as client:
        answers = [client.mail(sender), client.rcpt("c@outside.test")]
        text = mail("c@outside.test", number).replace(b"c%d@" % number, sender.encode() + b" ", 1)
        text = re.sub(rb"From: [^\r\n]*", b"From: " + sender.encode(), text)
        answers.append(client.data(text))
        assert [code for code, _ in answers] == [250] * 3, answers
        return answers


def test_nothing_of_one_mailbox_moves_by_what_happens_in_another(company: Company) -> None:
    with signed_in(company.proxy) as line:
        before = told(line)
        assert len([text for text in before if b"EMAILID" in text]) > 10
        first = sent(company.proxy, "anna", SUPPORT, 900)
        between = told(line)
        busy(company, 0)
        assert told(line) == between
        assert sent(company.proxy, "anna", SUPPORT, 901) == first
        with signed_in(company.proxy) as another:
            assert told(another) == told(line)
    # The copies that are filed later count as well: not in the middle of the next test.
    until(company.proxy, "anna", 2, b"Sent")


def test_a_mail_of_ones_own_counts_as_if_one_were_alone(company: Company) -> None:
    with signed_in(company.proxy) as line:
        steps = []
        for each, others in ((1, 0), (2, 0), (3, BUSY)):
            before = line.ask(b"h STATUS INBOX (%b)" % ITEMS)
            if others:
                busy(company, BUSY)
            company.dovecot.deliver(mail(SUPPORT, each))
            until(company.proxy, "anna", 5 + each)
            after = line.ask(b"h STATUS INBOX (%b)" % ITEMS)
            names = (b"HIGHESTMODSEQ", b"UIDNEXT")
            steps.append([number(after, name) - number(before, name) for name in names])
        # The first one counts what was filed in Sent before as well: it is the same mailbox.
        assert steps[1] == steps[2]
        line.ask(b"s SELECT INBOX")
        rows = b"".join(line.ask(b"f FETCH 1:* (EMAILID THREADID)"))
    ids = re.findall(rb"EMAILID \(M([0-9a-f]{32})\) THREADID \(T([0-9a-f]{32})\)", rows)
    assert len(ids) == 8, "digests, no numbers"
    mails, threads = zip(*ids, strict=True)
    assert len(set(mails)) == 8 and list(mails) != sorted(mails)
    assert list(threads) != sorted(threads)


def test_they_stay_over_a_restart(company: Company) -> None:
    with signed_in(company.proxy) as line:
        told(line)  # what is recent is so once
        before = told(line)
    company.proxy.kill()
    company.proxy.start()
    until(company.proxy, "anna", 8)
    with signed_in(company.proxy) as line:
        assert told(line) == before


def test_no_door_tells_which_mailboxes_there_are(company: Company) -> None:
    """By a user name that asks for one: another's, and one that there is not."""
    own = f"anna:{PASSWORD}"
    asked = {SALES: own, "nosuch@example.test": own, "anna*sales": PASSWORD, "anna*no": PASSWORD}
    said: dict[str, set[str]] = {"imap": set(), "smtp": set()}
    for login, password in asked.items():
        with (
            pytest.raises(smtplib.SMTPAuthenticationError) as by_smtp,
            company.proxy.smtp(login, password),
        ):
            pass
        said["smtp"].add(str(by_smtp.value))
        with pytest.raises(imaplib.IMAP4.error) as by_imap, company.proxy.imap(login, password):
            pass
        said["imap"].add(str(by_imap.value))
    assert [len(sentences) for sentences in said.values()] == [1, 1], said
    for login, password in ((SUPPORT, own), ("anna*support", PASSWORD)):
        with company.proxy.smtp(login, password), company.proxy.imap(login, password):
            pass
    records = company.proxy.audit("--action", "login")
    refused = [one for one in records if one["outcome"] == "refused" and one["actor"] == "anna"]
    assert {(one["door"], one["mailbox"]) for one in refused} == {
        (door, name) for door in ("imap", "smtp") for name in ("sales", "no")
    }
    assert {one["detail"]["reason"] for one in refused} == {"no-grant"}  # type: ignore[index]
