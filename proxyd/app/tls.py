"""The doors' certificate, for both kinds of TLS in the house: Twisted's (IMAP) and ssl's (SMTP)."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from OpenSSL import crypto
from twisted.internet.ssl import CertificateOptions, TLSVersion


def imap_context(certificate: Path, key: Path) -> Any:
    """A Twisted context factory. Raises OSError, ValueError for files that are none."""
    leaf, *chain = _certificates(certificate)
    private = crypto.load_privatekey(crypto.FILETYPE_PEM, key.read_bytes())
    return CertificateOptions(
        privateKey=private,
        certificate=leaf,
        extraCertChain=chain,
        raiseMinimumTo=TLSVersion.TLSv1_2,
    )


def smtp_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Raises OSError (ssl.SSLError) for files that are none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def _certificates(file: Path) -> list[crypto.X509]:
    end = b"-----END CERTIFICATE-----"
    blocks = [block + end for block in file.read_bytes().split(end)[:-1]]
    if not blocks:
        raise ValueError(f"{file} holds no certificate")
    return [crypto.load_certificate(crypto.FILETYPE_PEM, block) for block in blocks]
