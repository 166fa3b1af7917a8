"""Who may be asked for what (admin/client_setup/web_host.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from admin.client_setup.web_host import in_ascii, names_of, web_host
from tests.admin.client_setup.some_facts import FACTS, SUPPORT


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        ("", ("", 443)),
        ("https://Autoconfig.Example.test", ("autoconfig.example.test", 443)),
        ("https://web.example.org:8443", ("web.example.org", 8443)),
    ],
)
def test_the_web_door(web: str, expected: tuple[str, int]) -> None:
    assert web_host(replace(FACTS, web=web)) == expected


def test_names_are_those_of_the_mail_domains_and_the_web_door() -> None:
    facts = replace(FACTS, web="https://web.example.org")
    assert names_of(facts) == {
        "web.example.org": "",
        "example.test": "example.test",
        "autoconfig.example.test": "example.test",
        "autodiscover.example.test": "example.test",
    }
    assert names_of(FACTS)["autoconfig.example.test"] == "example.test"


@pytest.mark.parametrize(
    ("domain", "written"),
    [
        ("青葉.test", "xn--6s1au30b.test"),
        ("Example.TEST", "example.test"),
        ("", ""),
        ("a..b", ""),
        ("x" * 64 + ".test", ""),
        ("\ud800", ""),
        ("a." * 128 + "test", ""),
    ],
)
def test_a_domain_is_asked_in_ascii(domain: str, written: str) -> None:
    assert in_ascii(domain) == written


def test_a_domain_that_dns_can_not_have_has_no_names() -> None:
    odd = replace(SUPPORT, address="support@a..b")
    assert names_of(replace(FACTS, mailboxes=(odd,), web="")) == {}
