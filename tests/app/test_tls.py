"""Both doors take and refuse the same offers, whichever OpenSSL stands behind each (app/tls.py)."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from proxyd.app.certificate import Certificate

REFUSED = "refused"
TURNS = 6  # a handshake of TLS 1.2 with an answer to what is said behind it


@dataclass(frozen=True)
class Offer:
    """What a client brings, at security level 0: it would agree to anything."""

    ciphers: str = "ALL:COMPLEMENTOFALL"
    oldest: int = SSL.TLS1_VERSION
    newest: int = SSL.TLS1_3_VERSION
    name: bytes = b"localhost"


def only(version: int, ciphers: str = "ALL:COMPLEMENTOFALL") -> Offer:
    return Offer(ciphers, version, version)


def suite(name: str) -> Offer:
    return only(SSL.TLS1_2_VERSION, name)


# offer, what comes of it with an RSA key, and with an ECDSA key
OFFERS = {
    "TLS 1.0": (only(SSL.TLS1_VERSION), REFUSED, REFUSED),
    "TLS 1.1": (only(SSL.TLS1_1_VERSION), REFUSED, REFUSED),
    "TLS 1.0 and 1.1": (
        Offer(oldest=SSL.TLS1_VERSION, newest=SSL.TLS1_1_VERSION),
        REFUSED,
        REFUSED,
    ),
    "TLS 1.2": (
        only(SSL.TLS1_2_VERSION),
        "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
        "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384",
    ),
    "TLS 1.3": (
        only(SSL.TLS1_3_VERSION),
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
    ),
    "everything": (
        Offer(),
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
    ),
    "no name": (
        Offer(name=b""),
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
    ),
    "another name": (
        Offer(name=b"elsewhere.example"),
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "TLSv1.3 TLS_AES_256_GCM_SHA384",
    ),
    "the server's order": (
        suite("ECDHE+AES128:ECDHE+AESGCM"),
        "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
        "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384",
    ),
    "ChaCha20": (
        suite("ECDHE+CHACHA20"),
        "TLSv1.2 ECDHE-RSA-CHACHA20-POLY1305",
        "TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305",
    ),
    "CBC with SHA-2": (
        suite("ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"),
        "TLSv1.2 ECDHE-RSA-AES128-SHA256",
        "TLSv1.2 ECDHE-ECDSA-AES128-SHA256",
    ),
    "CBC with SHA-1": (
        suite("ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-SHA"),
        REFUSED,
        REFUSED,
    ),
    "RSA key exchange": (suite("kRSA"), REFUSED, REFUSED),
    "finite fields": (suite("DHE"), REFUSED, REFUSED),
    "CCM": (suite("AESCCM"), REFUSED, REFUSED),
    "Camellia and ARIA": (suite("CAMELLIA:ARIA"), REFUSED, REFUSED),
    "anonymous": (suite("aNULL"), REFUSED, REFUSED),
    "nothing encrypted": (suite("eNULL"), REFUSED, REFUSED),
}


# ------------------------------------------------------------------ the two libraries as one


class Server(Protocol):
    """A door's end of a connection that has no socket."""

    def hear(self, octets: bytes) -> bytes:
        """Take what the client said; returns the answer."""


class Imap:
    def __init__(self, certificate: Certificate) -> None:
        self._end = certificate.serverConnectionForTLS(None)
        self._end.set_accept_state()

    def hear(self, octets: bytes) -> bytes:
        if octets:
            self._end.bio_write(octets)
        with suppress(SSL.Error):
            self._end.recv(1)
        with suppress(SSL.WantReadError):
            return bytes(self._end.bio_read(65_536))
        return b""


class Smtp:
    def __init__(self, certificate: Certificate) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._end = certificate.smtp.wrap_bio(self._in, self._out, server_side=True)

    def hear(self, octets: bytes) -> bytes:
        self._in.write(octets)
        with suppress(ssl.SSLError):
            self._end.read(1)
        return self._out.read()


DOORS: dict[str, Callable[[Certificate], Server]] = {"imap": Imap, "smtp": Smtp}


class Client:
    """Anybody's: it looks at no certificate and minds no weakness."""

    def __init__(self, offer: Offer) -> None:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(offer.oldest)
        context.set_max_proto_version(offer.newest)
        context.set_cipher_list(f"{offer.ciphers}:@SECLEVEL=0".encode())
        self._end = SSL.Connection(context, None)
        self._end.set_connect_state()
        if offer.name:
            self._end.set_tlsext_host_name(offer.name)
        self._done = False

    def shake_hands(self, server: Server) -> str:
        """Version and suite, or REFUSED."""
        self.talk(server, self._end.do_handshake)
        if not self._done:
            return REFUSED
        return f"{self._end.get_protocol_version_name()} {self._end.get_cipher_name()}"

    def talk(self, server: Server, step: Callable[[], object]) -> None:
        for _ in range(TURNS):
            with suppress(SSL.Error):
                step()
                self._done = True
            octets = b""
            with suppress(SSL.WantReadError):
                octets = self._end.bio_read(65_536)
            if answer := server.hear(octets):
                self._end.bio_write(answer)

    def shake_hands_again(self, server: Server) -> bool:
        """Was it done?"""
        assert self._end.renegotiate()
        self._done = False
        self.talk(server, self._end.do_handshake)
        return self._done


class Returning:
    """A client that would go on with its last session (RFC 5077, RFC 8446 §2.2)."""

    def __init__(self, version: ssl.TLSVersion) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        self._context.minimum_version = self._context.maximum_version = version
        self._session: ssl.SSLSession | None = None

    def came_back(self, server: Server) -> bool:
        """Did the server know it?"""
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        end = self._context.wrap_bio(to_client, to_server, session=self._session)
        for _ in range(TURNS):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
                end.read(1)  # tickets come behind the handshake
            to_client.write(server.hear(to_server.read()))
        assert end.version()
        self._session = end.session
        return bool(end.session_reused)


# ------------------------------------------------------------------ certificates


def served(directory: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    files = directory / "server.pem", directory / "server.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificate(*files)


@pytest.fixture(scope="module")
def with_rsa(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return served(tmp_path_factory.mktemp("rsa"), key)


@pytest.fixture(scope="module")
def with_ecdsa(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return served(tmp_path_factory.mktemp("ecdsa"), ec.generate_private_key(ec.SECP256R1()))


# ------------------------------------------------------------------ the table


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("offer", OFFERS)
def test_what_comes_of_an_offer(
    door: str, offer: str, with_rsa: Certificate, with_ecdsa: Certificate
) -> None:
    brought, *expected = OFFERS[offer]
    found = [Client(brought).shake_hands(DOORS[door](by)) for by in (with_rsa, with_ecdsa)]
    assert found == expected


@pytest.mark.parametrize("door", DOORS)
def test_nobody_negotiates_again(door: str, with_ecdsa: Certificate) -> None:
    server = DOORS[door](with_ecdsa)
    client = Client(only(SSL.TLS1_2_VERSION))
    assert client.shake_hands(server) != REFUSED
    assert not client.shake_hands_again(server)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_goes_on(door: str, version: ssl.TLSVersion, with_ecdsa: Certificate) -> None:
    client = Returning(version)
    assert not client.came_back(DOORS[door](with_ecdsa))
    assert not client.came_back(DOORS[door](with_ecdsa))
