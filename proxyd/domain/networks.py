"""The networks that a person may come from: as typed, as stored, and whether an address is in them.

Pure. An IPv4 address that came in through an IPv6 socket (``::ffff:192.0.2.1``, RFC 4291 §2.5.5.2)
is the IPv4 address, in what is typed and in who comes. No networks at all means from anywhere; an
address that can't be read is in none.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)

from proxyd.domain.errors import BadInput, Gathering

Network = IPv4Network | IPv6Network

# An office, its branches and some homes. Each sign-in looks at all of them.
NETWORKS_LIMIT = 32

# The longest that is an address with a prefix; more is not even looked at (nor repeated).
_TEXT_LIMIT = 64

# The prefix of ::ffff:0:0/96, before which an IPv4 prefix stands.
_MAPPED_BITS = 96


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """A peer's address as the door has it; None for what is none."""
    try:
        found = ip_address(text.partition("%")[0])  # RFC 4007 §11: the zone is this machine's
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def admits(networks: Sequence[Network], address: str) -> bool:
    """Whether ``address``, the peer's as the door has it, is in one of ``networks``."""
    if not networks:
        return True
    found = address_of(address)
    return found is not None and any(found in one for one in networks)


def parsed_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """What an admin typed, in that order. Raises BadInput, or Mistakes for several."""
    if len(texts) > NETWORKS_LIMIT:
        raise BadInput(
            "networks", f"{len(texts)} are given", f"write at most {NETWORKS_LIMIT}, wider ones"
        )
    gathering = Gathering()
    found: list[Network] = []
    for text in texts:
        try:
            network = _network(text)
        except BadInput as error:
            gathering.found.append(error)
            continue
        around = next((one for one in found if _overlap(one, network)), None)
        if around is not None:
            gathering.found.append(_twice(around, network))
        found.append(network)
    gathering.done()
    return tuple(found)


def stored_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """What ``str`` made of each; they were looked at when they were typed."""
    return tuple(ip_network(text) for text in texts)


def _network(text: str) -> Network:
    """Raises BadInput."""
    example = "write addresses or networks such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"
    text = text.strip()
    if len(text) > _TEXT_LIMIT:
        raise BadInput("network", f"one has {len(text)} characters", example)
    try:
        typed = ip_interface(text)
    except ValueError:
        raise BadInput("network", f"{text!r} is not one", example) from None
    if "%" in text:
        raise BadInput("network", f"{text!r} names an interface", "leave out the % and after it")
    whole, alone = _unmapped(typed.network), _unmapped(ip_network(typed.ip))
    if typed.ip != typed.network.network_address:
        problem = f"{text!r} has an address in it that is no network's first"
        raise BadInput(
            "network", problem, f"write {whole} for all of it, or {alone.network_address}"
        )
    if whole.prefixlen == 0:
        raise BadInput("network", f"{text!r} is every address there is", "write --anywhere")
    return whole


def _unmapped(network: Network) -> Network:
    address = network.network_address
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return IPv4Network((IPv4Address(mapped), network.prefixlen - _MAPPED_BITS))


def _overlap(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.overlaps(other)
    return isinstance(other, IPv6Network) and one.overlaps(other)


def _twice(one: Network, other: Network) -> BadInput:
    if one == other:
        return BadInput("networks", f"{one} is given twice", "give it once")
    wide, narrow = sorted((one, other), key=lambda network: network.prefixlen)
    return BadInput("networks", f"{narrow} lies in {wide}", "give one of them")
