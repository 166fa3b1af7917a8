"""config-v1.1.xml is what its readers expect (admin/client_setup/autoconfig.py)."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given

from admin.client_setup.autoconfig import autoconfig
from proxyd.domain.client_facts import ClientFacts, ClientServer
from tests.admin.client_setup.some_facts import FACTS, any_facts

# draft-ietf-mailmaint-autoconfig-06 (28 June 2026), §§ "emailProvider", "Server sections": what may
# stand in what, and what the texts may be. Stricter than its RELAX NG, which lets strangers pass.
SERVER = {"hostname", "port", "socketType", "authentication", "username"}
CHILDREN = {
    "clientConfig": {"emailProvider"},
    "emailProvider": {
        *("domain", "displayName", "displayShortName", "incomingServer", "outgoingServer")
    },
    "incomingServer": SERVER,
    "outgoingServer": SERVER,
}
ATTRIBUTES = {
    "clientConfig": {"version"},
    "emailProvider": {"id"},
    "incomingServer": {"type"},
    "outgoingServer": {"type"},
}
VALUES = {
    "socketType": {"SSL", "STARTTLS"},
    "authentication": {"password-cleartext"},
    "username": {"%EMAILADDRESS%"},
}
LONGEST = {"displayName": 60, "displayShortName": 20}


def check(element: ElementTree.Element) -> None:
    assert {child.tag for child in element} == CHILDREN.get(element.tag, set())
    assert len({child.tag for child in element}) == len(element), "one of each"
    assert element.attrib.keys() == ATTRIBUTES.get(element.tag, set())
    text = element.text or ""
    if not len(element):
        assert 0 < len(text) <= LONGEST.get(element.tag, 255)
        assert text in VALUES.get(element.tag, {text})
    for child in element:
        check(child)


@given(any_facts())
def test_any_facts_make_a_valid_document(facts: ClientFacts) -> None:
    root = ElementTree.fromstring(autoconfig(facts, "example.test"))
    assert root.tag == "clientConfig"
    check(root)


def servers(facts: ClientFacts) -> dict[str, tuple[str | None, ...]]:
    root = ElementTree.fromstring(autoconfig(facts, "example.test"))
    return {
        server.get("type", ""): tuple(
            server.findtext(tag) for tag in ("hostname", "port", "socketType")
        )
        for server in root.iterfind("emailProvider/*[@type]")
    }


def test_the_servers_are_those_of_the_facts() -> None:
    assert servers(FACTS) == {
        "imap": ("mail.example.test", "993", "SSL"),
        "smtp": ("send.example.test", "587", "STARTTLS"),
    }
    other = replace(FACTS, imap=ClientServer("localhost", 10143, "starttls"))
    assert servers(other)["imap"] == ("localhost", "10143", "STARTTLS")


@pytest.mark.parametrize(
    ("organisation", "name", "short"),
    [
        ("Aoba", "Aoba", "Aoba"),
        ("", "example.test", "example.test"),
        ("\x01", "example.test", "example.test"),
        ("A very long name of a company", "A very long name of a company", "A very long name of"),
    ],
)
def test_what_the_account_is_called(organisation: str, name: str, short: str) -> None:
    made = autoconfig(replace(FACTS, organisation=organisation), "example.test")
    provider = ElementTree.fromstring(made).find("emailProvider")
    assert provider is not None
    assert provider.findtext("displayName") == name
    assert provider.findtext("displayShortName") == short


def test_nothing_tells_which_mailboxes_and_people_there_are() -> None:
    empty = replace(FACTS, mailboxes=(), people=())
    assert autoconfig(FACTS, "example.test") == autoconfig(empty, "example.test")


def test_a_domain_of_the_greatest_length() -> None:
    domain = ".".join(["x" * 60] * 4)
    check(ElementTree.fromstring(autoconfig(replace(FACTS, organisation=""), domain)))
