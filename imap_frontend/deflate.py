"""The compressed connection of COMPRESS=DEFLATE (RFC 4978): raw DEFLATE both ways.

Knows octets, not IMAP. Invariants:
- every write is flushed, so that the peer can read all of it;
- ``inflate`` makes at most ``most`` octets however well the peer's compress: what is left waits
  compressed, and the line's own limit on unread octets holds the peer back (no zip bomb);
- the memory of one connection is bounded, see the numbers.
"""

from __future__ import annotations

import zlib

# zlib keeps 2**(bits+2) + 2**(level+9) octets to compress (zconf.h): 48 KiB with these, where the
# defaults (15, 8) take 256 KiB and leave a quarter less of header lists (docs/decisions/011).
WINDOW_BITS = 13
MEMORY_LEVEL = 5
EFFORT = 6  # zlib's own; less saves no time that can be measured here
# The peer may use the whole window (RFC 4978 §4): 32 KiB, taken when it first needs it.
PEER_WINDOW_BITS = 15


class Garbled(Exception):
    """What the peer sends is no DEFLATE, or the end of one."""


class Deflate:
    """Both directions of one connection."""

    def __init__(self) -> None:
        self._out = zlib.compressobj(EFFORT, zlib.DEFLATED, -WINDOW_BITS, MEMORY_LEVEL)
        self._in = zlib.decompressobj(-PEER_WINDOW_BITS)
        self.has_more = False  # of what was fed already

    def deflate(self, data: bytes) -> bytes:
        return self._out.compress(data) + self._out.flush(zlib.Z_SYNC_FLUSH)

    def inflate(self, data: bytes, most: int) -> tuple[bytes, bytes]:
        """(at most ``most`` octets, the rest of ``data`` for the next call). Raises Garbled.

        While ``has_more`` call again, with nothing if nothing is left: zlib holds some back.
        """
        try:
            plain = self._in.decompress(data, most)
        except zlib.error as error:
            raise Garbled(str(error)) from error
        if self._in.eof:
            raise Garbled("the end of the stream")
        self.has_more = len(plain) >= most
        return plain, self._in.unconsumed_tail
