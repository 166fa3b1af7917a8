"""What clients fetch through the proxy is what the provider has, to the octet."""

from __future__ import annotations

import imaplib
import re

import pytest

from tests.e2e.conftest import Company

ATTRIBUTES = (
    "BODY.PEEK[]",
    "BODY.PEEK[HEADER]",
    "BODY.PEEK[TEXT]",
    "BODY.PEEK[1]",
    "BODY.PEEK[1.MIME]",
    "BODY.PEEK[2]",
    "BODY.PEEK[HEADER.FIELDS (From Subject DATE)]",
    "BODY.PEEK[HEADER.FIELDS.NOT (Received)]",
    "BODY.PEEK[]<10.500>",
    "BODY.PEEK[TEXT]<0.100000>",
    "RFC822.HEADER",
    "ENVELOPE",
    "BODY",
    "BODYSTRUCTURE",
    "RFC822.SIZE",
    "INTERNALDATE",
    # Items whose answers have one name, or one content.
    "BODY.PEEK[HEADER.FIELDS (Subject From)] BODY.PEEK[HEADER.FIELDS (From Subject subject)]",
    "BODY.PEEK[HEADER.FIELDS.NOT (To)] BODY.PEEK[HEADER.FIELDS.NOT (to)]<0.9>",
    "BODY.PEEK[]<0.500> BODY.PEEK[]<0.90> BODY.PEEK[TEXT]<7.40> BODY.PEEK[TEXT]<7.9>",
    "BODY.PEEK[] BODY.PEEK[TEXT] RFC822.HEADER BODY.PEEK[HEADER] BODY.PEEK[]<0.99999999>",
)


@pytest.fixture(scope="module")
def company(found_company: object) -> Company:
    return found_company(count=60)  # type: ignore[operator,no-any-return]


def rows(client: imaplib.IMAP4, attribute: str) -> dict[bytes, bytes]:
    """By UID: the answer's octets after the UID, FLAGS left out."""
    answer, data = client.uid("FETCH", "1:*", f"({attribute})")
    assert answer == "OK"
    text = b"".join(
        b"\r\n".join(part) if isinstance(part, tuple) else part + b"\n" for part in data
    )
    found = re.split(rb"(?m)^\d+ \(UID (\d+) ", text)
    return dict(zip(found[1::2], found[2::2], strict=True))


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_same_octets_as_directly(company: Company, attribute: str) -> None:
    provider = company.dovecot
    direct = imaplib.IMAP4("127.0.0.1", provider.plain_port)
    direct.login(provider.user, provider.password)
    direct.select("INBOX", readonly=True)
    with company.proxy.imap("anna") as ours:
        ours.select("INBOX")
        mine, theirs = rows(ours, attribute), rows(direct, attribute)
    direct.shutdown()
    assert len(mine) == 60
    assert mine == theirs
