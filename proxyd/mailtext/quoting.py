"""Quoted strings and comments, which addresses and parameters share (RFC 5322 §3.2.2, §3.2.4)."""

from __future__ import annotations

import re

# The inside of a quoted string; what follows may be its closing sign or the text's end.
QUOTED_INSIDE = rb'(?:[^"\\]++|\\.)*+'

# One comment may hold others.
_COMMENT_PIECE = re.compile(rb"\\.|[()]", re.DOTALL)


def unquoted(text: bytes) -> bytes:
    """The inside of a quoted string or comment without its escapes."""
    if b"\\" not in text:
        return text
    # Not re.sub: for each escape it takes a hundred octets and more.
    pieces = text.split(b"\\\\")
    lone = b"\\" if pieces[-1].endswith(b"\\") else b""  # at the end it escapes nothing
    return b"\\".join([piece.replace(b"\\", b"") for piece in pieces]) + lone


def comment_end(text: bytes, start: int) -> int:
    """The offset after the comment that opens at ``start``; the text's end if it never closes."""
    depth = 0
    for piece in _COMMENT_PIECE.finditer(text, start):
        if piece[0] == b"(":
            depth += 1
        elif piece[0] == b")":
            depth -= 1
            if depth == 0:
                return piece.end()
    return len(text)


def without_comments(text: bytes) -> bytes:
    """Each as a space. For values without quoted strings (dates, words)."""
    if b"(" not in text:
        return text
    kept: list[bytes] = []
    at = 0
    while (start := text.find(b"(", at)) >= 0:
        kept.append(text[at:start])
        at = comment_end(text, start)
    kept.append(text[at:])
    return b" ".join(kept)
