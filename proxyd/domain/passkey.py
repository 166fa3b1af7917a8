"""Passkeys (WebAuthn level 3): names, limits, where they count, and what their counter tells. Pure.

A passkey is a key pair that a device keeps, for one person and one address of the console. It
shows two things at once: the device is there, and the person was recognised by it (a finger, a
face, a PIN), which is demanded. So it stands for the password and the second factor. What is kept
of it here is no secret: the public half.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from proxyd.domain.app_passwords import LastUse

MOST: Final = 20  # of one person: more devices than anybody signs in from

CHALLENGE_OCTETS: Final = 32  # WebAuthn §13.4.3: at least 16
HANDLE_OCTETS: Final = 32  # WebAuthn §14.6.1 recommends 64 random ones; 32 are no fewer guesses
CREDENTIAL_ID_MOST: Final = 1023  # octets: WebAuthn §4 "Credential ID"
# What a browser answers: some 1 KiB, with an RSA key 2. A form's limit is above it.
RESPONSE_MOST: Final = 16_384

# From the question to the answer: a phone has to be found, and its PIN remembered.
ANSWER_S: Final = 300


class PasskeyFault(StrEnum):
    """Why an answer was not taken, as a word of the access log."""

    TOO_LONG = "too-long"
    MALFORMED = "malformed"
    CHALLENGE = "challenge"  # not asked here, not of this browser, answered already, or too old
    ORIGIN = "origin"  # given to another address, or within somebody else's page
    SITE = "site"  # of a passkey for another site
    UNVERIFIED = "not-verified"  # the device did not look who is there
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    UNKNOWN = "unknown"  # no such passkey (any more)
    OWNER = "owner"  # somebody else's
    COUNTER = "counter"  # it went back: a copy of the key may be at work


@dataclass(frozen=True, slots=True)
class Passkey:
    """``id`` is never given twice. ``synced``: as the device says, its maker keeps a copy for the
    person's other devices.
    """

    id: int
    account_id: int
    name: str  # of the device, as the person calls it
    created_us: int
    synced: bool = False
    last_use: LastUse | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """The console as browsers know it. ``rp_id``: the name that passkeys are bound to for good;
    ``origin``: the only place from which answers are taken.
    """

    rp_id: str
    origin: str


def site_of(public_url: str) -> Site | None:
    """None where browsers make no passkeys: without TLS (but for localhost), or by an IP address.

    Raises ValueError for what is no address at all.
    """
    parts = urlsplit(public_url)
    host, port = (parts.hostname or "").rstrip("."), parts.port
    if not host or parts.scheme not in _PORTS or _is_ip(host):
        return None
    if parts.scheme == "http" and host != "localhost" and not host.endswith(".localhost"):
        return None
    name = host.encode("idna").decode("ascii") if not host.isascii() else host
    shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return Site(name, f"{parts.scheme}://{name}{shown}")


def went_back(kept: int, told: int) -> bool:
    """Whether a counter of signatures did not go on: the key may have been copied (WebAuthn
    §6.1.1). Passkeys that are kept on several devices don't count: they say 0 for ever.
    """
    return (kept > 0 or told > 0) and told <= kept


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


_PORTS: Final = {"https": 443, "http": 80}
