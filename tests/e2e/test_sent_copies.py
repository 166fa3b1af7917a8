"""One copy in Sent, whoever files it and when: provider × client, with a real Dovecot.

Providers: one that files no copy, one that files its own some seconds later, one that does so under
another Message-ID. Clients: one that files before it sends, after, or never.
"""

from __future__ import annotations

import email
import imaplib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.test_main_job import arrive, flags_of, reply
from tests.patience import until

LATE_S = 2.0  # long after ours


def files_itself(company: Company) -> None:
    def file(mail: bytes) -> None:
        trace = b"Received: from proxyd by provider.example; Mon, 23 Nov 2026 10:00:00 +0900\r\n"
        company.dovecot.deliver(trace + mail, "Sent", flags="S")

    company.sink.afterwards, company.sink.afterwards_s = file, LATE_S


def files_renamed(company: Company) -> None:
    def file(mail: bytes) -> None:
        new = b"Message-ID: <relay-%d@provider.example>" % len(company.sink.received)
        mail = re.sub(rb"(?im)^Message-ID:[^\r\n]*", new, mail, count=1)
        company.dovecot.deliver(b"X-Relay: 1\r\n" + mail, "Sent", flags="S")

    company.sink.afterwards, company.sink.afterwards_s = file, LATE_S


def files_nothing(company: Company) -> None:
    company.sink.afterwards = None


PROVIDERS = {
    "files nothing": files_nothing,
    "files itself": files_itself,
    "files under another id": files_renamed,
}


@pytest.fixture(scope="module", params=PROVIDERS)
def office(
    request: pytest.FixtureRequest, found_company: Callable[..., Company]
) -> tuple[str, Company]:
    company = found_company(count=2)
    with provider(company) as direct:
        direct.create("Sent")
    PROVIDERS[request.param](company)
    return request.param, company


@contextmanager
def provider(company: Company) -> Iterator[imaplib.IMAP4]:
    """The mailbox without us."""
    dovecot, context = company.dovecot, company.proxy.trust()
    with imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=context) as client:
        client.login(dovecot.user, dovecot.password)
        yield client


def sent(company: Company, text: str) -> list[bytes]:
    """The copies of that mail, as the provider has them."""
    with provider(company) as client:
        _, count = client.select("Sent", readonly=True)
        data = client.fetch("1:*", "(BODY.PEEK[])")[1] if int(count[0]) else []
        octets = [row[1] for row in data if isinstance(row, tuple)]
    return [one for one in octets if text.encode() in one]


def uids_given(company: Company) -> int:
    with provider(company) as client:
        _, data = client.status("Sent", "(UIDNEXT)")
        return int(re.findall(rb"UIDNEXT (\d+)", data[0])[0]) - 1


def send(company: Company, message: EmailMessage) -> None:
    with company.proxy.smtp("anna") as smtp:
        smtp.send_message(message)


def file(company: Company, message: EmailMessage) -> tuple[int, int]:
    """APPENDUID."""
    with company.proxy.imap("anna") as anna:
        anna.sock.settimeout(60)
        done, data = anna.append("Sent", "\\Seen", None, message.as_bytes().replace(b"\n", b"\r\n"))
        assert done == "OK", data
        found = re.search(rb"APPENDUID (\d+) (\d+)", data[0])
        assert found, data
        anna.select("Sent")
        _, there = anna.uid("FETCH", found[2].decode(), "(BODY.PEEK[HEADER])")
        assert message["Subject"].encode() in there[0][1], "a believable UID"
        return int(found[1]), int(found[2])


def until_settled(company: Company, kind: str, text: str) -> None:
    """The provider's copy has come, where it files any, and there is one."""
    wanted = {"files nothing": b"", "files itself": b"Received: from proxyd"}.get(kind, b"X-Relay")
    until(
        lambda: any(wanted in one for one in sent(company, text)),
        "the provider's copy does not come",
    )
    until(lambda: len(sent(company, text)) == 1, "not one copy")
    [copy] = sent(company, text)
    assert wanted in copy


def found_by_ben(company: Company, text: str) -> int:
    with company.proxy.imap("ben") as ben:
        ben.select("Sent")
        return len(ben.search(None, "BODY", f'"{text}"')[1][0].split())


@pytest.mark.parametrize("when", ["never", "before", "after", "both", "never again"])
def test_one_copy(office: tuple[str, Company], when: str) -> None:
    kind, company = office
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        asked, uid = arrive(company, anna, f"asked {when}")
        answer = reply(asked, text := f"this is the answer of {when}.")
        answer.replace_header("Subject", f"Re: order {when}")
        answer["Date"] = "Mon, 23 Nov 2026 11:00:00 +0900"
        if when in ("before", "both"):
            file(company, answer)
        send(company, answer)
        if when in ("after", "both"):
            file(company, answer)
        until_settled(company, kind, text)
        until(lambda: "$status-done" in flags_of(anna, uid), "it is not done")
    records = company.proxy.audit("--message", asked.strip("<>"), "--action", "status")
    assert [one["detail"]["by"] for one in records] == ["answer"]
    assert "outside" not in str(company.proxy.audit("--action", "status"))
    until(lambda: found_by_ben(company, text) == 1, "Ben does not see one copy")


def test_it_is_learned(office: tuple[str, Company]) -> None:
    """Then nothing is stored that would have to go again."""
    kind, company = office
    by = "proxyd" if kind == "files nothing" else "provider"
    told = f'"sent": "{by}"'
    until(lambda: told in company.proxy.command("mailbox", "status", "--json"), "unlearned")
    given = uids_given(company)
    for number in range(2):
        message = reply(f"<nobody-{number}@x.example>", text := f"learned, and {number} again.")
        message.replace_header("Subject", f"learned {number}")
        send(company, message)
        until_settled(company, kind, text)
    assert uids_given(company) == given + 2
    bodies = [email.message_from_bytes(one) for one in sent(company, "learned, and")]
    assert len(bodies) == 2


def test_a_provider_that_stops_filing(office: tuple[str, Company]) -> None:
    kind, company = office
    if kind == "files nothing":
        return
    company.sink.afterwards = None
    message = reply("<stops@x.example>", text := "who files this one?")
    send(company, message)
    _, uid = file(company, message)  # waits for the copy that never comes, and is given ours
    assert uid
    assert len(sent(company, text)) == 1
    PROVIDERS[kind](company)


def test_what_is_not_the_same_mail_stays(office: tuple[str, Company]) -> None:
    """A mail of the same subject that somebody wrote at the provider meanwhile."""
    _, company = office
    message = reply("<twin-1@x.example>", "one text of the two.")
    message.replace_header("Subject", "twins")
    send(company, message)
    other = reply("<twin-2@x.example>", "another text of the two.")
    other.replace_header("Subject", "twins")
    other["X-From"] = ADDRESS
    company.dovecot.deliver(other.as_bytes(), "Sent", flags="S")
    until(lambda: len(sent(company, "of the two.")) >= 2, "a mail is missing")
    until(lambda: len(sent(company, "one text of the two.")) == 1, "not one copy")
    assert len(sent(company, "another text of the two.")) == 1


@pytest.mark.parametrize("by", ["anna", "ben"])
def test_another_text_of_the_same_id_is_stored(office: tuple[str, Company], by: str) -> None:
    """Nobody's mail is lost: a Message-ID is no proof."""
    kind, company = office
    message = reply(f"<asked-by-{by}@x.example>", text := f"what went out, not by {by}.")
    message["Date"] = "Mon, 23 Nov 2026 11:00:00 +0900"
    send(company, message)
    file(company, message)
    until_settled(company, kind, text)
    octets = message.as_bytes().replace(b"\n", b"\r\n").replace(b"what went out", b"quite another")
    with company.proxy.imap(by) as client:
        assert client.append("Sent", "\\Seen", None, octets)[0] == "OK"
    assert len(sent(company, f"quite another, not by {by}.")) == 1
    file(company, message)
    until_settled(company, kind, text)
    assert len(sent(company, f"quite another, not by {by}.")) == 1
