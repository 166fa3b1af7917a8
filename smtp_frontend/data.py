"""The text of a mail after DATA: octets until the line with the single dot (RFC 5321 §4.1.1.4).

Knows no reply. Invariants: only CRLF "." CRLF ends the text (a bare LF never does, so that nothing
can be smuggled behind it); memory is bounded whatever is sent, for one mail by the limit and for
all together by the share; lines of any length pass unchanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from smtp_frontend.room import Share

# Progress is noted this often: slower than this per idle timeout is no line in use any more.
_PROGRESS = 16_384
# What is not kept is read to its end, so that the client hears why; up to so many times the limit.
_PATIENCE = 2


class TooMuchData(Exception):
    """The client goes on sending far above the limit."""


@dataclass(frozen=True, slots=True)
class Text:
    octets: bytes  # with dot-stuffing undone (§4.5.2); empty when it was not kept
    too_big: bool
    no_room: bool = False  # together with the mails of other connections


async def read_text(
    reader: asyncio.StreamReader, limit: int, progress: Callable[[], None], share: Share
) -> Text:
    """What is kept counts in ``share`` until the caller releases it. Raises TooMuchData."""
    text = bytearray()
    size, noted, within_line, kept = 0, 0, False, True
    while True:
        try:
            piece = await reader.readuntil(b"\r\n")
            ends_line = True
        except asyncio.LimitOverrunError as overrun:
            piece = await reader.read(max(overrun.consumed, 1))
            ends_line = False
        if not within_line:
            if piece == b".\r\n":
                return Text(bytes(text), size > limit, no_room=not kept and size <= limit)
            if piece.startswith(b"."):
                piece = piece[1:]
        within_line = not ends_line
        size += len(piece)
        if size > limit * _PATIENCE:
            raise TooMuchData
        kept = kept and size <= limit and share.grow(len(piece))
        if kept:
            text += piece
        else:
            text.clear()
            share.release()
        if size - noted >= _PROGRESS:
            noted = size
            progress()
