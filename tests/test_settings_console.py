"""The console's listener and what it is called (settings_console.py, app/console_place.py)."""

from __future__ import annotations

import pytest

from proxyd.app.console_place import console_place
from proxyd.settings import Settings
from proxyd.settings_check import contradictions


def settings(**console: str) -> Settings:
    return Settings.model_validate(
        {"server": {"hostname": "mail.example.test"}, "console": console}, strict=False
    )


def faults(**console: str) -> list[tuple[str, str]]:
    found = [one for one in contradictions(settings(**console)) if one[0].startswith("console")]
    assert all(instead for _, _, instead in found)
    return [(key, problem) for key, problem, _ in found]


HERE, OUTSIDE = "127.0.0.1:8025", "192.0.2.1:443"


@pytest.mark.parametrize(
    "console",
    [
        {},
        {"listen": HERE},
        {"listen": HERE, "public_url": "http://localhost:8025"},
        {"listen": HERE, "public_url": "https://c.example.test", "proxies": "127.0.0.1"},
        {"listen": OUTSIDE},
        {"listen": OUTSIDE, "public_url": "https://c.example.test"},
        {"listen": OUTSIDE, "public_url": "https://c.example.test", "proxies": "10.0.0.0/8 ::1"},
    ],
)
def test_what_fits(console):
    assert faults(**console) == []


@pytest.mark.parametrize(
    ("console", "key", "said"),
    [
        ({"listen": HERE, "proxies": "proxy.example"}, "console.proxies", "is not one"),
        ({"listen": HERE, "public_url": "https://c.example.test"}, "console.proxies", "is empty"),
        ({"listen": OUTSIDE, "public_url": "http://localhost"}, "console.public_url", "no TLS"),
        ({"listen": "127.0.0.1:9180"}, "console.listen", "taken by http.listen"),
    ],
)
def test_what_does_not(console, key, said):
    ((found, problem),) = faults(**console)
    assert found == key and said in problem


def test_outside_it_needs_the_certificate():
    (needed,) = [
        p for k, p, _ in contradictions(settings(listen=OUTSIDE)) if k == "tls.certificate"
    ]
    assert f"console.listen ({OUTSIDE})" in needed
    (needed,) = [p for k, p, _ in contradictions(settings(listen=HERE)) if k == "tls.certificate"]
    assert "console.listen" not in needed


@pytest.mark.parametrize("url", ["http://c.example.test", "ftp://x", "https://", "https://x/path"])
def test_only_an_address_without_a_path_and_by_https(url):
    with pytest.raises(ValueError, match="is not a web address"):
        settings(listen=HERE, public_url=url)


@pytest.mark.parametrize(
    ("console", "port", "origin", "cookie"),
    [
        ({"listen": HERE}, 8025, "http://localhost:8025", "proxyd"),
        ({"listen": OUTSIDE}, 443, "https://mail.example.test", "__Host-proxyd"),
        ({"listen": OUTSIDE}, 8443, "https://mail.example.test:8443", "__Host-proxyd"),
        (
            {"listen": HERE, "public_url": "https://C.example.test/", "proxies": "::1"},
            8025,
            "https://c.example.test",
            "__Host-proxyd",
        ),
    ],
)
def test_what_it_is_called_from_outside(console, port, origin, cookie):
    place = console_place(settings(**console), port)
    assert place.origin == origin and place.cookie("proxyd") == cookie
