"""Networks as they are typed, kept and compared (domain/networks.py)."""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import BadInput, Mistakes
from proxyd.domain.networks import (
    NETWORKS_LIMIT,
    admits,
    parsed_networks,
    stored_networks,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
    ],
)
def test_what_is_typed(typed: str, kept: str) -> None:
    (network,) = parsed_networks([typed])
    assert str(network) == kept
    assert stored_networks([kept]) == (network,)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["192.0.2.5/24"], "write 192.0.2.0/24 for all of it, or 192.0.2.5"),
        (["2001:db8::5/64"], "write 2001:db8::/64 for all of it, or 2001:db8::5"),
        (["::ffff:192.0.2.5/120"], "write 192.0.2.0/24 for all of it, or 192.0.2.5"),
        (["192.0.2.0/24", "192.0.2.7"], "192.0.2.7/32 lies in 192.0.2.0/24; give one of them"),
        (["192.0.2.7", "::ffff:192.0.2.0/120"], "192.0.2.7/32 lies in 192.0.2.0/24"),
        (["2001:db8::/32", "2001:db8:1::/48"], "2001:db8:1::/48 lies in 2001:db8::/32"),
        (["192.0.2.7", "192.0.2.7/32"], "192.0.2.7/32 is given twice"),
        (["0.0.0.0/0"], "every address there is; write --anywhere"),
        (["::/0"], "every address there is; write --anywhere"),
        (["::ffff:0:0/96"], "every address there is; write --anywhere"),
        (["fe80::1%eth0"], "names an interface"),
        (["office"], "'office' is not one; write addresses or networks such as"),
        (["192.0.2.0/33"], "is not one"),
        (["192.0.2"], "is not one"),
        (["012.0.0.1"], "is not one"),
        ([""], "is not one"),
        (["192.0.2.1\r\n198.51.100.1"], "is not one"),
        (["1" * 5000], "one has 5000 characters"),
        ([f"192.0.{n}.0/24" for n in range(NETWORKS_LIMIT + 1)], "write at most 32"),
    ],
)
def test_what_is_not_taken(typed: list[str], told: str) -> None:
    with pytest.raises(BadInput) as caught:
        parsed_networks(typed)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 300 and str(caught.value).isprintable()


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Mistakes) as caught:
        parsed_networks(["192.0.2.5/24", "198.51.100.0/24", "x", "198.51.100.0/25"])
    assert len(caught.value.all) == 3


def test_many_are_taken() -> None:
    typed = [f"192.0.{number}.0/24" for number in range(NETWORKS_LIMIT)]
    assert len(parsed_networks(typed)) == NETWORKS_LIMIT


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("::ffff:192.0.2.9", True),
        ("::ffff:192.0.3.9", False),
        ("::192.0.2.9", False),  # RFC 4291 §2.5.5.1: another kind, and no IPv4 host
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("fe80::1%eth0", True),
        ("", False),
        ("localhost", False),
        ("192.0.2.9:993", False),
    ],
)
def test_who_is_inside(address: str, inside: bool) -> None:
    networks = parsed_networks(["192.0.2.0/24", "2001:db8::/32", "fe80::/10"])
    assert admits(networks, address) is inside
    assert admits((), address)


V4 = st.builds(
    lambda number, bits: IPv4Network((number, bits), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
)
V6 = st.builds(
    lambda number, bits: IPv6Network((number, bits), strict=False),
    st.integers(0, 2**128 - 1),
    st.integers(1, 128),
)


@given(st.one_of(V4, V6))
def test_there_and_back(network: IPv4Network | IPv6Network) -> None:
    parsed = parsed_networks([str(network)])
    assert stored_networks([str(one) for one in parsed]) == parsed
    assert admits(parsed, str(network.network_address))
    assert admits(parsed, str(network.broadcast_address))


@given(V4, st.integers(0, 2**32 - 1))
def test_a_mapped_address_is_the_address(network: IPv4Network, number: int) -> None:
    address = IPv4Address(number)
    mapped = str(IPv6Address(0xFFFF << 32 | number))
    assert admits((network,), mapped) is admits((network,), str(address)) is (address in network)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_taken_or_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        parsed_networks([text])
    assert admits(parsed_networks(["192.0.2.0/24"]), text) in (True, False)
