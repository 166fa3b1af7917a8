"""A file that nobody reads or alters without the key: AES-256-GCM in chunks.

``magic, salt, length of the head, head, chunk, chunk, …``. Each file has a key of its own, derived
from the salt; how chunks are sealed says ``sealed_chunks``. The context, which says what the file
stands for, is authenticated with each chunk: a file in another's place does not open. Knows nothing
of mail.

Invariants: a file is complete under its name or not there; nothing of a damaged file is ever handed
out.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterable, Iterator

from proxyd.domain.types import BytesBlob
from proxyd.upstream.sealed_chunks import CHUNK, SEALED_CHUNK, Damaged, Seal, SealedBlob

SALT = 16
MAGIC = b"pxc1"
_LENGTH = struct.Struct(">H")
_SIZE = struct.Struct(">Q")
DRAFT = "."  # the first character of a file that is not complete

# A file whose octets fit into one chunk, with a head of any length, and one octet more.
BEGINNING = len(MAGIC) + SALT + _LENGTH.size + 2**16 + SEALED_CHUNK + 1

MODE = 0o600


# ---------------------------------------------------------------- writing


def write(path: str, key: bytes, head: bytes, size: int, chunks: Iterable[bytes]) -> int:
    """``chunks`` have ``size`` octets together. The file's own size. Raises OSError.

    Nothing is forced to the disk: after a loss of power a file is whole, or damaged and noticed.
    """
    salt = os.urandom(SALT)
    secret = Seal.derived(key, salt, _context(path))
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


def _begun(beginning: bytes, key: bytes, context: bytes) -> tuple[Seal, bytes, int]:
    """What opens the file, its head, and where its chunks begin."""
    fixed = len(MAGIC) + SALT + _LENGTH.size
    if len(beginning) < fixed or not beginning.startswith(MAGIC):
        raise Damaged("a file of the cache has no beginning")
    secret = Seal.derived(key, beginning[len(MAGIC) : fixed - _LENGTH.size], context)
    start = fixed + _LENGTH.unpack_from(beginning, fixed - _LENGTH.size)[0]
    if start > len(beginning):
        raise Damaged("a file of the cache ends in its head")
    return secret, secret.open(0, beginning[fixed:start], last=False), start


def _context(path: str) -> bytes:
    """What a file stands for is its place in the tree, whose names are keyed digests."""
    return "/".join(path.split("/")[-DEPTH:]).encode()


DEPTH = 5  # mailbox, folder, UIDVALIDITY, range of UIDs, file
