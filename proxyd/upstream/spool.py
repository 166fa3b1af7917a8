"""Octets that are too many for memory, in an anonymous temporary file, encrypted.

The file has no name: it is gone when the last reference is, also after kill -9; and what the disk
keeps of it nobody can read, because its key was in this process's memory only. Reading doesn't move
anything, so one blob may be read by several at once. Knows nothing of mail.

A disk that is full does not raise in the middle of a protocol: the spool remembers it, and
``chunks`` of the finished blob says so.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator

from proxyd.upstream.sealed_chunks import CHUNK, Seal, SealedBlob


class FileBlob:
    """A finished spool, or a part of it; implements domain.types.Blob."""

    def __init__(self, octets: SealedBlob | None, size: int, error: OSError | None) -> None:
        self._octets = octets
        self._size = size
        self._error = error

    @property
    def size(self) -> int:
        return self._size

    @property
    def error(self) -> OSError | None:
        """What went wrong with the disk while it was written."""
        return self._error

    def part(self, start: int, size: int, /) -> FileBlob:
        """These octets of it: one of several messages that came in one command."""
        piece = self._octets.part(start, size) if self._octets is not None else None
        return FileBlob(piece, size, self._error)

    def chunks(self) -> Iterator[bytes]:
        """Raises OSError where the octets could not be kept."""
        if self._error is not None or self._octets is None:
            raise self._error or OSError("nothing was spooled")
        yield from self._octets.chunks()


class Spool:
    """Takes octets in order; ``finish`` makes the blob of them."""

    def __init__(self, directory: str | None = None) -> None:
        self._file = -1
        self._error: OSError | None = None
        self._size = 0
        self._number = 0  # of the last chunk that was written
        self._rest = bytearray()  # what is not written yet: the last chunk is sealed as such
        self._seal = Seal.fresh()
        try:
            with tempfile.TemporaryFile(buffering=0, dir=directory) as file:
                self._file = os.dup(file.fileno())
        except OSError as error:
            self._error = error
            return
        self._closer = weakref.finalize(self, os.close, self._file)

    def write(self, data: bytes, /) -> None:
        self._size += len(data)
        if self._file < 0 or self._error is not None:
            return
        self._rest += data
        start, most = 0, len(self._rest)
        with memoryview(self._rest) as rest:
            while most - start > CHUNK:
                self._keep(bytes(rest[start : start + CHUNK]), last=False)
                start += CHUNK
        del self._rest[:start]

    def _keep(self, chunk: bytes, *, last: bool) -> None:
        self._number += 1
        sealed = memoryview(self._seal.seal(self._number, chunk, last=last))
        try:
            while sealed and self._error is None:
                sealed = sealed[os.write(self._file, sealed) :]
        except OSError as error:
            self._error = error

    def close(self) -> None:
        """The octets never come to their end: the file goes at once, whoever still refers to it."""
        if self._file >= 0:
            self._closer()
            self._file = -1
            self._rest.clear()

    def finish(self) -> FileBlob:
        """The file is the blob's from now on."""
        if self._file < 0:
            return FileBlob(None, self._size, self._error)
        if self._rest:
            self._keep(bytes(self._rest), last=True)
            self._rest.clear()
        self._closer.detach()
        blob = SealedBlob(self._file, self._seal, 0, self._size)
        self._file = -1
        return FileBlob(blob, self._size, self._error)


def spool(size: int) -> Spool:
    """What the framers want: a place for a literal of ``size`` octets."""
    del size  # a file needs no reservation
    return Spool()
