"""A device that keeps passkeys, in software (WebAuthn level 3), as a browser hands its answers on.

It does what it is told, also what no honest one would: tests change one thing at a time.
"""

from __future__ import annotations

import hashlib
import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40  # WebAuthn §6.1


def b64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


@dataclass
class Authenticator:
    """One passkey. ``counting``: it has a counter of signatures; synced ones have none."""

    origin: str = "https://console.example.test"
    credential: bytes = b"credential-number-one"
    flags: int = UP | UV
    counter: int = 0
    counting: bool = True
    algorithm: int = -7  # as it says; the key is always one for ES256
    cross_origin: bool = False
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    rp_id: str = ""  # "": what it is asked for
    handle: bytes | None = None  # as it was told at making it

    def make(self, options: str, **changes: object) -> str:
        """What ``create()`` resolves to, as JSON. ``changes``: of the client data."""
        asked = json.loads(options)
        self.handle = unb64(asked["user"]["id"])
        self.rp_id = self.rp_id or asked["rp"]["id"]
        attested = b"\0" * 16 + struct.pack(">H", len(self.credential)) + self.credential
        data = self._data(AT) + attested + cbor2.dumps(self._public())
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        client = self._client("webauthn.create", asked["challenge"], changes)
        return self._credential(
            {"clientDataJSON": b64(client), "attestationObject": b64(cbor2.dumps(statement))}
        )

    def sign(self, options: str, *, named: bool = True, **changes: object) -> str:
        """What ``get()`` resolves to. ``named``: with the person's handle."""
        asked = json.loads(options)
        self.rp_id = self.rp_id or asked["rpId"]
        client = self._client("webauthn.get", asked["challenge"], changes)
        data = self._data(0)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(self._signature(signed)),
        }
        if named and self.handle is not None:
            response["userHandle"] = b64(self.handle)
        return self._credential(response)

    def _client(self, kind: str, challenge: str, changes: dict[str, object]) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin}
        told |= {"crossOrigin": self.cross_origin, **changes}
        return json.dumps(told).encode("utf-8")

    def _data(self, flags: int) -> bytes:
        if self.counting:
            self.counter += 1
        site = hashlib.sha256(self.rp_id.encode("ascii")).digest()
        return site + struct.pack(">BI", self.flags | flags, self.counter)

    def _signature(self, octets: bytes) -> bytes:
        return self.key.sign(octets, ec.ECDSA(hashes.SHA256()))

    def _public(self) -> dict[int, object]:
        """COSE_Key, RFC 9053 §7.1.1."""
        point = self.key.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (point.x, point.y))
        return {1: 2, 3: self.algorithm, -1: 1, -2: x, -3: y}

    def _credential(self, response: dict[str, str]) -> str:
        id_ = b64(self.credential)
        told = {"id": id_, "rawId": id_, "type": "public-key", "response": response}
        return json.dumps(told | {"clientExtensionResults": {}})
