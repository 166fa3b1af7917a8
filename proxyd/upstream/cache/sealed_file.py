"""A file that nobody reads or alters without the key: AES-256-GCM in chunks.

``magic, salt, length of the head, head, chunk, chunk, …``. Each file has a key of its own, derived
from the salt, and each chunk a nonce of its number and whether it is the last (as STREAM does:
Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that chunks can't be left out, swapped or cut off. The
context, which says what the file stands for, is authenticated with each chunk: a file in another's
place does not open. Knows nothing of mail.

Invariants: a file is complete under its name or not there; nothing of a damaged file is ever handed
out.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import struct
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proxyd.domain.types import BytesBlob

CHUNK = 64 * 1024  # domain.types.Blob promises pieces of at most this
TAG = 16
SEALED_CHUNK = CHUNK + TAG
SALT = 16
MAGIC = b"pxc1"
_LENGTH = struct.Struct(">H")
_SIZE = struct.Struct(">Q")
DRAFT = "."  # the first character of a file that is not complete

# A file whose octets fit into one chunk, with a head of any length, and one octet more.
BEGINNING = len(MAGIC) + SALT + _LENGTH.size + 2**16 + SEALED_CHUNK + 1

MODE = 0o600


class Damaged(OSError):
    """Not what was written, or not by us."""


@dataclass(frozen=True, slots=True)
class _Secret:
    """What opens one file."""

    cipher: AESGCM
    context: bytes

    @classmethod
    def of(cls, key: bytes, salt: bytes, context: bytes) -> _Secret:
        return cls(AESGCM(hmac.digest(key, salt, hashlib.sha256)), context)

    def seal(self, number: int, text: bytes, *, last: bool) -> bytes:
        return self.cipher.encrypt(_nonce(number, last=last), text, self.context)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self.cipher.decrypt(_nonce(number, last=last), sealed, self.context)
        except InvalidTag:
            raise Damaged("a file of the cache is damaged") from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + (b"\1" if last else b"\0")


# ---------------------------------------------------------------- writing


def write(path: str, key: bytes, head: bytes, size: int, chunks: Iterable[bytes]) -> int:
    """``chunks`` have ``size`` octets together. The file's own size. Raises OSError.

    Nothing is forced to the disk: after a loss of power a file is whole, or damaged and noticed.
    """
    salt = os.urandom(SALT)
    secret = _Secret.of(key, salt, _context(path))
    sealed_head = secret.seal(0, _SIZE.pack(size) + head, last=False)
    folder, name = os.path.split(path)
    draft = os.path.join(folder, f"{DRAFT}{name}.{os.urandom(4).hex()}")
    file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, MODE)
    try:
        with os.fdopen(file, "wb", buffering=2 * SEALED_CHUNK) as stream:
            stream.write(MAGIC + salt + _LENGTH.pack(len(sealed_head)) + sealed_head)
            left = size
            for number, text in enumerate(_even(chunks), 1):
                left -= len(text)
                stream.write(secret.seal(number, text, last=left <= 0))
            if left:
                raise OSError("fewer octets than announced, or more")
            written = stream.tell()
        os.rename(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    return written


def _even(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same octets in pieces of exactly CHUNK, the last one shorter."""
    rest = b""
    for chunk in chunks:
        if not rest and len(chunk) == CHUNK:
            yield chunk
            continue
        rest += chunk
        while len(rest) >= CHUNK:
            yield rest[:CHUNK]
            rest = rest[CHUNK:]
    if rest:
        yield rest


# ---------------------------------------------------------------- reading


class SealedBlob:
    """The octets of an open file that was found whole; implements domain.types.Blob."""

    def __init__(
        self, file: int, secret: _Secret, start: int, size: int, whole: SealedBlob | None = None
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


def opened(path: str, key: bytes) -> tuple[bytes, SealedBlob | BytesBlob]:
    """Head and octets of a file that is whole. Raises FileNotFoundError, Damaged, OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        beginning = os.pread(file, BEGINNING, 0)
        secret, head, start = _begun(beginning, key, _context(path))
        size = _SIZE.unpack_from(head)[0]
        if size > CHUNK:
            blob = SealedBlob(file, secret, start, size)
            file = -1  # the blob's from now on
            blob.verify()
            return head[_SIZE.size :], blob
    finally:
        if file >= 0:
            os.close(file)
    # Nearly all: one read, one step of decryption, and no file left open.
    text = secret.open(1, beginning[start:], last=True) if size else beginning[start:]
    if len(text) != size:
        raise Damaged("a file of the cache has another size")
    return head[_SIZE.size :], BytesBlob(text)


def _begun(beginning: bytes, key: bytes, context: bytes) -> tuple[_Secret, bytes, int]:
    """What opens the file, its head, and where its chunks begin."""
    fixed = len(MAGIC) + SALT + _LENGTH.size
    if len(beginning) < fixed or not beginning.startswith(MAGIC):
        raise Damaged("a file of the cache has no beginning")
    secret = _Secret.of(key, beginning[len(MAGIC) : fixed - _LENGTH.size], context)
    start = fixed + _LENGTH.unpack_from(beginning, fixed - _LENGTH.size)[0]
    if start > len(beginning):
        raise Damaged("a file of the cache ends in its head")
    return secret, secret.open(0, beginning[fixed:start], last=False), start


def _context(path: str) -> bytes:
    """What a file stands for is its place in the tree, whose names are keyed digests."""
    return "/".join(path.split("/")[-DEPTH:]).encode()


DEPTH = 5  # mailbox, folder, UIDVALIDITY, range of UIDs, file
