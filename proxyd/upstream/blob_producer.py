"""Sends a Blob over a Twisted transport as fast as the peer takes it, and no faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from proxyd.domain.types import Blob


@implementer(IPushProducer)
class BlobProducer:
    """Calls ``write`` for each chunk and ``written`` after the last; ``failed`` with a reason."""

    def __init__(
        self,
        blob: Blob,
        write: Callable[[bytes], None],
        written: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._chunks: Iterator[bytes] = blob.chunks()
        self._write = write
        self._written = written
        self._failed = failed
        self._paused = True

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's interface
        self._paused = True

    def stopProducing(self) -> None:  # noqa: N802
        self._paused = True

    def resumeProducing(self) -> None:  # noqa: N802
        self._paused = False
        try:
            while not self._paused:
                chunk = next(self._chunks, None)
                if chunk is None:
                    self._paused = True
                    self._written()
                else:
                    self._write(chunk)
        except OSError as reason:  # the spool's disk; a socket doesn't raise here
            self._failed(f"a spooled message can't be read: {reason.strerror}")
