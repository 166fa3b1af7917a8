"""What Outlook asks and is told (admin/client_setup/autodiscover.py)."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.client_setup.autodiscover import (
    INVALID_REQUEST,
    NO_SUCH_SCHEMA,
    NotAsked,
    asked_address,
    autodiscover,
    refusal,
)
from admin.client_setup.xml_text import xml_text
from proxyd.domain.client_facts import ClientFacts, ClientServer
from tests.admin.client_setup.some_facts import FACTS, any_facts, names

OUTER = "{http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006}"
INNER = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"

# Microsoft Learn, "Protocol (POX)" and [MS-OXDSCLI] §2.2.4.1.1.2.5 (read 2026-11-30): the elements
# of a Protocol of type IMAP or SMTP, and what their texts may be; None: any.
SWITCH = {"on", "off"}
PROTOCOL: dict[str, set[str] | None] = {
    "Type": {"IMAP", "SMTP"},
    "Server": None,
    "Port": None,
    "LoginName": None,
    "DomainRequired": SWITCH,
    "DomainName": None,
    "SPA": SWITCH,
    "SSL": SWITCH,
    "Encryption": {"None", "SSL", "TLS", "Auto"},
    "AuthRequired": SWITCH,
    "UsePOPAuth": SWITCH,
    "SMTPLast": SWITCH,
    "TTL": None,
}
NEEDED = {"Type", "Server", "Port", "LoginName", "SSL", "AuthRequired"}

REQUEST = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
  <Request>
    <EMailAddress>{address}</EMailAddress>
    <AcceptableResponseSchema>{schema}</AcceptableResponseSchema>
  </Request>
</Autodiscover>
"""
SCHEMA = INNER.strip("{}")
EAS = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"


def request(address: str = "support@example.test", schema: str = SCHEMA) -> bytes:
    return REQUEST.format(address=address, schema=schema).encode()


def protocols(answer: bytes) -> list[dict[str, str]]:
    root = ElementTree.fromstring(answer)
    assert root.tag == OUTER + "Autodiscover"
    (response,) = root
    assert response.tag == INNER + "Response"
    (account,) = response
    found = []
    for child in account:
        if child.tag == INNER + "Protocol":
            found.append({one.tag.removeprefix(INNER): one.text or "" for one in child})
    assert [child.tag.removeprefix(INNER) for child in account][:2] == ["AccountType", "Action"]
    return found


@given(any_facts(), names)
def test_any_facts_make_a_valid_answer(facts: ClientFacts, address: str) -> None:
    for one in protocols(autodiscover(facts, address)):
        assert one.keys() >= NEEDED
        for tag, text in one.items():
            assert text in (PROTOCOL[tag] or {text}), tag
        assert one["LoginName"] == xml_text(address)


def test_the_servers_are_those_of_the_facts() -> None:
    imap, smtp = protocols(autodiscover(FACTS, "support@example.test"))
    picked = ("Type", "Server", "Port", "Encryption", "SSL")
    assert [imap[tag] for tag in picked] == ["IMAP", "mail.example.test", "993", "SSL", "on"]
    assert [smtp[tag] for tag in picked] == ["SMTP", "send.example.test", "587", "TLS", "on"]
    other = replace(FACTS, imap=ClientServer("localhost", 10143, "starttls"))
    assert protocols(autodiscover(other, "a@b"))[0]["Encryption"] == "TLS"


def test_nothing_tells_which_mailboxes_and_people_there_are() -> None:
    empty = replace(FACTS, mailboxes=(), people=())
    assert autodiscover(FACTS, "x@example.test") == autodiscover(empty, "x@example.test")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_address_is_found(encoding: str) -> None:
    body = request("süpport&amp;co@example.test").decode().replace("utf-8", encoding)
    assert asked_address(body.encode(encoding)) == "süpport&co@example.test"


def test_old_and_spaced_requests_are_understood() -> None:
    assert asked_address(b"<a><EMailAddress>\n a@b \n</EMailAddress></a>") == "a@b"
    assert (
        asked_address(request(schema=SCHEMA.replace("http:", "https:"))) == "support@example.test"
    )


# "Billion laughs": each entity is ten of the one before.
LEVELS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f"""<!DOCTYPE a [<!ENTITY l0 "ha">{LEVELS}]><a><EMailAddress>&l9;</EMailAddress></a>"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", INVALID_REQUEST),
        (b"no XML", INVALID_REQUEST),
        (b"<a><EMailAddress>x@y</EMailAddress>", INVALID_REQUEST),
        (b"<a><EMailAddress>x@y</EMailAddress></a><b/>", INVALID_REQUEST),
        (b"<a><LegacyDN>/o=x</LegacyDN></a>", INVALID_REQUEST),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', INVALID_REQUEST),
        (b"<a>\xff</a>", INVALID_REQUEST),
        (b"<a>" * 900, INVALID_REQUEST),
        (request(address=""), INVALID_REQUEST),
        (request(schema=EAS), NO_SUCH_SCHEMA),
        (request(schema=""), NO_SUCH_SCHEMA),
        (LAUGHS.encode(), INVALID_REQUEST),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', INVALID_REQUEST),
        (b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/">%b;]><a/>', INVALID_REQUEST),
    ],
)
def test_what_can_not_be_answered(body: bytes, code: int) -> None:
    with pytest.raises(NotAsked) as told:
        asked_address(body)
    assert told.value.code == code
    root = ElementTree.fromstring(refusal(code))
    assert root.findtext(f"{OUTER}Response/{OUTER}Error/{OUTER}ErrorCode") == str(code)


@given(st.binary() | st.text().map(request))
def test_nothing_that_is_sent_raises_anything_else(body: bytes) -> None:
    try:
        assert asked_address(body)
    except NotAsked as error:
        assert refusal(error.code)
