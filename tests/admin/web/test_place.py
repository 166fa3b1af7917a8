"""Where the console is, and from where somebody comes (admin/web/place.py)."""

from __future__ import annotations

import pytest

from admin.web.place import Place
from proxyd.domain.networks import parsed_networks

OUTSIDE = Place("https://console.example.test", parsed_networks(["127.0.0.1", "10.0.0.0/24"]))
FORWARDED = b"x-forwarded-for"


def test_by_https_the_cookie_can_not_be_planted_by_a_neighbour():
    assert OUTSIDE.secure and OUTSIDE.cookie("proxyd") == "__Host-proxyd"
    here = Place("http://localhost:8025")
    assert not here.secure and here.cookie("proxyd") == "proxyd" and here.host == "localhost:8025"


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),  # the first says it itself
        (
            "127.0.0.1",
            ["198.51.100.7, 10.0.0.5"],
            "198.51.100.7",
        ),  # two of ours
        ("127.0.0.1", ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7, <script>"], "127.0.0.1"),
        ("127.0.0.1", ["10.0.0.5"], "127.0.0.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # nobody asked this one
    ],
)
def test_only_a_web_server_of_ours_is_believed(peer, told, address):
    headers = [(FORWARDED, one.encode()) for one in told]
    assert OUTSIDE.client_address(peer, headers) == address


def test_where_none_is_named_nobody_is_believed():
    place = Place("http://localhost:8025")
    assert place.client_address("127.0.0.1", [(FORWARDED, b"198.51.100.7")]) == "127.0.0.1"
