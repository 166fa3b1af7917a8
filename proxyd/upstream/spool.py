"""Octets that are too many for memory, in an anonymous temporary file.

The file has no name: it is gone when the last reference is, also after kill -9. Reading doesn't
move anything, so one blob may be read by several at once. Knows nothing of mail.

A disk that is full does not raise in the middle of a protocol: the spool remembers it, and
``chunks`` of the finished blob says so.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 64 * 1024  # domain.types.Blob promises pieces of at most this


class FileBlob:
    """A finished spool, or a part of it; implements domain.types.Blob."""

    def __init__(
        self,
        file: BinaryIO | None,
        size: int,
        error: OSError | None,
        *,
        start: int = 0,
        whole: FileBlob | None = None,
    ) -> None:
        self._file = file
        self._size = size
        self._error = error
        self._start = start
        self._whole = whole  # the file is closed when the last part of it is gone
        if file is not None and whole is None:
            weakref.finalize(self, file.close)

    @property
    def size(self) -> int:
        return self._size

    @property
    def error(self) -> OSError | None:
        """What went wrong with the disk while it was written."""
        return self._error

    def part(self, start: int, size: int, /) -> FileBlob:
        """These octets of it: one of several messages that came in one command."""
        start += self._start
        return FileBlob(self._file, size, self._error, start=start, whole=self._whole or self)

    def chunks(self) -> Iterator[bytes]:
        """Raises OSError where the octets could not be kept."""
        if self._error is not None or self._file is None:
            raise self._error or OSError("nothing was spooled")
        position = 0
        while position < self._size:
            wanted = min(CHUNK, self._size - position)
            piece = os.pread(self._file.fileno(), wanted, self._start + position)
            if not piece:
                raise OSError(f"the spool ends at {position} of {self._size} octets")
            position += len(piece)
            yield piece


class Spool:
    """Takes octets in order; ``finish`` makes the blob of them."""

    def __init__(self, directory: str | None = None) -> None:
        self._file: BinaryIO | None = None
        self._error: OSError | None = None
        self._size = 0
        try:
            file = tempfile.TemporaryFile(buffering=0, dir=directory)  # noqa: SIM115 - the blob's
        except OSError as error:
            self._error = error
            return
        self._file = file
        self._closer = weakref.finalize(self, file.close)

    def write(self, data: bytes, /) -> None:
        self._size += len(data)
        if self._file is None or self._error is not None:
            return
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._error = error

    def finish(self) -> FileBlob:
        """The file is the blob's from now on."""
        if self._file is not None:
            self._closer.detach()
        return FileBlob(self._file, self._size, self._error)


def spool(size: int) -> Spool:
    """What the framers want: a place for a literal of ``size`` octets."""
    del size  # a file needs no reservation
    return Spool()
