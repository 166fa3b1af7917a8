"""The doors' certificate, followed while it is renewed: sessions go on, new ones get the new one.

Certificate and key are two files (often behind symbolic links that are switched), replaced one
after the other: only a pair that fits is taken. Until there is one the old one is served, the log
says why once, and the metric stays up.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer

from proxyd.app.tls import imap_context, smtp_context

_log = logging.getLogger(__name__)

LOOK_S = 10.0  # a renewal happens a month before the end: nobody waits for this

_Stamp = tuple[tuple[int, int, int], ...]
# What files that are no certificate, no key, or no pair make the libraries raise.
_UNUSABLE = (OSError, ValueError, SSL.Error, crypto.Error)


@implementer(IOpenSSLServerConnectionCreator)
class Certificate:
    """Both kinds of TLS context, for the same pair of files.

    Raises as ``tls.imap_context`` where there is no usable pair at the beginning.
    """

    def __init__(
        self,
        certificate: Path,
        key: Path,
        told: Callable[[float, bool], None] = lambda _expires, _stale: None,
    ) -> None:
        """``told`` hears when the served one ends (seconds since the epoch), and whether the files
        hold something that can't be served.
        """
        self._files = (certificate, key)
        self._told = told
        self._stamp = self._look()
        self._imap = imap_context(certificate, key)
        self._now = smtp_context(certificate, key)
        self._expires = _end_of(certificate)
        # asyncio keeps the context it was given; OpenSSL asks this one for each handshake.
        self.smtp = smtp_context(certificate, key)
        self.smtp.sni_callback = self._hand_over
        told(self._expires, False)  # noqa: FBT003

    def serverConnectionForTLS(self, _protocol: object) -> Any:  # noqa: N802 - Twisted's
        """For each new connection."""
        return SSL.Connection(self._imap, None)

    def _hand_over(self, connection: Any, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._now

    def follow(self) -> bool:
        """Take what the files hold now, if it is new and fits. Was something taken?"""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            imap, smtp = imap_context(*self._files), smtp_context(*self._files)
            expires = _end_of(self._files[0])
        except _UNUSABLE as error:
            self._told(self._expires, True)  # noqa: FBT003
            _log.error(
                "%s and %s are not taken, the former certificate stays in use: %s",
                *self._files,
                _reason_of(error),
            )
            return False
        if self._look() != stamp:  # replaced while they were read
            self._stamp = ()
            return False
        self._imap, self._now, self._expires = imap, smtp, expires
        self._told(expires, False)  # noqa: FBT003
        _log.info("a new certificate is served (%s)", self._files[0])
        return True

    def _look(self) -> _Stamp:
        """What a replaced file or a switched link changes."""
        return tuple(_stamp_of(file) for file in self._files)


def _reason_of(error: Exception) -> str:
    """In words: pyOpenSSL tells a list of (library, function, reason)."""
    if isinstance(error, SSL.Error | crypto.Error) and error.args and error.args[0]:
        return ", ".join(reason for _, _, reason in error.args[0])
    return str(error) or type(error).__name__


def _stamp_of(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_ino, found.st_size)


def _end_of(certificate: Path) -> float:
    """Of the first one, the server's own."""
    first = x509.load_pem_x509_certificate(certificate.read_bytes())
    return first.not_valid_after_utc.timestamp()
