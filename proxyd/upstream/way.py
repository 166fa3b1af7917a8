"""The way to a provider's server, step by step, up to where one would sign in: what ends it, and
where.

With the standard library alone, so that each cause is told apart. Never signs in, and never sends
a password. Blocks: call it off the event loop.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from proxyd.domain.probe import ProbeFault
from proxyd.domain.types import Server

PATIENCE_S = 10.0  # for each step; a provider slower than this is no use to anybody
# A server that speaks first has greeted by then; one that is silent may be waiting for our TLS.
GREETS_S = 2.0
LINE_OCTETS = 2000
_SHOWN = 80

# https://docs.openssl.org/master/man1/openssl-verification-options/, "Diagnostics"
_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN = {2, 18, 19, 20, 21}
_WRONG_NAME = {62, 64}
_OTHER_FORM = range(80, 95)  # than RFC 5280's, for which Python asks from 3.13 on


@dataclass(frozen=True, slots=True)
class Protocol:
    name: str
    greeting: tuple[bytes, ...]
    ask: bytes  # what it offers
    end: Callable[[bytes], bool]  # of that answer
    starttls: bytes


IMAP = Protocol(
    "IMAP",
    (b"* OK", b"* PREAUTH", b"* BYE"),
    b"a CAPABILITY\r\n",
    lambda line: line.startswith(b"a "),
    b"b STARTTLS\r\n",
)
SMTP = Protocol(
    "SMTP",
    (b"220", b"421", b"554"),
    b"EHLO [127.0.0.1]\r\n",
    lambda line: line[3:4] != b"-",
    b"STARTTLS\r\n",
)


class WayBlocked(Exception):
    """``facts``: what a sentence about it may name; ``said`` among them is the server's own."""

    def __init__(self, fault: ProbeFault, **facts: str) -> None:
        super().__init__(fault, facts)
        self.fault = fault
        self.facts = facts


class ProviderWay:
    def __init__(self, server: Server, protocol: Protocol, patience_s: float = PATIENCE_S) -> None:
        self._server = server
        self._protocol = protocol
        self._patience_s = patience_s

    def find(self) -> None:
        """Up to an open connection. Raises WayBlocked."""
        try:
            socket.getaddrinfo(self._server.host, self._server.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                raise WayBlocked(ProbeFault.NO_DNS) from None
            raise WayBlocked(ProbeFault.NO_SUCH_NAME) from None
        self._connected().close()

    def secure(self) -> str:
        """Up to where one may sign in; which TLS ("" for none). Raises WayBlocked."""
        try:
            return self._secured()
        except OSError as error:
            raise WayBlocked(ProbeFault.UNREACHABLE, said=error.strerror or str(error)) from None

    def _secured(self) -> str:
        with self._connected() as line:
            if self._server.security == "tls":
                with self._covered(line) as covered:
                    self._greeted(covered)
                    return covered.version() or ""
            self._greeted(line)
            if self._server.security == "starttls":
                self._start_tls(line)
                with self._covered(line) as covered:
                    return covered.version() or ""
        return ""

    # ------------------------------------------------------------------ steps

    def _connected(self) -> socket.socket:
        place = (self._server.host, self._server.port)
        try:
            return socket.create_connection(place, self._patience_s)
        except ConnectionRefusedError:
            raise WayBlocked(ProbeFault.NOBODY_LISTENS) from None
        except TimeoutError:
            raise WayBlocked(ProbeFault.NO_ANSWER) from None
        except OSError as error:
            raise WayBlocked(ProbeFault.UNREACHABLE, said=error.strerror or str(error)) from None

    def _covered(self, line: socket.socket) -> ssl.SSLSocket:
        try:
            context = _context(self._server)
            return context.wrap_socket(line, server_hostname=self._server.host)
        except ssl.SSLCertVerificationError as error:
            raise self._distrusted(error) from None
        except TimeoutError:
            raise WayBlocked(ProbeFault.SILENT) from None
        except (ssl.SSLError, ConnectionError) as error:
            raise self._no_tls(error) from None

    def _greeted(self, line: socket.socket) -> None:
        """Raises WayBlocked where it says nothing, or what no such server says."""
        try:
            if not isinstance(line, ssl.SSLSocket) and not self._begins(line):
                self._check_for_tls()
            said = _line(line)
        except TimeoutError:
            raise WayBlocked(ProbeFault.SILENT) from None
        except ConnectionError:
            said = b""
        if not said:
            raise WayBlocked(ProbeFault.HANGS_UP)
        if not said.startswith(self._protocol.greeting):
            raise WayBlocked(ProbeFault.OTHER_PROTOCOL, said=_shown(said))

    def _begins(self, line: socket.socket) -> bool:
        """Whether it says something in clear, or hangs up, within a moment."""
        return bool(select.select([line], [], [], min(GREETS_S, self._patience_s))[0])

    def _start_tls(self, line: socket.socket) -> None:
        offers = self._asked(line, self._protocol.ask)
        if b"STARTTLS" not in offers.upper():
            raise WayBlocked(ProbeFault.NO_STARTTLS)
        answer = self._asked(line, self._protocol.starttls)
        if not answer.startswith((b"b OK", b"220")):
            raise WayBlocked(ProbeFault.STARTTLS_REFUSED, said=_shown(answer))

    def _asked(self, line: socket.socket, command: bytes) -> bytes:
        """The whole answer."""
        answer = b""
        try:
            line.sendall(command)
            while said := _line(line):
                answer += said
                tagged = said.startswith((b"a ", b"b "))
                if tagged or (self._protocol is SMTP and self._protocol.end(said)):
                    return answer
        except TimeoutError:
            raise WayBlocked(ProbeFault.SILENT) from None
        except ConnectionError:
            pass
        raise WayBlocked(ProbeFault.STARTTLS_HANGS_UP)

    # ------------------------------------------------------------------ what else it may be

    def _check_for_tls(self) -> None:
        """Raises WayBlocked where it waits for our first word, which is how TLS begins."""
        if self._speaks_tls():
            raise WayBlocked(ProbeFault.TLS_FROM_START)

    def _speaks_tls(self) -> bool:
        try:
            with self._connected() as line:
                _blind_context().wrap_socket(line, server_hostname=self._server.host).close()
        except (OSError, WayBlocked):
            return False
        return True

    def _no_tls(self, error: OSError) -> WayBlocked:
        if self._server.security == "tls" and self._speaks_plain():
            return WayBlocked(ProbeFault.STARTTLS_FIRST)
        said = getattr(error, "reason", None) or error.strerror or "it closes the connection"
        return WayBlocked(ProbeFault.NO_COMMON_TLS, said=said)

    def _speaks_plain(self) -> bool:
        try:
            with self._connected() as line:
                return _line(line).startswith(self._protocol.greeting)
        except (OSError, WayBlocked):
            return False

    def _distrusted(self, error: ssl.SSLCertVerificationError) -> WayBlocked:
        code, certificate = error.verify_code, self._certificate()
        if code in _WRONG_NAME and certificate is not None:
            return WayBlocked(ProbeFault.OTHER_NAME, names=", ".join(_names(certificate)))
        if code == _EXPIRED and certificate is not None:
            return WayBlocked(ProbeFault.EXPIRED, day=f"{certificate.not_valid_after_utc:%Y-%m-%d}")
        if code == _NOT_YET:
            return WayBlocked(ProbeFault.NOT_YET_VALID)
        if code in _UNKNOWN:
            issuer = certificate.issuer.rfc4514_string() if certificate else ""
            return WayBlocked(ProbeFault.UNKNOWN_AUTHORITY, issuer=issuer)
        if code in _OTHER_FORM:
            return WayBlocked(ProbeFault.OTHER_FORM, said=error.verify_message)
        return WayBlocked(ProbeFault.UNTRUSTED, said=error.verify_message)

    def _certificate(self) -> x509.Certificate | None:
        """What it shows, looked at without trust."""
        try:
            with self._connected() as line:
                if self._server.security == "starttls":
                    self._greeted(line)
                    self._start_tls(line)
                with _blind_context().wrap_socket(line, server_hostname=self._server.host) as tls:
                    der = tls.getpeercert(binary_form=True)
                    return x509.load_der_x509_certificate(der) if der else None
        except (OSError, WayBlocked, ValueError):
            return None


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    names = list(extension.value.get_values_for_type(x509.DNSName))
    return names + list(map(str, extension.value.get_values_for_type(x509.IPAddress)))


def _context(server: Server) -> ssl.SSLContext:
    if server.ca_file is None:
        return ssl.create_default_context()
    try:
        pems = Path(server.ca_file).read_text("ascii", errors="replace")
        return ssl.create_default_context(cadata=pems)
    except OSError as error:
        said = error.strerror or "holds no certificate"
        raise WayBlocked(ProbeFault.AUTHORITIES_FILE, said=said) from None


def _blind_context() -> ssl.SSLContext:
    """For looking at a certificate that is not trusted; nothing is said over it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _line(line: socket.socket) -> bytes:
    """One, however long it may be; b"" at the end. Raises TimeoutError."""
    said = b""
    while not said.endswith(b"\n") and len(said) < LINE_OCTETS:
        octet = line.recv(1)
        if not octet:
            break
        said += octet
    return said


def _shown(said: bytes) -> str:
    text = said.decode("ascii", "replace").strip()
    return "".join(c if c.isprintable() else "?" for c in text)[:_SHOWN]
