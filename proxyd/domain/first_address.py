"""The first address of a From, To or Cc value, in the parts by which mails are put in order.

RFC 5256 §3 sorts by the mailbox (the part before "@"), RFC 5957 §3 by the name that is shown.
Tolerant and linear like ``addresses``, never raises; knows nothing of the wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.domain.encoded_words import decoded

# The first address of a list stands within this much, however many follow.
MAX_VALUE = 8192

# Every alternative matches also when its closing sign is missing: no backtracking, linear time.
_TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*+"?'
    rb"|\((?:[^()\\]|\\.)*+\)?"
    rb"|<[^<>]*+>?"
    rb"|[,;:]"
    rb'|[^\s"(<,;:]+',
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FirstAddress:
    """``name`` is the display name, or the comment that stands for one; of a group its name."""

    name: str = ""
    mailbox: str = ""
    host: str = ""

    @property
    def shown(self) -> str:
        """RFC 5957 §3: the name, or the address where there is none."""
        if self.name:
            return self.name
        return f"{self.mailbox}@{self.host}" if self.host else self.mailbox


@dataclass(slots=True)
class _Pieces:
    """What stands between two commas."""

    words: list[bytes]
    comment: bytes = b""
    angle: bytes | None = None

    def address(self) -> FirstAddress | None:
        name = b" ".join(_bare(word) for word in self.words)
        if self.angle is not None:
            return _address(self.angle, name or self.comment)
        spec = b"".join(self.words)
        return _address(spec, self.comment) if spec else None

    def group(self) -> FirstAddress:
        """ENVELOPE shows the begin of a group as a mailbox of its name (RFC 9051 §7.5.2)."""
        name = decoded(b" ".join(_bare(word) for word in self.words))
        return FirstAddress(name, name)


def first_address(value: bytes) -> FirstAddress:
    """All empty where there is none."""
    pieces = _Pieces([])
    for match in _TOKEN.finditer(value[:MAX_VALUE]):
        token = match[0]
        sign = token[:1]
        if sign == b":" and pieces.angle is None and pieces.words:
            return pieces.group()
        if sign in b",;":
            if (found := pieces.address()) is not None:
                return found
            pieces = _Pieces([])
        elif sign == b"(":
            pieces.comment = pieces.comment or token.strip(b"()")
        elif sign == b"<":
            pieces.angle = token.strip(b"<>") if pieces.angle is None else pieces.angle
        elif sign != b":" and pieces.angle is None:
            pieces.words.append(token)
    return pieces.address() or FirstAddress()


def _address(spec: bytes, name: bytes) -> FirstAddress:
    spec = spec.rpartition(b":")[2]  # RFC 5322 §4.4: a source route stands before it
    mailbox, at, host = spec.rpartition(b"@")
    if not at:
        mailbox, host = spec, b""
    return FirstAddress(decoded(name), decoded(_bare(mailbox.strip())), decoded(host.strip()))


def _bare(word: bytes) -> bytes:
    """The inside of a quoted string without its escapes."""
    if not word.startswith(b'"'):
        return word
    return _ESCAPE.sub(rb"\1", word[1:].removesuffix(b'"'))
