"""What the doors take of TLS, said once for both libraries in the house: pyOpenSSL under Twisted
(IMAP) and ``ssl`` under asyncio (submission).

They carry an OpenSSL of their own each, with defaults and a system configuration of its own:
nothing is left to those. BCP 195 (RFC 9325) §3 and §4: TLS 1.2 at least, forward secrecy and no
SHA-1 in every suite, no compression, no renegotiation, no tickets (a ticket's key opens every
session that was begun with it). CBC with SHA-2 stays, for Windows' mail programs before 10.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from OpenSSL import SSL

# Of TLS 1.2; those of 1.3 are OpenSSL's, all good. Level 2: keys and signatures of 112 bits.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!SHA1:!AESCCM:@SECLEVEL=2"


def imap_context(certificate: Path, key: Path) -> SSL.Context:
    """Raises SSL.Error for files that are none or no pair."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(
        SSL.OP_NO_COMPRESSION
        | SSL.OP_NO_RENEGOTIATION
        | SSL.OP_CIPHER_SERVER_PREFERENCE
        | SSL.OP_NO_TICKET
    )
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # 32 KiB less for each session that idles
    context.set_cipher_list(CIPHERS.encode())
    context.use_certificate_chain_file(str(certificate))
    context.use_privatekey_file(str(key))
    context.check_privatekey()
    return context


def smtp_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Raises OSError (ssl.SSLError) for files that are none or no pair."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= (
        ssl.OP_NO_COMPRESSION
        | ssl.OP_NO_RENEGOTIATION
        | ssl.OP_CIPHER_SERVER_PREFERENCE
        | ssl.OP_NO_TICKET
    )
    context.num_tickets = 0
    context.set_ciphers(CIPHERS)
    context.load_cert_chain(certificate, key)
    return context
