"""Octets that nobody reads or alters without the key: AES-256-GCM in chunks, and the blob of them.

Each series has a key of its own, and each chunk a nonce of its number and whether it is the last
(as STREAM does: Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that chunks can't be left out,
swapped or cut off. Knows no file format and no mail: ``cache/sealed_file.py`` has files that last,
``spool.py`` nameless ones.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = 64 * 1024  # domain.types.Blob promises pieces of at most this
TAG = 16
SEALED_CHUNK = CHUNK + TAG
KEY_OCTETS = 32


class Damaged(OSError):
    """Not what was written, or not by us."""


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """What seals and opens one series. ``context`` is authenticated with each chunk."""

    cipher: AESGCM
    context: bytes

    @classmethod
    def derived(cls, key: bytes, salt: bytes, context: bytes) -> Seal:
        return cls(AESGCM(hmac.digest(key, salt, hashlib.sha256)), context)

    @classmethod
    def fresh(cls) -> Seal:
        """Of a key that is in this process's memory only."""
        return cls(AESGCM(os.urandom(KEY_OCTETS)), b"")

    def seal(self, number: int, text: bytes, *, last: bool) -> bytes:
        return self.cipher.encrypt(_nonce(number, last=last), text, self.context)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self.cipher.decrypt(_nonce(number, last=last), sealed, self.context)
        except InvalidTag:
            raise Damaged("a file of the cache is damaged") from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + (b"\1" if last else b"\0")


class SealedBlob:
    """The octets of an open file that was found whole; implements domain.types.Blob."""

    def __init__(
        self, file: int, secret: Seal, start: int, size: int, whole: SealedBlob | None = None
    ) -> None:
        self._file = file
        self._secret = secret
        self._start = start  # of the first chunk, in the file
        self._size = size
        self._from = 0
        self._to = size
        self._whole = whole  # the file is closed when the last part of it is gone
        # Hears, in whatever thread, that somebody altered the file since it was opened.
        self.on_damage: Callable[[], None] = lambda: None
        if whole is None:
            weakref.finalize(self, os.close, file)

    @property
    def size(self) -> int:
        return self._to - self._from

    def part(self, start: int, size: int, /) -> SealedBlob:
        """These octets of it."""
        piece = SealedBlob(self._file, self._secret, self._start, self._size, self._whole or self)
        piece._from = min(self._from + start, self._to)
        piece._to = min(piece._from + size, self._to)
        return piece

    def chunks(self) -> Iterator[bytes]:
        """Raises Damaged, where somebody altered the file since it was opened."""
        position = self._from
        while position < self._to:
            number, skipped = divmod(position, CHUNK)
            piece = self._chunk(number)[skipped : skipped + self._to - position]
            position += len(piece)
            yield piece

    def verify(self) -> None:
        """Raises Damaged."""
        for number in range(-(-self._size // CHUNK)):
            self._chunk(number)
        end = self._start + self._size + TAG * -(-self._size // CHUNK)
        if os.fstat(self._file).st_size != end:
            raise Damaged("a file of the cache has something behind its end")

    def _chunk(self, number: int) -> bytes:
        last = (number + 1) * CHUNK >= self._size
        try:
            sealed = os.pread(self._file, SEALED_CHUNK, self._start + number * SEALED_CHUNK)
            return self._secret.open(number + 1, sealed, last=last)
        except OSError:  # Damaged is one
            (self._whole or self).on_damage()
            raise
