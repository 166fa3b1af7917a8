"""Why a provider's server can't be used, in a sentence, and what to do: for ``mailbox test``.

Asked only after something failed. Goes the way once more step by step, with the standard library
alone, and says at which step it ends. Never signs in, and never sends a password.
"""

from __future__ import annotations

import select
import shlex
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from proxyd.domain.types import Server
from proxyd.settings_check import certificate_names

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
    option: str  # of proxyd mailbox set
    greeting: tuple[bytes, ...]
    ask: bytes  # what it offers
    end: Callable[[bytes], bool]  # of that answer
    starttls: bytes
    tls_url: str
    starttls_url: str


IMAP = Protocol(
    "IMAP",
    "--imap",
    (b"* OK", b"* PREAUTH", b"* BYE"),
    b"a CAPABILITY\r\n",
    lambda line: line.startswith(b"a "),
    b"b STARTTLS\r\n",
    "imaps://USER@{host}:993",
    "imap+starttls://USER@{host}:143",
)
SMTP = Protocol(
    "SMTP",
    "--smtp",
    (b"220", b"421", b"554"),
    b"EHLO [127.0.0.1]\r\n",
    lambda line: line[3:4] != b"-",
    b"STARTTLS\r\n",
    "smtps://USER@{host}:465",
    "smtp+starttls://USER@{host}:587",
)


class _Found(Exception):
    """The sentence."""


def diagnosed(
    server: Server, protocol: Protocol, mailbox: str, patience_s: float = PATIENCE_S
) -> str:
    """A sentence with the remedy; "" where the way is free up to signing in."""
    try:
        _Way(server, protocol, mailbox, patience_s).go()
    except _Found as found:
        return str(found)
    except OSError as error:
        return f"{server.host}:{server.port}: {error.strerror or error}"
    return ""


class _Way:
    def __init__(self, server: Server, protocol: Protocol, mailbox: str, patience_s: float) -> None:
        self._server = server
        self._protocol = protocol
        self._place = f"{server.host}:{server.port}"
        self._set = f"proxyd mailbox set {shlex.quote(mailbox)}"
        self._patience_s = patience_s

    def go(self) -> None:
        self._find()
        with self._connected() as line:
            if self._server.security == "tls":
                with self._covered(line) as covered:
                    self._greeted(covered)
                return
            self._greeted(line)
            if self._server.security == "starttls":
                self._start_tls(line)
                self._covered(line).close()

    # ------------------------------------------------------------------ steps

    def _find(self) -> None:
        host = self._server.host
        try:
            socket.getaddrinfo(host, self._server.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                raise _Found(
                    f"no DNS server answers for {host}: check this machine's network and "
                    "/etc/resolv.conf"
                ) from None
            raise _Found(
                f"there is no machine named {host}: check the spelling, and give the right one "
                f"with: {self._set} {self._protocol.option} URL"
            ) from None

    def _connected(self) -> socket.socket:
        place = (self._server.host, self._server.port)
        try:
            return socket.create_connection(place, self._patience_s)
        except ConnectionRefusedError:
            what = "refuses the connection: nothing listens on that port"
        except TimeoutError:
            what = "does not answer: a firewall is in between, or the port is wrong"
        except OSError as error:
            what = f"can't be reached ({error.strerror or error})"
        raise _Found(f"{self._place} {what}; {self._usual_ports()}")

    def _covered(self, line: socket.socket) -> ssl.SSLSocket:
        try:
            context = _context(self._server)
            return context.wrap_socket(line, server_hostname=self._server.host)
        except ssl.SSLCertVerificationError as error:
            raise _Found(self._distrusted(error)) from None
        except TimeoutError:
            raise _Found(self._silent()) from None
        except (ssl.SSLError, ConnectionError) as error:
            raise _Found(self._no_tls(error)) from None

    def _greeted(self, line: socket.socket) -> None:
        """Raises _Found where it says nothing, or what no such server says."""
        try:
            if not isinstance(line, ssl.SSLSocket) and not self._begins(line):
                self._check_for_tls()
            said = _line(line)
        except TimeoutError:
            raise _Found(self._silent()) from None
        except ConnectionError:
            said = b""
        if not said:
            raise _Found(f"{self._place} closes the connection at once; {self._usual_ports()}")
        if not said.startswith(self._protocol.greeting):
            raise _Found(
                f"{self._place} is no {self._protocol.name} server: it says {_shown(said)}; "
                f"{self._usual_ports()}"
            )

    def _begins(self, line: socket.socket) -> bool:
        """Whether it says something in clear, or hangs up, within a moment."""
        return bool(select.select([line], [], [], min(GREETS_S, self._patience_s))[0])

    def _start_tls(self, line: socket.socket) -> None:
        offers = self._asked(line, self._protocol.ask)
        if b"STARTTLS" not in offers.upper():
            url = self._protocol.tls_url.format(host=self._server.host)
            raise _Found(
                f"{self._place} offers no STARTTLS, and without TLS no password is sent; if it has "
                f"a port with TLS from the start: {self._set} {self._protocol.option} {url}"
            )
        answer = self._asked(line, self._protocol.starttls)
        if not answer.startswith((b"b OK", b"220")):
            raise _Found(f"{self._place} offers STARTTLS and refuses it: {_shown(answer)}")

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
            raise _Found(self._silent()) from None
        except ConnectionError:
            pass
        raise _Found(f"{self._place} closes the connection when it is asked for STARTTLS")

    # ------------------------------------------------------------------ sentences

    def _usual_ports(self) -> str:
        host = self._server.host
        tls, starttls = (
            url.format(host=host) for url in (self._protocol.tls_url, self._protocol.starttls_url)
        )
        return f"usual are {tls} and {starttls}; ask the provider"

    def _check_for_tls(self) -> None:
        """Raises _Found where it waits for our first word, which is how TLS begins."""
        if self._speaks_tls():
            url = f"{self._protocol.tls_url.partition('://')[0]}://USER@{self._place}"
            raise _Found(
                f"{self._place} speaks TLS from the start, not STARTTLS: "
                f"{self._set} {self._protocol.option} {url}"
            )

    def _silent(self) -> str:
        return f"{self._place} takes the connection and says nothing; {self._usual_ports()}"

    def _speaks_tls(self) -> bool:
        try:
            with self._connected() as line:
                _blind_context().wrap_socket(line, server_hostname=self._server.host).close()
        except (OSError, _Found):
            return False
        return True

    def _no_tls(self, error: OSError) -> str:
        if self._server.security == "tls" and self._speaks_plain():
            url = f"{self._protocol.starttls_url.partition('://')[0]}://USER@{self._place}"
            return (
                f"{self._place} begins without TLS, which is STARTTLS: "
                f"{self._set} {self._protocol.option} {url}"
            )
        said = getattr(error, "reason", None) or error.strerror or "it closes the connection"
        return f"{self._place} can't agree with us on TLS ({said}); {self._usual_ports()}"

    def _speaks_plain(self) -> bool:
        try:
            with self._connected() as line:
                return _line(line).startswith(self._protocol.greeting)
        except (OSError, _Found):
            return False

    def _distrusted(self, error: ssl.SSLCertVerificationError) -> str:
        code, certificate = error.verify_code, self._certificate()
        if code in _WRONG_NAME and certificate is not None:
            names = ", ".join(certificate_names(certificate)) or "nobody"
            return (
                f"the certificate of {self._place} is not for that name but for {names}: give the "
                f"server by such a name with {self._set} {self._protocol.option} URL"
            )
        if code == _EXPIRED and certificate is not None:
            day = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
            return (
                f"the certificate of {self._place} has expired on {day}: its operator must renew "
                "it (or this machine's clock is wrong)"
            )
        if code == _NOT_YET:
            return f"the certificate of {self._place} is not valid yet: check this machine's clock"
        if code in _UNKNOWN:
            issuer = f" ({certificate.issuer.rfc4514_string()})" if certificate else ""
            known = self._server.ca_file or "this machine"
            return (
                f"the certificate of {self._place} is signed by an authority that {known} does not "
                f"know{issuer}; if that is your own: {self._set} --ca-file FILE"
            )
        if code in _OTHER_FORM:
            return (
                f"the certificate of {self._place} is not of the form that this machine's Python "
                f"asks for ({error.verify_message}): its authority must make it anew, or its own; "
                'see "An authority of one\'s own" in docs/operations.md'
            )
        return f"the certificate of {self._place} is not trusted: {error.verify_message}"

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
        except (OSError, _Found, ValueError):
            return None


def _context(server: Server) -> ssl.SSLContext:
    if server.ca_file is None:
        return ssl.create_default_context()
    try:
        pems = Path(server.ca_file).read_text("ascii", errors="replace")
        return ssl.create_default_context(cadata=pems)
    except OSError as error:
        what = error.strerror or "holds no certificate"
        raise _Found(
            f"the file of authorities {server.ca_file} can't be used ({what}): give a PEM file "
            "with --ca-file"
        ) from None


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
    return repr("".join(c if c.isprintable() else "?" for c in text)[:_SHOWN])
