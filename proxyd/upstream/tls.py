"""Whom to trust upstream: one rule for IMAP and SMTP.

Certificates and host names are always verified, against the system's authorities, or against those
of ``ca_file`` alone where it is given. Without TLS only loopback is reached: there is no switch.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from pathlib import Path
from typing import Any

from OpenSSL import crypto
from twisted.internet import ssl as twisted_ssl
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.types import Server
from proxyd.imapwire.provider_text import printable

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def is_loopback(host: str) -> bool:
    """By name: what DNS says of another name is not to be trusted."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def require_protection(server: Server) -> None:
    """Raises UpstreamUnavailable where a password would cross a network in clear."""
    if server.security == "plain" and not is_loopback(server.host):
        raise UpstreamUnavailable(f"{server.host} without TLS: only loopback may go unprotected")


def twisted_options(server: Server) -> Any:
    """For Twisted's endpoints. Raises UpstreamUnavailable for an unreadable ``ca_file``."""
    trust: Any = twisted_ssl.platformTrust  # Twisted's types end here
    if server.ca_file is None:
        return twisted_ssl.optionsForClientTLS(server.host, trust())
    pems = _authorities(server.ca_file)
    trust = twisted_ssl.trustRootFromCertificates
    certificates = [twisted_ssl.Certificate.loadPEM(pem) for pem in pems]
    return twisted_ssl.optionsForClientTLS(server.host, trust(certificates))


def cover(protocol: Any, server: Server, reactor: Any) -> None:
    """Put TLS between ``protocol`` and its transport, which has sent and received in clear so far.

    Not ``transport.startTLS``: that takes the global reactor for its clock. ``protocol`` hears
    ``connectionMade`` once more. A handshake that fails is a lost connection.
    """
    below = protocol.transport
    wrapped: Any = Factory.forProtocol(lambda: protocol)
    layers: Any = TLSMemoryBIOFactory(twisted_options(server), True, wrapped, clock=reactor)  # noqa: FBT003
    layer = layers.buildProtocol(below.getPeer())
    below.protocol = layer
    layer.makeConnection(below)


def reason(error: Any) -> str:
    """Why a handshake failed. pyOpenSSL's errors carry a list of (library, function, reason)."""
    try:
        return printable("; ".join(one[2] for one in error.args[0]))
    except (IndexError, TypeError):
        return printable(f"{type(error).__name__} {error}")


def ssl_context(server: Server) -> ssl.SSLContext:
    """For asyncio's transports. Raises UpstreamUnavailable for an unreadable ``ca_file``."""
    if server.ca_file is None:
        return ssl.create_default_context()
    pems = b"\n".join(_authorities(server.ca_file)).decode("ascii")
    return ssl.create_default_context(cadata=pems)


def _authorities(path: str) -> list[bytes]:
    """The certificates of a PEM file, at least one: an empty list would mean the system's."""
    try:
        pems = _PEM.findall(Path(path).read_bytes())
        for pem in pems:
            crypto.load_certificate(crypto.FILETYPE_PEM, pem)
    except OSError as error:
        told = error.strerror or "cannot be read"
        raise UpstreamUnavailable(f"certificate file {path}: {told}") from None
    except crypto.Error:
        pems = []
    if not pems:
        raise UpstreamUnavailable(f"{path} holds no certificate in PEM")
    return pems
