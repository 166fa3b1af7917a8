"""The records as a name server reads them (admin/client_setup/dns_records.py)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given

from admin.client_setup.dns_records import dns_records
from proxyd.domain.client_facts import ClientFacts, ClientServer
from tests.admin.client_setup.some_facts import FACTS, any_facts


def records(facts: ClientFacts, domain: str = "example.test") -> dict[str, str]:
    """Name within the zone and type → data, as dnspython reads them."""
    text = dns_records(facts, domain)
    zone = dns.zone.from_text(text, origin=domain + ".", check_origin=False, relativize=False)
    return {
        f"{name.relativize(zone.origin)} {dns.rdatatype.to_text(data.rdtype)}": str(data)
        for name, _, data in zone.iterate_rdatas()
    }


def test_what_there_is_and_what_there_is_not() -> None:
    assert records(FACTS) == {
        "_imaps._tcp SRV": "0 1 993 mail.example.test.",
        "_imap._tcp SRV": "0 0 0 .",
        "_submission._tcp SRV": "0 1 587 send.example.test.",
        "_submissions._tcp SRV": "0 0 0 .",
        "_pop3._tcp SRV": "0 0 0 .",
        "_pop3s._tcp SRV": "0 0 0 .",
        "autodiscover CNAME": "autoconfig.example.test.",
        "_autodiscover._tcp SRV": "0 0 443 autoconfig.example.test.",
    }


def test_another_domain_is_led_to_the_web_door() -> None:
    found = records(FACTS, "example.org")
    assert found["autoconfig CNAME"] == found["autodiscover CNAME"] == "autoconfig.example.test."


def test_without_a_web_door_and_at_another_port() -> None:
    for web in ("", "https://192.0.2.7"):
        assert not any("auto" in name for name in records(replace(FACTS, web=web)))
    found = records(replace(FACTS, web="https://web.example.org:8443"))
    assert not any("CNAME" in name for name in found), "no client asks another port by itself"
    assert found["_autodiscover._tcp SRV"] == "0 0 8443 web.example.org."


def test_a_server_without_a_name_can_not_be_told() -> None:
    facts = replace(FACTS, imap=ClientServer("192.0.2.7", 993, "tls"))
    assert not any("imap" in name for name in records(facts))
    assert "192.0.2.7" in dns_records(facts, "example.test")


@pytest.mark.parametrize("domain", ["", "a..b"])
def test_a_domain_that_dns_can_not_have(domain: str) -> None:
    assert dns_records(FACTS, domain) == ""


def test_the_page_shows_them_as_they_are() -> None:
    page = Path(__file__).parents[3] / "docs" / "client-setup.md"
    server = ClientServer("mail.example.com", 993, "tls")
    web = "https://autoconfig.example.com"
    facts = replace(FACTS, imap=server, smtp=replace(server, port=465), web=web)
    lines = dns_records(facts, "example.com").splitlines()
    assert "\n".join(one for one in lines if one[0] != ";") in page.read_text("utf-8")


@given(any_facts())
def test_each_record_has_a_comment_and_any_zone_is_readable(facts: ClientFacts) -> None:
    found = records(facts, "xn--6s1au30b.test")
    assert records(facts, "青葉.test") == found
    lines = dns_records(facts, "青葉.test").splitlines()
    for above, line in itertools.pairwise(lines):
        assert line.startswith(";") or above.startswith(";")
    assert sum(not line.startswith(";") for line in lines) == len(found)
