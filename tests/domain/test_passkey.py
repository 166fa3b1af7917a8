"""Where passkeys count, and what their counter tells (domain/passkey.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.passkey import Site, site_of, went_back


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://Mail.Example.com/", Site("mail.example.com", "https://mail.example.com")),
        ("https://mail.example.com:443", Site("mail.example.com", "https://mail.example.com")),
        ("https://mail.example.com:8443/c", Site("mail.example.com", "https://mail.example.com:8443")),
        ("http://localhost:8080", Site("localhost", "http://localhost:8080")),
        ("http://demo.localhost:80/", Site("demo.localhost", "http://demo.localhost")),
        ("https://メール.example", Site("xn--4dkua4c.example", "https://xn--4dkua4c.example")),
        ("http://mail.example.com", None),  # browsers make none without TLS
        ("https://192.0.2.1/", None),  # nor for an address of numbers
        ("http://127.0.0.1:8080", None),
        ("https://[2001:db8::1]/", None),
        ("ftp://mail.example.com", None),
        ("localhost", None),
        ("", None),
    ],
)  # fmt: skip
def test_where_passkeys_count(url, site):
    assert site_of(url) == site


def test_no_address():
    with pytest.raises(ValueError, match="Port"):
        site_of("https://mail.example.com:x/")


@pytest.mark.parametrize(
    ("kept", "told", "back"),
    [(0, 0, False), (0, 1, False), (1, 2, False), (1, 1, True), (2, 1, True), (1, 0, True)],
)
def test_the_counter(kept, told, back):
    assert went_back(kept, told) is back
