"""Where a secret may be sent (domain/web_address.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.web_address import is_near, is_safe


@pytest.mark.parametrize(
    "address",
    ["https://id.example.test", "https://id.example.test:8443/a?b=c", "http://127.0.0.1:5000/x",
     "http://localhost/", "http://[::1]:80/"],
)  # fmt: skip
def test_safe(address):
    assert is_safe(address)


@pytest.mark.parametrize(
    "address",
    ["", "id.example.test", "http://id.example.test", "http://127.0.0.1.evil.example", "https://",
     "https://a:b@id.example.test", "https://@id.example.test", "https://id.example.test/#x",
     "https://id.example.test/a b", "https://id.example.test:x", "https://[", "https://例え.test",
     "ftp://127.0.0.1", "javascript:alert(1)", "https://id.example.test/\n"],
    ids=range(15),
)  # fmt: skip
def test_not_safe(address):
    assert not is_safe(address)


def test_near():
    assert is_near("http://127.1.2.3/") and is_near("https://localhost")
    assert not is_near("http://192.0.2.1/") and not is_near("http://[") and not is_near("x")
