"""Each way in which a provider's server can't be used has a cause and a remedy of its own, the same
for IMAP and SMTP.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from proxyd.commands.diagnosis import option_of, sentence, urls_of
from proxyd.demo.certificate import authority_extensions
from proxyd.domain.probe import ProbeFault
from proxyd.domain.types import Server
from proxyd.upstream import way
from proxyd.upstream.way import IMAP, SMTP, Protocol, ProviderWay, WayBlocked

BOTH = pytest.mark.parametrize("protocol", [IMAP, SMTP], ids=["imap", "smtp"])
PATIENCE_S = 1.0
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Authority:
    directory: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name
    ca: Path

    def signed(
        self, host: str, begins: datetime.datetime, ends: datetime.datetime, whole: bool = True
    ) -> Path:
        """A PEM file with key and certificate. Not ``whole``: of the form of old."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternative: x509.GeneralName = x509.DNSName(host)
        with contextlib.suppress(ValueError):
            alternative = x509.IPAddress(ipaddress.ip_address(host))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        # RFC 5280 §4.2.1.1: Python 3.13 trusts no certificate that does not name its issuer's key.
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        names = x509.SubjectAlternativeName([alternative])
        made = _built(subject, self.name, key, begins, ends).add_extension(names, critical=False)
        if whole:
            made = made.add_extension(issuer, critical=False)
        pem = made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)
        file = self.directory / f"{host}-{ends:%Y}.pem"
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(key.private_bytes(*form) + pem)
        return file


def _built(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime.datetime,
    ends: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    directory = tmp_path_factory.mktemp("authority")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Our own authority")])
    made = _built(name, name, key, NOW - 999 * DAY, NOW + 99 * DAY)
    for extension, critical in authority_extensions(key):
        made = made.add_extension(extension, critical)
    ca = directory / "ca.pem"
    ca.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return Authority(directory, key, name, ca)


@pytest.fixture
def good(authority: Authority) -> Path:
    return authority.signed("127.0.0.1", NOW - DAY, NOW + DAY)


Talk = Callable[[socket.socket], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Talk], int]]:
    """Lets a function talk to each who connects; returns the port."""
    listeners: list[socket.socket] = []

    def begin(talk: Talk) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                line.settimeout(5)
                threading.Thread(target=one, args=(line,), daemon=True).start()

        def one(line: socket.socket) -> None:
            with contextlib.suppress(OSError), line:
                talk(line)

        threading.Thread(target=accept, daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    yield begin
    for listener in listeners:
        listener.close()


def greeting(protocol: Protocol) -> bytes:
    return b"* OK hello\r\n" if protocol is IMAP else b"220 hello\r\n"


def plain(protocol: Protocol, offers: bytes = b"STARTTLS", pem: Path | None = None) -> Talk:
    """Greets, says what it offers, and begins TLS where it has a certificate."""

    def talk(line: socket.socket) -> None:
        line.sendall(greeting(protocol))
        line.recv(1000)
        if protocol is IMAP:
            line.sendall(b"* CAPABILITY IMAP4rev1 %b\r\na OK\r\n" % offers)
        else:
            line.sendall(b"250-hello\r\n250 %b\r\n" % offers)
        line.recv(1000)
        line.sendall(b"b OK\r\n" if protocol is IMAP else b"220 go\r\n")
        if pem is not None:
            covered(protocol, pem, greets=False)(line)

    return talk


def covered(protocol: Protocol, pem: Path, *, greets: bool = True) -> Talk:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def talk(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as tls:
            if greets:
                tls.sendall(greeting(protocol))
            tls.recv(1000)

    return talk


def silent(line: socket.socket) -> None:
    line.recv(1000)
    threading.Event().wait(5)


def diagnosed(server: Server, protocol: Protocol, mailbox: str, patience_s: float) -> str:
    """ "" where the way is free up to signing in."""
    one = ProviderWay(server, protocol, patience_s)
    try:
        one.find()
        one.secure()
    except WayBlocked as blocked:
        return sentence(blocked.fault, blocked.facts, server, protocol, mailbox)
    return ""


def said(
    protocol: Protocol, port: int, security: str, ca: Path | None = None, host: str = "127.0.0.1"
) -> str:
    server = Server(host, port, security, "user", str(ca) if ca else None)
    return diagnosed(server, protocol, "our box", PATIENCE_S)


@BOTH
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_nothing_is_wrong(protocol, security, serve, good, authority):
    talk = covered(protocol, good) if security == "tls" else plain(protocol, pem=good)
    assert said(protocol, serve(talk), security, authority.ca) == ""


@BOTH
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_private_authority(protocol, security, serve, good):
    talk = covered(protocol, good) if security == "tls" else plain(protocol, pem=good)
    sentence = said(protocol, serve(talk), security)
    assert "signed by an authority that this machine does not know (CN=Our own auth" in sentence
    assert sentence.endswith("proxyd mailbox set 'our box' --ca-file FILE")


@BOTH
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_expired_certificate(protocol, security, serve, authority):
    pem = authority.signed("127.0.0.1", NOW - 700 * DAY, NOW - 365 * DAY)
    talk = covered(protocol, pem) if security == "tls" else plain(protocol, pem=pem)
    sentence = said(protocol, serve(talk), security, authority.ca)
    assert f"has expired on {NOW - 365 * DAY:%Y-%m-%d}" in sentence and "must renew it" in sentence


@BOTH
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_another_name(protocol, security, serve, authority):
    pem = authority.signed("mail.example.test", NOW - DAY, NOW + DAY)
    talk = covered(protocol, pem) if security == "tls" else plain(protocol, pem=pem)
    sentence = said(protocol, serve(talk), security, authority.ca)
    assert "is not for that name but for mail.example.test" in sentence


@BOTH
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_the_form_of_old(protocol, security, serve, authority, monkeypatch):
    """Python refuses it by itself from 3.13 on; here any version does."""
    asked = ssl.create_default_context

    def strict(**named):
        context = asked(**named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    pem = authority.signed("127.0.0.1", NOW - DAY, NOW + DAY, whole=False)
    talk = covered(protocol, pem) if security == "tls" else plain(protocol, pem=pem)
    sentence = said(protocol, serve(talk), security, authority.ca)
    assert "asks for (Missing Authority Key Identifier)" in sentence
    heading = sentence.partition('"')[2].partition('"')[0]
    page = Path(__file__).parents[2] / "docs" / "operations.md"
    assert f"\n## {heading}\n" in page.read_text("utf-8")


@BOTH
def test_tls_on_a_port_without(protocol, serve):
    sentence = said(protocol, serve(plain(protocol)), "tls")
    assert "begins without TLS, which is STARTTLS" in sentence
    assert (
        f"{option_of(protocol)} {urls_of(protocol, '')[1].partition(':')[0]}://USER@127" in sentence
    )


@BOTH
def test_starttls_on_a_port_with_tls(protocol, serve, good):
    sentence = said(protocol, serve(covered(protocol, good)), "starttls")
    assert "speaks TLS from the start, not STARTTLS" in sentence
    assert (
        f"{option_of(protocol)} {urls_of(protocol, '')[0].partition(':')[0]}://USER@127" in sentence
    )


@BOTH
def test_who_waits_for_our_tls_is_found_out_early(protocol, serve, good, monkeypatch):
    monkeypatch.setattr(way, "GREETS_S", 0.2)
    server = Server("127.0.0.1", serve(covered(protocol, good)), "starttls", "user", None)
    assert "speaks TLS from the start" in diagnosed(server, protocol, "our box", 10 * PATIENCE_S)


@BOTH
def test_no_starttls(protocol, serve):
    sentence = said(protocol, serve(plain(protocol, offers=b"ID")), "starttls")
    assert "offers no STARTTLS, and without TLS no password is sent" in sentence


@BOTH
@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_one_who_says_nothing(protocol, security, serve):
    sentence = said(protocol, serve(silent), security)
    assert "takes the connection and says nothing" in sentence and "usual are" in sentence


@BOTH
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_one_who_hangs_up(protocol, security, serve):
    sentence = said(protocol, serve(lambda line: None), security)
    assert "closes the connection" in sentence or "can't agree with us on TLS" in sentence


@BOTH
def test_the_other_protocol(protocol, serve):
    other = SMTP if protocol is IMAP else IMAP
    sentence = said(protocol, serve(plain(other)), "starttls")
    assert f"is no {protocol.name} server: it says" in sentence


@BOTH
def test_nobody_there(protocol, serve):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    assert "refuses the connection: nothing listens on that port" in said(protocol, port, "tls")


@BOTH
def test_a_name_that_nobody_knows(protocol, monkeypatch):
    def unknown(*_args, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    sentence = said(protocol, 993, "tls", host="imap.exmaple.test")
    assert "there is no machine named imap.exmaple.test: check the spelling" in sentence
    assert "'our box'" in sentence


@BOTH
def test_no_dns(protocol, monkeypatch):
    def silent_dns(*_args, **_more):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", silent_dns)
    assert "no DNS server answers" in said(protocol, 993, "tls", host="imap.example.test")


@BOTH
def test_a_file_of_authorities_that_is_gone(protocol, serve, good, tmp_path):
    sentence = said(protocol, serve(covered(protocol, good)), "tls", tmp_path / "gone.pem")
    assert "gone.pem can't be used" in sentence and "--ca-file" in sentence


@BOTH
@pytest.mark.parametrize("fault", ProbeFault)
def test_each_fault_has_a_sentence_that_names_the_place_or_the_words(protocol, fault):
    server = Server("mail.example.test", 993, "tls", "user", None)
    facts = {"said": "its own words", "day": "2026-01-01"}
    told = sentence(fault, facts, server, protocol, "our box")
    assert "mail.example.test" in told or "its own words" in told
    assert ("--smtp-user" in told) == (fault is ProbeFault.PASSWORD and protocol is SMTP)
