"""Values with parameters: Content-Type, Content-Disposition (RFC 2045 §5.1).

Takes unfolded values. What can't be read is left out; the rest goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.mailtext.quoting import QUOTED_INSIDE, comment_end, unquoted

# With quoted strings; comments are found by their own reader, because they nest.
_TOKEN = re.compile(
    rb'[ \t\r\n]++|"(?P<quoted>' + QUOTED_INSIDE + rb')"?|(?P<special>[;=/(),])'
    rb'|(?P<word>[^ \t\r\n";=/(),]++)',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Valued:
    """A value with its parameters. Names keep their case."""

    value: bytes
    parameters: tuple[tuple[bytes, bytes], ...]

    def parameter(self, name: bytes) -> bytes | None:
        wanted = name.lower()
        return next((v for n, v in self.parameters if n.lower() == wanted), None)


def valued(text: bytes) -> Valued:
    """``text/plain; charset="x"`` → value and parameters."""
    pieces: list[list[tuple[bytes, bool]]] = [[]]
    for token, special in _tokens(text):
        if special and token == b";":
            pieces.append([])
        else:
            pieces[-1].append((token, special))
    value = b"".join(token for token, _ in pieces[0])
    parameters = (_parameter(piece) for piece in pieces[1:])
    return Valued(value, tuple(p for p in parameters if p is not None))


def _parameter(piece: list[tuple[bytes, bool]]) -> tuple[bytes, bytes] | None:
    if len(piece) < 2 or piece[0][1] or piece[1] != (b"=", True):
        return None
    return piece[0][0], b"".join(token for token, _ in piece[2:])


def _tokens(text: bytes) -> list[tuple[bytes, bool]]:
    """(octets, is a special) in order, without white space and comments."""
    found: list[tuple[bytes, bool]] = []
    at = 0
    while at < len(text):
        if text[at : at + 1] == b"(":
            at = comment_end(text, at)
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            break
        at = match.end()
        if match.lastgroup is not None:
            token = match[match.lastgroup]
            quoted = match.lastgroup == "quoted"
            found.append((unquoted(token) if quoted else token, match.lastgroup == "special"))
    return found
