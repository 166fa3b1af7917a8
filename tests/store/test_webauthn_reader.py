"""What browsers answer, as it is read (store/webauthn_reader.py): right, or PasskeyRefused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import struct

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import PasskeyRefused
from proxyd.domain.passkey import Site
from proxyd.domain.types import Account, Role
from proxyd.store.webauthn_reader import WebauthnReader
from tests.servers.authenticator import Authenticator, b64, unb64

SITE = Site("console.example.test", "https://console.example.test")
ANNA = Account(1, "anna", "Anna", Role.STAFF, False, {})
CHALLENGE = b"c" * 32
READER = WebauthnReader()
NEW = READER.ask_new(SITE, ANNA, b"h" * 32, CHALLENGE, ())
KNOWN = READER.ask_known(SITE, CHALLENGE, ())


class Ed25519(Authenticator):
    """RFC 9053 §2.2 and §7.2."""

    def __init__(self) -> None:
        super().__init__(algorithm=-8)
        self.key = ed25519.Ed25519PrivateKey.generate()

    def _public(self):
        return {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()}

    def _signature(self, octets):
        return self.key.sign(octets)


class Rsa(Authenticator):
    """RFC 8230 §4; as Windows makes them."""

    def __init__(self) -> None:
        super().__init__(algorithm=-257)
        self.key = rsa.generate_private_key(65537, 2048)

    def _public(self):
        numbers = self.key.public_key().public_numbers()
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(256, "big"), -2: b"\x01\x00\x01"}

    def _signature(self, octets):
        return self.key.sign(octets, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("kind", [Authenticator, Ed25519, Rsa])
def test_each_algorithm_that_is_asked_for(kind):
    device = kind()
    made = READER.new(device.make(NEW), SITE, CHALLENGE)
    assert (made.credential, made.counter, made.synced) == (device.credential, 1, False)
    answer = device.sign(KNOWN)
    assert READER.claimed(answer).handle == b"h" * 32
    assert READER.known(answer, SITE, CHALLENGE, made.public_key) == 2
    for key in (Authenticator(), Ed25519()):
        other = READER.new(key.make(NEW), SITE, CHALLENGE)
        with pytest.raises(PasskeyRefused, match="signature"):
            READER.known(answer, SITE, CHALLENGE, other.public_key)


def attested(format_, statement, **changes):
    """An answer with another attestation than none."""
    device = Authenticator(**changes)
    told = json.loads(device.make(NEW))
    found = cbor2.loads(unb64(told["response"]["attestationObject"]))
    client = hashlib.sha256(unb64(told["response"]["clientDataJSON"])).digest()
    signature = device._signature(found["authData"] + client)
    found |= {"fmt": format_, "attStmt": {**statement, "sig": signature}}
    told["response"]["attestationObject"] = b64(cbor2.dumps(found))
    return json.dumps(told)


def test_a_device_may_vouch_for_itself_and_no_maker_does():
    assert READER.new(attested("packed", {"alg": -7}), SITE, CHALLENGE)
    for format_, statement in (
        ("packed", {"alg": -7, "x5c": [b"certificate"]}),
        ("tpm", {"ver": "2.0", "alg": -7, "x5c": [b"certificate"]}),
        ("fido-u2f", {"x5c": [b"certificate"]}),
        ("android-safetynet", {"ver": "1", "response": b"x"}),
        ("unheard-of", {}),
    ):
        with pytest.raises(PasskeyRefused, match="malformed"):
            READER.new(attested(format_, statement), SITE, CHALLENGE)


def test_a_key_that_verifies_nothing_is_not_kept():
    class Nowhere(Authenticator):
        def _public(self):  # not on the curve
            return super()._public() | {-2: b"\x01" * 32}

    class Short(Authenticator):
        def _public(self):
            return 4

    for device in (Nowhere(), Short()):
        with pytest.raises(PasskeyRefused):
            READER.new(device.make(NEW), SITE, CHALLENGE)


DEVICE = Authenticator()
MADE = DEVICE.make(NEW)
KEPT = READER.new(MADE, SITE, CHALLENGE)
SIGNED = DEVICE.sign(KNOWN)
READS = (
    READER.challenge,
    READER.claimed,
    lambda text: READER.new(text, SITE, CHALLENGE),
    lambda text: READER.known(text, SITE, CHALLENGE, KEPT.public_key),
)


def read(text):
    """Whatever it is, it is taken or refused."""
    for one in READS:
        with contextlib.suppress(PasskeyRefused):
            one(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")


@given(st.text() | JSON.map(json.dumps))
def test_anything(text):
    read(text)


@given(st.sampled_from([MADE, SIGNED]), st.sampled_from((*PARTS, "id", "rawId", "type")), JSON)
def test_any_value_in_any_place(answer, part, value):
    told = json.loads(answer)
    (told["response"] if part in PARTS else told)[part] = value
    read(json.dumps(told))


@given(
    st.sampled_from([(MADE, part) for part in PARTS[:2]] + [(SIGNED, part) for part in PARTS[2:]]),
    st.data(),
)
def test_any_octet_changed_cut_or_added(place, data):
    answer, part = place
    told = json.loads(answer)
    octets = bytearray(unb64(told["response"][part]))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    told["response"][part] = b64(bytes(octets))
    read(json.dumps(told))


@given(st.binary(max_size=200))
def test_any_key_in_a_credential(octets):
    told = json.loads(MADE)
    found = cbor2.loads(unb64(told["response"]["attestationObject"]))
    start = 37 + 16 + 2 + len(DEVICE.credential)
    found["authData"] = found["authData"][:start] + octets
    told["response"]["attestationObject"] = b64(cbor2.dumps(found))
    read(json.dumps(told))


@pytest.mark.parametrize("length", [0, 1, 0xFFFF])
def test_a_length_that_lies(length):
    told = json.loads(MADE)
    found = cbor2.loads(unb64(told["response"]["attestationObject"]))
    data = bytearray(found["authData"])
    data[53:55] = struct.pack(">H", length)
    found["authData"] = bytes(data)
    told["response"]["attestationObject"] = b64(cbor2.dumps(found))
    with pytest.raises(PasskeyRefused):
        READER.new(json.dumps(told), SITE, CHALLENGE)
